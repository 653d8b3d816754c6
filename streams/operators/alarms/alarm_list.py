"""The alarm list (X.733, TMF642): raise, change, clear, duplicates, known ends, ageing, and operators' actions."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import TypeAlias

from streams.catalogue import Catalogue
from streams.operator import KeyedState, cell_key
from streams.operators.alarms.alarm_cell import AlarmCell
from streams.operators.alarms.policies import AGE_OUT, FORGET
from streams.refusals import refused
from telassure.kernel.events import Alarm, AlarmAction, AlarmNotification, DeadLetter
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import Duration, Instant

AlarmInput: TypeAlias = AlarmNotification | AlarmAction


class AlarmList:
    """One cell per (domain, alarm identity); every change of an alarm comes out as the whole `Alarm`.

    Laws: a notification seen before changes nothing; one with the id of another is a dead letter. A clear older than
    the newest raise does not clear; a clear without a raise is remembered for `forget_seconds` and clears the raise
    that arrives after it. A raise older than the last clear counts as an occurrence of that activation and wakes
    nothing, unless the alarm had only run out of time and this raise shows it had not. Without a known end an alarm
    ages out `age_out_seconds` after its newest raise (`policies`).
    """

    name = "alarm_list"
    state_version = 1
    reads: tuple[int, ...] = (1,)
    accepts: tuple[type, ...] = (AlarmNotification, AlarmAction)
    shortest_timer: Duration | None = 0  # a known end may be any instant

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def key(self, event: AlarmInput) -> str:
        if isinstance(event, AlarmAction):
            return cell_key(event.domain, event.alarm_id.partition("-")[0])
        return _place(event.domain, *_named(event))[0]

    def fresh(self) -> AlarmCell:
        return AlarmCell()

    def step(
        self, batch: Sequence[AlarmInput], state: KeyedState[AlarmCell], watermark: Instant
    ) -> Iterable[Alarm | DeadLetter]:
        for event in batch:
            if isinstance(event, AlarmAction):
                yield from self._act(event, state)
            else:
                yield from self._hear(event, state)
        for key, cell in state.due(watermark):
            yield from self._expire(key, cell, state, watermark)

    def dump(self, cell: AlarmCell) -> bytes:
        return cell.dump()

    def load(self, blob: bytes, version: int) -> AlarmCell:
        return AlarmCell.load(blob)

    def _hear(self, event: AlarmNotification, state: KeyedState[AlarmCell]) -> Iterator[Alarm | DeadLetter]:
        key, identity = _place(event.domain, *_named(event))
        cell = state.of(key)
        news = cell.notice(event)
        if news != "new":
            if news == "conflict":
                reason = f"notification id {event.notification_id!r} came before with other content; give it its own id"
                yield refused(self.name, event, reason, event.managed_object)
            return
        changed = self._clear(cell, event) if event.perceived_severity == 0 else self._raise(cell, event, identity)
        self._wake(key, cell, state, event.time)
        if changed:
            yield cell.alarm()

    def _raise(self, cell: AlarmCell, event: AlarmNotification, identity: str) -> bool:
        if cell.active:
            cell.reraise(event)
        elif cell.cleared_at is not None and event.time < cell.cleared_at:
            cell.reraise(event)
            if cell.clear_reason in ("ended", "aged_out") and cell.expiry(self._age_out(cell)) > cell.cleared_at:
                cell.reactivate()
        else:
            orphan, cell.orphan_clear = cell.orphan_clear, None
            cell.activate(identity, event)
            if orphan is not None and event.time <= orphan:
                cell.clear(orphan, "cleared")
        return True

    def _clear(self, cell: AlarmCell, event: AlarmNotification) -> bool:
        if cell.active and event.time >= cell.newest_raise:
            cell.clear(event.time, "cleared")
            return True
        if not cell.active and (cell.cleared_at is None or event.time > cell.cleared_at):
            cell.orphan_clear = event.time if cell.orphan_clear is None else max(cell.orphan_clear, event.time)
        return False

    def _act(self, event: AlarmAction, state: KeyedState[AlarmCell]) -> Iterator[Alarm | DeadLetter]:
        key = self.key(event)
        known = state.peek(key)
        if known is None or not known.occurrences or known.alarm_id != event.alarm_id:
            reason = "no such alarm; it may have been forgotten after it cleared"
            yield refused(self.name, event, reason, f"alarm {event.alarm_id}")
            return
        cell = state.of(key)
        if event.action == "clear":
            changed = cell.active and event.time >= cell.newest_raise
            if changed:
                cell.clear(event.time, "operator")
                self._wake(key, cell, state, event.time)
        elif event.action in ("acknowledge", "unacknowledge"):
            changed = event.time >= cell.acted_at and cell.acknowledged != (event.action == "acknowledge")
            cell.acknowledged ^= changed
            cell.acted_at = max(cell.acted_at, event.time)
            cell.changed_at = max(cell.changed_at, event.time) if changed else cell.changed_at
        else:
            reason = f"action {event.action!r} is none of acknowledge, unacknowledge, clear"
            yield refused(self.name, event, reason, f"alarm {event.alarm_id}")
            return
        if changed:
            yield cell.alarm()

    def _expire(self, key: str, cell: AlarmCell, state: KeyedState[AlarmCell], watermark: Instant) -> Iterator[Alarm]:
        if not cell.active:
            state.forget(key)
            return
        ended = cell.known_end is not None and cell.known_end >= cell.newest_raise
        cell.clear(cell.expiry(self._age_out(cell)), "ended" if ended else "aged_out")
        self._wake(key, cell, state, watermark)
        yield cell.alarm()

    def _wake(self, key: str, cell: AlarmCell, state: KeyedState[AlarmCell], at: Instant) -> None:
        if cell.active:
            state.wake(key, cell.expiry(self._age_out(cell)))
        else:
            state.wake(key, max(at, cell.cleared_at or at) + FORGET.of(self._catalogue))

    def _age_out(self, cell: AlarmCell) -> Duration:
        return AGE_OUT.of(self._catalogue, cell.feed)


_named = attrgetter("managed_object", "event_type", "probable_cause", "specific_problem")


@lru_cache(maxsize=65_536)
def _place(domain: str, *named: str) -> tuple[str, str]:
    """(the cell's key, the alarm's identity)."""
    identity = derive_id(*named)
    return cell_key(domain, identity), identity
