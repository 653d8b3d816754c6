"""Single records from outside: alarms, billed lines, switch counts, recharges, operators' actions and verdicts."""

from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from typing import Final, TypeAlias

from ingestion.fields.terms import Terms
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import (
    AlarmAction,
    AlarmNotification,
    BilledLine,
    PerceivedSeverity,
    Recharge,
    SwitchCount,
    Verdict,
)
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import LATEST, Instant
from telassure.kernel.money import Money

SingleEvent: TypeAlias = AlarmNotification | AlarmAction | BilledLine | Recharge | SwitchCount | Verdict
ACTIONS: Final = ("acknowledge", "unacknowledge", "clear")
VERDICTS: Final = ("true_positive", "false_positive", "undo")


class Row:
    """One object from outside, read field by field; each reading raises InvalidInput that names the field.

    `known` is every field it may have; `place` goes before each name, e.g. "prices[2].".
    """

    def __init__(self, row: object, known: frozenset[str], place: str = "", zone: tzinfo = UTC) -> None:
        if not isinstance(row, Mapping):
            raise InvalidInput(f"{place.rstrip('.') or 'the row'} is {type(row).__name__}, not an object")
        fields.known_only(row, known, place)
        self._row = row
        self._place = place
        self._zone = zone

    def __contains__(self, name: str) -> bool:
        return self._row.get(name) not in (None, "")

    def raw(self, name: str) -> object:
        if self._row.get(name) is None:
            raise InvalidInput(f"{self._place}{name} is missing")
        return self._row[name]

    def text(self, name: str) -> str:
        return fields.text(self.raw(name), self._place + name)

    def optional(self, name: str, limit: int = fields.LONGEST_TEXT) -> str:
        return fields.optional_text(self._row.get(name), self._place + name, limit)

    def whole(self, name: str, low: int = 0) -> int:
        return fields.whole(self.raw(name), self._place + name, low)

    def moment(self, name: str, newest: Instant = LATEST) -> Instant:
        return fields.moment(self.raw(name), self._place + name, self._zone, newest)

    def choice(self, name: str, words: tuple[str, ...]) -> str:
        return fields.choice(self.raw(name), self._place + name, words)

    def money(self, name: str) -> Money:
        return fields.money(self.raw(name), self._row.get("currency"), self._place + name)

    def flag(self, name: str, default: bool) -> bool:
        return fields.flag(self._row[name], self._place + name) if name in self else default

    def period(self) -> tuple[Instant, Instant]:
        start, end = self.moment("period_start"), self.moment("period_end")
        if start >= end:
            raise InvalidInput(f"{self._place}period_end is not after period_start")
        return start, end


def severity(value: object, field: str = "perceived_severity") -> PerceivedSeverity:
    """An X.733 severity from its word."""
    found = PerceivedSeverity.__members__.get(value.strip().upper()) if isinstance(value, str) else None
    if found is None:
        words = ", ".join(s.name.lower() for s in reversed(PerceivedSeverity))
        raise InvalidInput(f"{field} {fields.shown(value)} is no severity; write one of {words}")
    return found


def _alarm(row: Row, terms: Terms, index: int) -> AlarmNotification:
    at = row.moment("time", terms.newest)
    ends_at = row.moment("ends_at") if "ends_at" in row else None
    if ends_at is not None and ends_at < at:
        raise InvalidInput("ends_at is before time")
    return AlarmNotification(
        notification_id=row.optional("notification_id")
        or derive_id("notification", terms.source, terms.position, index),
        domain="",
        feed=terms.feed,
        managed_object=row.text("managed_object"),
        event_type=row.optional("event_type"),
        probable_cause=row.optional("probable_cause"),
        specific_problem=row.optional("specific_problem"),
        perceived_severity=severity(row.raw("perceived_severity")),
        time=at,
        ends_at=ends_at,
        text=row.optional("text", limit=4096),
    )


def _bill(row: Row, terms: Terms, index: int) -> BilledLine:
    start, end = row.period()
    return BilledLine(
        line_id=row.text("line_id"),
        bill_id=row.text("bill_id"),
        feed=terms.feed,
        account=row.text("account"),
        service=row.text("service"),
        period_start=start,
        period_end=end,
        quantity=row.whole("quantity"),
        amount=row.money("amount"),
        time=row.moment("time", terms.newest),
    )


def _count(row: Row, terms: Terms, index: int) -> SwitchCount:
    start, end = row.period()
    switch, service = row.text("switch"), row.text("service")
    if end > terms.newest:
        raise InvalidInput(fields.out_of_range(end, "period_end", terms.newest))
    return SwitchCount(
        count_id=row.optional("count_id") or derive_id("count", terms.feed, switch, service, start, end),
        feed=terms.feed,
        switch=switch,
        service=service,
        period_start=start,
        period_end=end,
        records=row.whole("records"),
        volume=row.whole("volume"),
    )


def _recharge(row: Row, terms: Terms, index: int) -> Recharge:
    amount = row.money("amount")
    if amount.micros <= 0:
        raise InvalidInput(f"amount {amount} of a recharge is not positive")
    return Recharge(
        recharge_id=row.text("recharge_id"),
        feed=terms.feed,
        account=row.text("account"),
        amount=amount,
        time=row.moment("time", terms.newest),
    )


def _action(row: Row, terms: Terms, index: int) -> AlarmAction:
    return AlarmAction(
        action_id=row.text("action_id"),
        domain=row.optional("domain"),
        alarm_id=row.text("alarm_id"),
        action=row.choice("action", ACTIONS),
        user=row.text("user"),
        time=row.moment("time", terms.newest),
        feed=terms.feed,
    )


def _verdict(row: Row, terms: Terms, index: int) -> Verdict:
    verdict = row.choice("verdict", VERDICTS)
    return Verdict(
        verdict_id=row.text("verdict_id"),
        domain=row.text("domain"),
        feed=row.text("feed"),
        managed_object=row.text("managed_object"),
        measurement=row.text("measurement"),
        started_at=row.moment("started_at", terms.newest),
        verdict=verdict,
        scope=row.choice("scope", ("series", "measurement")) if "scope" in row else "series",
        user=row.text("user"),
        why=row.text("why"),
        given_at=row.moment("given_at", terms.newest),
        undoes=row.text("undoes") if verdict == "undo" else row.optional("undoes"),
    )


_PERIOD = ("period_start", "period_end")
_BUILD: Final[dict[str, tuple[frozenset[str], Callable[[Row, Terms, int], SingleEvent]]]] = {
    "alarms": (
        frozenset(AlarmNotification.__dataclass_fields__) - {"domain", "feed"},
        _alarm,
    ),
    "bills": (frozenset(BilledLine.__dataclass_fields__) - {"feed"} | {"currency"}, _bill),
    "counts": (frozenset(SwitchCount.__dataclass_fields__) - {"feed"}, _count),
    "recharges": (frozenset(Recharge.__dataclass_fields__) - {"feed"} | {"currency"}, _recharge),
    "actions": (frozenset(AlarmAction.__dataclass_fields__) - {"feed"}, _action),
    "verdicts": (frozenset(Verdict.__dataclass_fields__), _verdict),
}
SINGLE_KINDS: Final = tuple(_BUILD)


def known_fields(kind: str) -> frozenset[str]:
    """Every field a row of this single kind may have."""
    return _BUILD[kind][0]


def single(kind: str, row: object, terms: Terms, index: int) -> SingleEvent:
    """One row of a single kind as its event (an alarm has no domain yet); InvalidInput where it breaks its contract."""
    known, build = _BUILD[kind]
    return build(Row(row, known, zone=terms.zone), terms, index)
