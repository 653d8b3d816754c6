"""What the rating model says to one third-party case, in the terms in which the case says what it expects."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Final

from models.rating import SessionUse, TariffCalendar, UnauthorizedDestination, rate_session
from telassure.evaluation.rating.funded_case import funded
from telassure.evaluation.rating.spelling import event_as_ours
from telassure.evaluation.rating.stated_tariff import (
    increment_rounding,
    is_tiered,
    number,
    rating_deck,
    tiered_price,
)
from telassure.kernel.errors import InvalidInput, shown

UNAUTHORIZED: Final = "UNAUTHORIZED_DESTINATION"
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
Tariffs = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """Values by the names that the case uses, numbers exact, and how they came about."""

    values: Mapping[str, object]
    trace: tuple[str, ...] = ()


def answer(case: Mapping[str, Any], tariffs: Tariffs) -> CaseAnswer:
    """InvalidInput where the case asks what this release does not know."""
    event = case["event"]
    kind = event.get("kind")
    if kind not in _KINDS:
        raise InvalidInput(f"event kind {shown(kind)} is unknown; there are {', '.join(sorted(_KINDS))}")
    return _KINDS[kind](case, tariffs)


def _rated(case: Mapping[str, Any], tariffs: Tariffs) -> CaseAnswer:
    """By the engine's own rounding (cost) and without it (exact_cost)."""
    event, name = case["event"], case["tariff"]
    if is_tiered(name, tariffs):
        return _tiered({**case, "event": {"quantity": event.get("usage"), **event}}, tariffs)
    deck, use = rating_deck(name, tariffs), _use(event)
    try:
        compatible = rate_session(deck, use, increment_rounding(name, tariffs))
        exact = rate_session(deck, use)
    except UnauthorizedDestination as refusal:
        return CaseAnswer({"error": UNAUTHORIZED}, (str(refusal),))
    return CaseAnswer({"cost": compatible.cost, "exact_cost": exact.cost}, compatible.trace)


def _session(case: Mapping[str, Any], tariffs: Tariffs) -> CaseAnswer:
    """The parts of a session are rated as one: its end rounds once, not each part."""
    event = case["event"]
    parts = next((event[name] for name in ("parts", "usages", "debits", "interims", "updates") if name in event), None)
    if parts is None:
        raise InvalidInput("the session has no parts; state them as parts: [units, …]")
    parts = [event_as_ours(part) if isinstance(part, Mapping) else {"usage": part} for part in parts]
    if lacking := [place for place, part in enumerate(parts) if part.get("usage") is None]:
        raise InvalidInput(f"part {lacking[0]} of the session states no usage; write parts: [30, 31]")
    units = sum(int(part["usage"]) for part in parts) + int(event.get("final", 0))
    first: Mapping[str, Any] = next(iter(parts), {})
    return _rated({**case, "event": {**first, **event, "usage": units}}, tariffs)


def _use(event: Mapping[str, Any]) -> SessionUse:
    event = event_as_ours(event)
    if event.get("usage") is None:
        raise InvalidInput("the event states no usage; write usage: 61 (seconds, messages or bytes)")
    names = ("elapsed_s", "duration_index", "duration_index_s", "before_s", "pre_usage")
    before = next((event[name] for name in names if event.get(name)), 0)
    timed = event.get("kind") not in {"data", "sms"}
    start = moment(event.get("start") or "2000-01-01T00:00:00Z")
    return SessionUse(
        str(event.get("destination") or ""),
        start,
        int(event["usage"]),
        timed,
        int(before),
        bool(event.get("loop_index")),
    )


def _rerated(case: Mapping[str, Any], tariffs: Tariffs) -> CaseAnswer:
    """The same use by another tariff: what it cost, what it costs, and the correction between the two."""
    event = case["event"]
    before = next((event[name] for name in ("old_tariff", "from_tariff", "before_tariff") if event.get(name)), None)
    after = next((event[name] for name in ("new_tariff", "to_tariff", "after_tariff") if event.get(name)), None)
    before, after = before or case.get("tariff"), after or case.get("tariff")
    if not before or not after or before == after:
        raise InvalidInput("re-rating needs two tariffs; write old_tariff and new_tariff")
    old, new = (_rated({**case, "tariff": name}, tariffs) for name in (before, after))
    if "error" in old.values or "error" in new.values:
        return old if "error" in old.values else new
    was, now = old.values["cost"], new.values["cost"]
    delta = now - was if isinstance(was, Fraction) and isinstance(now, Fraction) else None
    words = {("old_cost", "was"): was, ("cost", "new_cost", "now"): now, ("delta", "correction", "difference"): delta}
    values = {word: value for several, value in words.items() for word in several}
    return CaseAnswer(values, (*old.trace, f"then by {after}:", *new.trace))


def moment(text: str) -> datetime:
    """The cases' times are UTC where they do not say otherwise."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _tiered(case: Mapping[str, Any], tariffs: Tariffs) -> CaseAnswer:
    event = case["event"]
    before = number(event.get("pre_quantity"))
    cost, lines = tiered_price(case["tariff"], tariffs).cost(number(event["quantity"]), before)
    return CaseAnswer({"cost": cost, "exact_cost": cost}, lines)


def _by_local_month(case: Mapping[str, Any], _tariffs: Tariffs) -> CaseAnswer:
    """A month by its name, and by year and number where the case counts it so."""
    found: Counter[str] = Counter()
    for local in _local(case["event"]):
        found.update((_MONTHS[local.month - 1], f"{local.year}-{local.month:02d}"))
    return CaseAnswer(_counted(found, case["expect"]), tuple(each.isoformat() for each in _local(case["event"])))


def _by_local_day(case: Mapping[str, Any], _tariffs: Tariffs) -> CaseAnswer:
    found = Counter(local.date().isoformat() for local in _local(case["event"]))
    return CaseAnswer(_counted(found, case["expect"]), tuple(each.isoformat() for each in _local(case["event"])))


def _local(event: Mapping[str, Any]) -> list[datetime]:
    calendar = TariffCalendar(event.get("tz") or event.get("zone") or event.get("timezone") or "UTC")
    return [calendar.local(moment(point)) for point in event["points"]]


def _counted(found: Counter[str], expected: Mapping[str, Any]) -> Mapping[str, object]:
    """What the case names, also where it is none, and nothing else that was counted twice under another name."""
    return {name: Fraction(found[name]) for name in expected}


def _funded(case: Mapping[str, Any], tariffs: Tariffs) -> CaseAnswer:
    return CaseAnswer(*funded(case, tariffs, _use))


_KINDS: Final[Mapping[str, Callable[[Mapping[str, Any], Tariffs], CaseAnswer]]] = {
    **dict.fromkeys(("voice", "data", "sms", "mms", "usage", "rate", "cost"), _rated),
    "session": _session,
    **dict.fromkeys(("rerate", "rerating", "re_rate", "re_rating"), _rerated),
    "aggregate": _tiered,
    "debit": _funded,
    "bucket_by_local_month": _by_local_month,
    "bucket_by_local_day": _by_local_day,
}
