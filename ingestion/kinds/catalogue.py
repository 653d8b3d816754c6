"""Inventory, customers, tariffs and policies from outside become catalogue entries."""

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Final

from ingestion.fields.privacy import Pseudonymiser
from ingestion.fields.terms import BadRow, Terms
from ingestion.kinds.records import Row
from streams.policy_register import judged
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import (
    Account,
    CatalogueEntry,
    Customer,
    Policy,
    Price,
    Product,
    Resource,
    Service,
    Subscriber,
    Tariff,
)

_RATE: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?|[0-9]{1,18}/[0-9]{1,18}", re.ASCII)
_MOST_LINKS: Final = 10_000


def _resource(row: Row, who: Pseudonymiser) -> Resource:
    return Resource(
        resource_id=row.text("resource_id"),
        kind=row.text("kind"),
        name=row.optional("name") or row.text("resource_id"),
        domain=row.text("domain"),
        depends_on=_texts(row, "depends_on"),
        adjacent=_texts(row, "adjacent"),
        latitude=_degrees(row, "latitude", 90),
        longitude=_degrees(row, "longitude", 180),
        in_service=row.flag("in_service", True),
    )


def _service(row: Row, who: Pseudonymiser) -> Service:
    return Service(
        service_id=row.text("service_id"),
        kind=row.text("kind"),
        account=row.text("account"),
        product=row.text("product"),
        supported_by=_texts(row, "supported_by"),
        active=row.flag("active", True),
    )


def _customer(row: Row, who: Pseudonymiser) -> Customer:
    return Customer(row.text("customer_id"), row.text("name"), row.optional("segment"), row.optional("contact"))


def _account(row: Row, who: Pseudonymiser) -> Account:
    return Account(
        account_id=row.text("account_id"),
        customer=row.text("customer"),
        product=row.text("product"),
        payment=row.choice("payment", ("prepaid", "postpaid")),
        opening_balance=row.money("opening_balance"),
    )


def _subscriber(row: Row, who: Pseudonymiser) -> Subscriber:
    name = "imsi" if "imsi" in row and "msisdn" not in row else "msisdn"
    number = row.raw(name)
    if not isinstance(number, str):
        raise InvalidInput(f"{name} is {type(number).__name__}, not text; write its digits in quotes")
    return Subscriber(who.of(number), row.text("account"))


def _product(row: Row, who: Pseudonymiser) -> Product:
    return Product(row.text("product_id"), row.text("name"), row.money("monthly_fee"), row.optional("tariff"))


def _policy(row: Row, who: Pseudonymiser) -> Policy:
    area, name, selector = row.text("area"), row.text("name"), row.optional("selector")
    return Policy(area, name, judged(area, name, row.raw("value"), selector), selector)


def _tariff(row: Row, who: Pseudonymiser) -> Tariff:
    prices = row.raw("prices")
    if not isinstance(prices, list) or not 0 < len(prices) <= _MOST_LINKS:
        raise InvalidInput("prices is not an array of 1 to 10,000 prices")
    start, end = row.moment("valid_from"), row.moment("valid_to") if "valid_to" in row else None
    if end is not None and end <= start:
        raise InvalidInput("valid_to is not after valid_from")
    return Tariff(
        tariff_id=row.text("tariff_id"),
        valid_from=start,
        valid_to=end,
        currency=fields.currency_code(row.raw("currency"), "the tariff"),
        prices=tuple(_price(Row(price, _PRICE, f"prices[{n}].")) for n, price in enumerate(prices)),
    )


def _price(row: Row) -> Price:
    return Price(
        service=row.text("service"),
        prefix=row.optional("prefix", 16),
        kind=row.choice("kind", ("flat", "per_unit")),
        rate=_rate(row.raw("rate")),
        per=row.whole("per", 1) if "per" in row else 1,
        increment=row.whole("increment", 1) if "increment" in row else 1,
    )


def _rate(value: object) -> Fraction:
    written = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(written, str):
        raise InvalidInput(f'rate {fields.shown(value)} is not exact; write it as text: "0.10"')
    if not _RATE.fullmatch(written.strip()):
        better = written.strip().replace(",", ".")
        hint = better if _RATE.fullmatch(better) else "0.10"
        raise InvalidInput(f"rate {fields.shown(value)} is not a decimal number; write {hint}")
    try:
        return Fraction(written.strip())
    except ZeroDivisionError:
        raise InvalidInput(f"rate {fields.shown(value)} divides by zero") from None


def _texts(row: Row, name: str) -> tuple[str, ...]:
    if name not in row:
        return ()
    value = row.raw(name)
    parts = [part.strip() for part in value.split(";")] if isinstance(value, str) else value
    if not isinstance(parts, list) or len(parts) > _MOST_LINKS:
        raise InvalidInput(f"{name} is not an array of at most 10,000 ids")
    return tuple(fields.text(part, name) for part in parts)


def _degrees(row: Row, name: str, bound: int) -> float | None:
    if name not in row:
        return None
    found = fields.number(row.raw(name), name)
    if not -bound <= found <= bound:
        raise InvalidInput(f"{name} {found} is outside ±{bound} degrees")
    return found


_PRICE: Final = frozenset(Price.__dataclass_fields__)
_Build = Callable[[Row, Pseudonymiser], CatalogueEntry]
_SECTIONS: Final[dict[str, tuple[frozenset[str], _Build]]] = {
    "resources": (frozenset(Resource.__dataclass_fields__), _resource),
    "services": (frozenset(Service.__dataclass_fields__), _service),
    "customers": (frozenset(Customer.__dataclass_fields__), _customer),
    "accounts": (frozenset(Account.__dataclass_fields__) | {"currency"}, _account),
    "subscribers": (frozenset({"msisdn", "imsi", "account"}), _subscriber),
    "products": (frozenset(Product.__dataclass_fields__) | {"currency"}, _product),
    "tariffs": (frozenset(Tariff.__dataclass_fields__), _tariff),
    "policies": (frozenset(Policy.__dataclass_fields__), _policy),
}
SECTIONS: Final = tuple(_SECTIONS)


def section_fields(section: str) -> frozenset[str]:
    """Every field an entry of this section may have."""
    return _SECTIONS[section][0]


def rows_of(body: object) -> Iterator[tuple[str, int, object]]:
    """(section, index in it, row) of a catalogue body, in a fixed order; InvalidInput where its shape is wrong."""
    if not isinstance(body, Mapping):
        raise InvalidInput(f"the catalogue is {type(body).__name__}, not an object of sections")
    fields.known_only(body, SECTIONS)
    for section in SECTIONS:
        rows = body.get(section, [])
        if not isinstance(rows, list):
            raise InvalidInput(f"{section} is {type(rows).__name__}, not an array")
        yield from ((section, index, row) for index, row in enumerate(rows))


def entries(
    body: object, terms: Terms, who: Pseudonymiser
) -> tuple[tuple[CatalogueEntry, ...], tuple[BadRow, ...], int]:
    """The good entries, the bad rows (indexed over all sections) and how many rows there were."""
    good: list[CatalogueEntry] = []
    bad: list[BadRow] = []
    rows = 0
    for section, index, row in rows_of(body):
        known, build = _SECTIONS[section]
        try:
            good.append(build(Row(row, known, zone=terms.zone), who))
        except InvalidInput as error:
            bad.append(BadRow(rows, f"{section}[{index}]: {error.reason}"))
        rows += 1
    return tuple(good), tuple(bad), rows
