"""The tariffs of a file of rating cases, as decks of rate rows or as tiered prices."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Final

from models.rating import (
    CostBounds,
    PriceTier,
    RateGroup,
    RateRow,
    RatingDeck,
    RoundingRule,
    TariffCalendar,
    TieredPrice,
    Timing,
)
from telassure.evaluation.rating.spelling import tariff_as_ours
from telassure.kernel.errors import InvalidInput, shown

# Named by the cases CGR-PP but not stated in their file; from the test that the cases name as their source.
SUPPLIED: Final[Mapping[str, Any]] = {
    "cgr_big5_pkg": {
        "increment_decimals": 6,
        "rows": [
            {
                "prefixes": ["447596", "447956"],
                "rates": [{"connect_fee": "0.01", "rate": "0", "per": 20, "increment": 20}],
                "rounding": "up",
                "decimals": 8,
            }
        ],
    }
}
_DECK: Final = {"increment_decimals", "rows", "fallback", "zone", "timezone", "tz", "holidays", "note", "currency"}
_ROW: Final = {
    "prefixes", "rates", "rounding", "decimals", "weight", "weekdays", "from_time", "months", "month_days",
    "max_cost", "max_cost_strategy", "min_cost", "holidays", "note", "id",
}  # fmt: skip
_RATE: Final = {"start_s", "start", "connect_fee", "rate", "per", "increment"}
_TIERED: Final = {"model", "tiers", "blocks", "size", "amount", "free", "note", "currency"}
_PRICE: Final = ("unit", "price", "amount", "unit_price", "unit_amount")
_SIZE: Final = ("size", "block_size", "block")
_MOST: Final = ("max", "max_blocks")
_TIER: Final = {"up_to", "flat", "note", *_PRICE, *_SIZE, *_MOST}
_WAYS: Final = {"middle": "half_up"}


def number(value: object) -> Fraction:
    """An exact number from text or a whole number; none where a case states none."""
    try:
        return Fraction(0) if value is None else Fraction(str(value))
    except ValueError:
        raise InvalidInput(f'{shown(value)} is not a number; write "0.10"') from None


def rating_deck(name: str, stated: Mapping[str, Mapping[str, Any]], seen: tuple[str, ...] = ()) -> RatingDeck:
    """The deck of this name; InvalidInput for what cannot be read, or a fallback that leads back to itself."""
    if name in seen:
        raise InvalidInput(f"tariff {name} falls back to itself by {', '.join(seen)}; end the chain")
    tariff = _known(stated, name)
    _only(tariff, _DECK, f"tariff {name}")
    zone = tariff.get("zone") or tariff.get("timezone") or tariff.get("tz") or "UTC"
    holidays = frozenset(date.fromisoformat(day) for day in tariff.get("holidays") or ())
    fallback = tariff.get("fallback")
    # A fallback that the file does not state prices nothing: the destination stays unauthorised
    deck = RatingDeck(
        TariffCalendar(zone, holidays),
        rating_deck(str(fallback), stated, (*seen, name)) if fallback in {*stated, *SUPPLIED} else None,
    )
    for place, row in enumerate(tariff.get("rows") or ()):
        deck.add(row.get("prefixes") or [""], _row(row, f"tariff {name}, row {place}"))
    return deck


def increment_rounding(name: str, stated: Mapping[str, Mapping[str, Any]]) -> RoundingRule | None:
    """How the cases' engine rounds every increment, where it says so."""
    decimals = _known(stated, name).get("increment_decimals")
    return None if decimals is None else RoundingRule("half_up", decimals)


def tiered_price(name: str, stated: Mapping[str, Mapping[str, Any]]) -> TieredPrice:
    tariff = _known(stated, name)
    _only(tariff, _TIERED, f"tariff {name}")
    own = {name: tariff.get(name) for name in ("size", "amount")}
    tiers = [_tier(tier) for tier in tariff.get("tiers") or tariff.get("blocks") or [own]]
    return TieredPrice(str(tariff.get("model")), tuple(tiers), number(tariff.get("free")))


def is_tiered(name: str, stated: Mapping[str, Mapping[str, Any]]) -> bool:
    return "model" in _known(stated, name)


def _known(stated: Mapping[str, Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    found = stated.get(name) or SUPPLIED.get(name)
    if found is None:
        raise InvalidInput(f"tariff {shown(name)} is not in the file; state it under tariffs")
    return tariff_as_ours(found, name)


def _row(row: Mapping[str, Any], place: str) -> RateRow:
    _only(row, _ROW, place)
    most, least = row.get("max_cost"), row.get("min_cost")
    rounding = str(row.get("rounding") or "half_up").lstrip("*")
    bounds = CostBounds(
        None if least is None else number(least),
        None if most is None else number(most),
        str(row.get("max_cost_strategy") or "free").lstrip("*"),
    )
    decimals = row.get("decimals")
    return RateRow(
        groups=tuple(_group(rate, place) for rate in row["rates"]),
        timing=_timing(row),
        rounding=RoundingRule(_WAYS.get(rounding, rounding), 6 if decimals is None else decimals),
        bounds=bounds,
        weight=row.get("weight") or 0,
    )


def _group(rate: Mapping[str, Any], place: str) -> RateGroup:
    _only(rate, _RATE, place)
    return RateGroup(
        rate=number(rate["rate"]),
        start=rate.get("start_s") or rate.get("start") or 0,
        per=rate.get("per") or 1,
        increment=rate.get("increment") or 1,
        connect_fee=number(rate.get("connect_fee")),
    )


def _timing(row: Mapping[str, Any]) -> Timing:
    hours, minutes, seconds = ([int(part) for part in (row.get("from_time") or "0:0:0").split(":")] + [0])[:3]
    return Timing(
        hours * 3600 + minutes * 60 + seconds,
        frozenset(row.get("weekdays") or ()),
        frozenset(row.get("month_days") or ()),
        frozenset(row.get("months") or ()),
        bool(row.get("holidays")),
    )


def _tier(tier: Mapping[str, Any]) -> PriceTier:
    _only(tier, _TIER, "tier")
    most, size, end = _first(tier, _MOST), _first(tier, _SIZE), tier.get("up_to")
    return PriceTier(
        up_to=None if end is None else number(end),
        flat=number(tier.get("flat")),
        unit=number(_first(tier, _PRICE)),
        size=Fraction(1) if size is None else number(size),
        most=None if most is None or number(most) < 0 else int(number(most)),
    )


def _first(stated: Mapping[str, Any], names: tuple[str, ...]) -> object:
    """The value under the first of several names that says one."""
    return next((stated[name] for name in names if stated.get(name) is not None), None)


def _only(stated: Mapping[str, Any], known: set[str], place: str) -> None:
    """A term that this release does not know could change the price: it is not passed over."""
    strange = sorted(name for name in stated if name not in known and stated[name] is not None)
    if strange:
        raise InvalidInput(f"{place} states {', '.join(strange)}, which no rate here has")
