"""How other systems spell a rating case: their words for ours, and what follows where they state it otherwise."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from telassure.kernel.errors import InvalidInput, shown

Stated = Mapping[str, Any]
_EVENT: Final = {
    "usage": ("units", "duration", "duration_s", "volume", "messages", "seconds", "used", "used_units"),
    "start": ("time", "at", "started_at", "answer_time", "timestamp"),
    "destination": ("called", "to", "number", "dialled"),
}
_RATE: Final = {
    "per": ("per_s", "rate_unit", "rate_unit_s", "unit_s"),
    "increment": ("increment_s", "rate_increment", "rate_increment_s"),
    "start_s": ("group_interval_start", "from_s"),
}
_TARIFF: Final = {"model": ("type", "charge_model", "mode"), "fallback": ("fallback_tariff",)}
_TIER: Final = {
    "up_to": ("to", "last", "to_value", "up_to_amount"),
    "unit": ("rate", "per_unit_amount", "per_unit"),
    "flat": ("flat_amount", "flat_price"),
}
_FROM: Final = ("from", "first", "from_value")
_ENDLESS: Final = frozenset({"inf", "infinity", "∞", "none", "null", "unlimited"})
_FLAT_RATE: Final = ("rate", "per", "increment", "connect_fee", "start_s")


def event_as_ours(event: Stated) -> Stated:
    """An event with our names. What it has under two names that differ is refused."""
    return _renamed(event, _EVENT, "event")


def tariff_as_ours(tariff: Stated, name: str) -> Stated:
    """A tariff with our names, its named destinations in the place of their names, and its tiers without beginnings."""
    found = dict(_renamed(tariff, _TARIFF, f"tariff {name}"))
    named = found.pop("destinations", None) or {}
    if "rows" in found:
        found["rows"] = [_row(row, named, f"tariff {name}, row {place}") for place, row in enumerate(found["rows"])]
    if "model" in found:
        for word in ("price", "unit_price"):
            if found.get(word) is not None:
                found["amount"] = found.pop(word)
    if "tiers" in found:
        found["tiers"] = _tiers(found["tiers"], f"tariff {name}")
    return found


def _row(row: Stated, named: Mapping[str, Sequence[str]], place: str) -> Stated:
    """A row that states one rate in itself has it in `rates`, as if it were a group of its own."""
    found = dict(_renamed(row, _RATE, place) if "rates" not in row else row)
    if "rates" in found:
        found["rates"] = [_renamed(rate, _RATE, place) for rate in found["rates"]]
    elif "rate" in found:
        found["rates"] = [{word: found.pop(word) for word in _FLAT_RATE if word in found}]
    else:
        raise InvalidInput(f'{place} states no rate; write rates: [{{"rate": "0.10", "per": 60, "increment": 60}}]')
    prefixes = [*(found.get("prefixes") or ()), *_several(found.pop("prefix", None))]
    for destination in _several(found.pop("destination", None)):
        if destination not in named:
            raise InvalidInput(f"{place} names destination {shown(destination)}, which the tariff does not state")
        prefixes += _several(named[destination])
    return {**found, "prefixes": prefixes} if prefixes else found


def _tiers(tiers: Sequence[Stated], place: str) -> list[Stated]:
    """Each tier begins where the one before ends, or one above; another beginning would leave a gap or overlap."""
    made: list[Stated] = []
    before: Fraction | None = Fraction(0)
    for number, stated in enumerate(tiers, 1):
        tier = dict(_renamed(stated, _TIER, f"{place}, tier {number}"))
        begins = next((tier.pop(word) for word in _FROM if word in tier), None)
        if begins is not None and (before is None or Fraction(str(begins)) not in (before, before + 1)):
            raise InvalidInput(
                f"{place}, tier {number} begins at {shown(begins)}; let it begin where the last one ends"
            )
        if str(tier.get("up_to")).lower() in _ENDLESS:
            tier["up_to"] = None
        before = None if tier.get("up_to") is None else Fraction(str(tier["up_to"]))
        made.append(tier)
    return made


def _several(stated: object) -> list[str]:
    if stated is None:
        return []
    return [str(each) for each in stated] if isinstance(stated, list | tuple) else [str(stated)]


def _renamed(stated: Stated, words: Mapping[str, Sequence[str]], place: str) -> Stated:
    found = dict(stated)
    for ours, others in words.items():
        for theirs in others:
            if found.get(theirs) is None:
                continue
            value = found.pop(theirs)
            if found.setdefault(ours, value) != value:
                raise InvalidInput(f"{place} states {ours} {shown(found[ours])} and {theirs} {shown(value)}; keep one")
    return found
