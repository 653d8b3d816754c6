"""What stands decided by commands alone: that a problem is acknowledged, that a profile was promoted, and by whom."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from streams.operator import KeyedState, cell_key
from streams.operators.desk.act_cell import ACT_CELL, ActCell
from telassure.kernel.commands import Command, ObjectType, commands_of
from telassure.kernel.events import Act, ActOutcome
from telassure.kernel.events.act import outcome_of
from telassure.kernel.instant import DAY, Duration, Instant

REMEMBERED: Final[Duration] = 30 * DAY


class ActBook:
    """One cell per object of these types that a command of `package` has decided about, forgotten 30 days after the
    last one.

    Laws: each act on such an object has one outcome, and one that is refused changes nothing. Acts on what an operator
    has cells of its own for (alarms, tickets) are that operator's, and are passed over.
    """

    name = "act_book"
    state_version = 1
    reads: tuple[int, ...] = (1,)
    accepts: tuple[type, ...] = (Act,)
    shortest_timer: Duration | None = 0  # an act may be of a time long before its owner's clock

    def __init__(self, package: str, objects: Sequence[ObjectType]) -> None:
        found = commands_of(package).items()
        self._commands: dict[tuple[str, str], Command[Any]] = {
            identity: command for identity, command in found if command.on in objects
        }

    def key(self, event: Act) -> str:
        return cell_key(event.owner, event.object_type, event.object_id)

    def fresh(self) -> ActCell:
        return ActCell()

    def step(self, batch: Sequence[Act], state: KeyedState[ActCell], watermark: Instant) -> Iterable[ActOutcome]:
        for act in batch:
            command = self._commands.get((act.command, act.object_type))
            if command is None:
                continue
            key = self.key(act)
            reason = command.obey(state.of(key), act)
            state.wake(key, max(act.time, act.given_at) + REMEMBERED)
            yield outcome_of(act, reason)
        for key, _ in state.due(watermark):
            state.forget(key)

    def dump(self, cell: ActCell) -> bytes:
        return ACT_CELL.pack(cell)

    def load(self, blob: bytes, version: int) -> ActCell:
        return ACT_CELL.unpack(blob)
