"""Inventory, customers, tariffs and policies from outside become catalogue entries."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ingestion.batches.kind import FileForm, Kind
from ingestion.batches.routes import Draft, Routes
from ingestion.fields.privacy import Pseudonymiser
from ingestion.fields.row import Row
from ingestion.fields.terms import BadRow, Reading, Terms
from ingestion.kinds.tariffs import BadPrices, Place, read_tariff
from streams.operators.policy_register import judged
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import (
    Account,
    CatalogueChange,
    CatalogueEntry,
    Customer,
    PolicyValue,
    Product,
    Resource,
    Service,
    Subscriber,
    Tariff,
)
from telassure.kernel.instant import Instant
from telassure.kernel.rights import CONFIGURE

_MOST_LINKS: Final = 10_000


def _resource(row: Row, who: Pseudonymiser, place: Place) -> Resource:
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


def _service(row: Row, who: Pseudonymiser, place: Place) -> Service:
    return Service(
        service_id=row.text("service_id"),
        kind=row.text("kind"),
        account=row.text("account"),
        product=row.text("product"),
        supported_by=_texts(row, "supported_by"),
        active=row.flag("active", True),
    )


def _customer(row: Row, who: Pseudonymiser, place: Place) -> Customer:
    return Customer(row.text("customer_id"), row.text("name"), row.optional("segment"), row.optional("contact"))


def _account(row: Row, who: Pseudonymiser, place: Place) -> Account:
    return Account(
        account_id=row.text("account_id"),
        customer=row.text("customer"),
        product=row.text("product"),
        payment=row.choice("payment", ("prepaid", "postpaid")),
        opening_balance=row.money("opening_balance"),
        valid_from=_since(row),
    )


def _subscriber(row: Row, who: Pseudonymiser, place: Place) -> Subscriber:
    name = "imsi" if "imsi" in row and "msisdn" not in row else "msisdn"
    return Subscriber(row.pseudonym(name, who), row.text("account"), _since(row))


def _product(row: Row, who: Pseudonymiser, place: Place) -> Product:
    name, fee, tariff = row.text("name"), row.money("monthly_fee"), row.optional("tariff")
    return Product(row.text("product_id"), name, fee, tariff, _since(row))


def _since(row: Row) -> Instant | None:
    """From when a link holds; from ever where the row does not say."""
    return row.moment("valid_from") if "valid_from" in row else None


def _policy(row: Row, who: Pseudonymiser, place: Place) -> PolicyValue:
    area, name, selector = row.text("area"), row.text("name"), row.optional("selector")
    return PolicyValue(area, name, judged(area, name, row.raw("value"), selector), selector)


def _tariff(row: Row, who: Pseudonymiser, place: Place) -> Tariff:
    return read_tariff(row, place)


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


_Build = Callable[[Row, Pseudonymiser, Place], CatalogueEntry]
_SECTIONS: Final[dict[str, tuple[frozenset[str], _Build]]] = {
    "resources": (frozenset(Resource.__dataclass_fields__), _resource),
    "services": (frozenset(Service.__dataclass_fields__), _service),
    "customers": (frozenset(Customer.__dataclass_fields__), _customer),
    "accounts": (frozenset(Account.__dataclass_fields__) | {"currency"}, _account),
    "subscribers": (frozenset({"msisdn", "imsi", "account", "valid_from"}), _subscriber),
    "products": (frozenset(Product.__dataclass_fields__) | {"currency"}, _product),
    "tariffs": (frozenset(Tariff.__dataclass_fields__), _tariff),
    "policies": (frozenset({"area", "name", "value", "selector"}), _policy),
}
SECTIONS: Final = tuple(_SECTIONS)


def signed(change: CatalogueChange, set_by: str, since: Instant) -> CatalogueChange:
    """The change with who sets its policies, and when."""
    entries = (
        replace(entry, set_by=set_by, since=since) if isinstance(entry, PolicyValue) else entry
        for entry in change.entries
    )
    return CatalogueChange(tuple(entries))


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


@dataclass(frozen=True, slots=True)
class StatedEntry:
    """An entry as a body states it: the index of its row over all sections, and how the body names it."""

    index: int
    name: str
    entry: CatalogueEntry


PlaceOfRow = Callable[[BadRow], str]


def entries(
    body: object, terms: Terms, who: Pseudonymiser, place: PlaceOfRow | None = None
) -> tuple[tuple[StatedEntry, ...], tuple[BadRow, ...], int]:
    """The good entries, the bad rows (indexed over all sections) and how many rows there were. `place` says where a row
    or a price of it stands, where one is to be told of another; without it they are named as in the body."""
    good: list[StatedEntry] = []
    bad: list[BadRow] = []
    rows = 0
    for section, index, row in rows_of(body):
        known, build = _SECTIONS[section]
        name = f"{section}[{index}]"
        try:
            good.append(
                StatedEntry(rows, name, build(Row(row, known, zone=terms.zone), who, _places(rows, name, place)))
            )
        except BadPrices as several:
            bad += _bad_prices(several, rows, name)
        except InvalidInput as error:
            bad.append(BadRow(rows, f"{name}: {error.reason}"))
        rows += 1
    return tuple(good), tuple(bad), rows


def _places(row: int, name: str, place: PlaceOfRow | None) -> Place:
    return lambda part: place(BadRow(row, f"{name}: prices[{part}]", part)) if place else f"{name}.prices[{part}]"


def _bad_prices(several: BadPrices, row: int, name: str) -> Sequence[BadRow]:
    bad = []
    for part, reason in several.faults:
        own = f"prices[{part}]"
        bad.append(BadRow(row, f"{name}: {reason if reason.startswith(own) else f'{own}.{reason}'}", part))
    if several.beyond:
        bad.append(BadRow(row, f"{name}: {several.beyond} more prices are bad; mend these first"))
    return bad


_MOST_ENTRIES: Final = 1_000


class Sections:
    """The form of a catalogue: one object with an array of entries a section; its rows count through all sections."""

    fields: Final = frozenset[str]().union(*(known for known, _ in _SECTIONS.values()))

    def read(self, body: object, terms: Terms, who: Pseudonymiser) -> Reading:
        stated, bad, rows = entries(body, terms, who)
        places = np.array([each.index for each in stated], dtype=np.int64)
        good = tuple(each.entry for each in stated)
        starts = range(0, len(good), _MOST_ENTRIES)
        changes = [CatalogueChange(good[start : start + _MOST_ENTRIES]) for start in starts]
        return Reading(changes, [places[start : start + _MOST_ENTRIES] for start in starts], bad, rows)

    def rows(self, body: object) -> Callable[[int], object]:
        return [row for _, _, row in rows_of(body)].__getitem__

    def is_body(self, row: Mapping[str, object]) -> bool:
        return True


def _route(change: CatalogueChange, routes: Routes, _: str) -> Iterator[Draft]:
    yield from routes.everywhere(change, len(change.entries))


CATALOGUE: Final = Kind(
    name="catalogue",
    text="sections of resources, services, customers, accounts, subscribers, products, tariffs and policies",
    event=CatalogueChange,
    form=Sections(),
    route=_route,
    files=FileForm(names=SECTIONS),
    right=CONFIGURE,
    counted=False,
)
