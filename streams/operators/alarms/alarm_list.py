"""The alarm list (X.733, TMF642): raise, change, clear, duplicates, known ends, ageing, and operators' actions."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Final, TypeAlias

from streams.catalogue import Catalogue
from streams.operator import KeyedState, cell_key
from streams.operators.alarms.alarm_cell import ALARM_CELL, AlarmCell, load_alarm_cell
from streams.operators.alarms.policies import AGE_OUT, FORGET
from streams.refusals import refused
from telassure.kernel.commands import ALARM, PROBLEM, commands_of
from telassure.kernel.events import Act, ActOutcome, Alarm, AlarmAction, AlarmNotification, DeadLetter
from telassure.kernel.events.act import outcome_of
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import Duration, Instant

AlarmInput: TypeAlias = AlarmNotification | AlarmAction | Act
_ACTIONS: Final = {"acknowledge": "ack", "unacknowledge": "unack", "clear": "clear"}
"""The command that an action of the kind "actions" is."""
_GONE: Final = "no such alarm; it may have been forgotten after it cleared"


class AlarmList:
    """One cell per (domain, alarm identity); every change of an alarm comes out as the whole `Alarm`.

    Laws: a notification seen before changes nothing; one with the id of another is a dead letter. A clear older than
    the newest raise does not clear; a clear without a raise is remembered for `forget_seconds` and clears the raise
    that arrives after it. A raise older than the last clear counts as an occurrence of that activation and wakes
    nothing, unless the alarm had only run out of time and this raise shows it had not. Without a known end an alarm
    ages out `age_out_seconds` after its newest raise (`policies`).
    """

    name = "alarm_list"
    state_version = 2
    reads: tuple[int, ...] = (1, 2)
    accepts: tuple[type, ...] = (AlarmNotification, AlarmAction, Act)
    shortest_timer: Duration | None = 0  # a known end may be any instant

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._commands = commands_of("streams.operators.alarms")

    def key(self, event: AlarmInput) -> str:
        if isinstance(event, Act):
            return _cell_of(event.owner, next(iter(event.targets), event.object_id))
        if isinstance(event, AlarmAction):
            return _cell_of(event.domain, event.alarm_id)
        return _place(event.domain, *_named(event))[0]

    def fresh(self) -> AlarmCell:
        return AlarmCell()

    def step(
        self, batch: Sequence[AlarmInput], state: KeyedState[AlarmCell], watermark: Instant
    ) -> Iterable[Alarm | ActOutcome | DeadLetter]:
        for event in batch:
            if isinstance(event, Act):
                yield from self._act(event, state)
            elif isinstance(event, AlarmAction):
                yield from self._take_action(event, state)
            else:
                yield from self._hear(event, state)
        for key, cell in state.due(watermark):
            yield from self._expire(key, cell, state, watermark)

    def dump(self, cell: AlarmCell) -> bytes:
        return ALARM_CELL.pack(cell)

    def load(self, blob: bytes, version: int) -> AlarmCell:
        return load_alarm_cell(blob, version)

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

    def _take_action(
        self, event: AlarmAction, state: KeyedState[AlarmCell]
    ) -> Iterator[Alarm | ActOutcome | DeadLetter]:
        command = _ACTIONS.get(event.action)
        known = state.peek(self.key(event))
        if command is None or known is None or not known.occurrences or known.alarm_id != event.alarm_id:
            reason = _GONE if command else f"action {event.action!r} is none of {', '.join(_ACTIONS)}"
            yield refused(self.name, event, reason, f"alarm {event.alarm_id}")
            return
        yield from self._act(_act_of(event, command), state)

    def _act(self, act: Act, state: KeyedState[AlarmCell]) -> Iterator[Alarm | ActOutcome]:
        """Obey a command on an alarm; of one on a problem its alarms follow, and the desk says what becomes of it."""
        command = self._commands.get((act.command, ALARM.name))
        if command is None or act.object_type not in (ALARM.name, PROBLEM.name):
            return
        reason = _GONE
        for alarm_id in act.targets:
            key = _cell_of(act.owner, alarm_id)
            known = state.peek(key)
            if known is None or not known.occurrences or known.alarm_id != alarm_id:
                continue
            cell = state.of(key)
            reason = command.obey(cell, act)
            if not reason:
                self._wake(key, cell, state, act.time)
                yield cell.alarm()
        if act.object_type == ALARM.name:
            yield outcome_of(act, reason)

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


def _act_of(event: AlarmAction, command: str) -> Act:
    """An action as the command that it is."""
    where = (ALARM.name, event.alarm_id, event.domain, event.feed, event.time, (event.alarm_id,))
    return Act(event.action_id, command, *where, (), event.user, True, "", "actions", event.time)


def _cell_of(domain: str, alarm_id: str) -> str:
    return cell_key(domain, alarm_id.partition("-")[0])


_named = attrgetter("managed_object", "event_type", "probable_cause", "specific_problem")


@lru_cache(maxsize=65_536)
def _place(domain: str, *named: str) -> tuple[str, str]:
    """(the cell's key, the alarm's identity)."""
    identity = derive_id(*named)
    return cell_key(domain, identity), identity
