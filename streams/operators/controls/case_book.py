"""What has been decided about cases of leakage: the newest decision of each, with who made it, when and why."""

from collections.abc import Iterable, Sequence

from streams.operator import KeyedState, cell_key
from streams.operators.controls.case_cell import CASE_CELL, CaseCell
from telassure.kernel.commands import CASE, commands_of
from telassure.kernel.events import Act, ActOutcome, CaseDecision
from telassure.kernel.events.act import outcome_of
from telassure.kernel.instant import DAY, Duration, Instant

REMEMBERED: Duration = 30 * DAY


class CaseBook:
    """One cell per case that somebody has decided about, forgotten 30 days after the last command; the decision, which
    is a record, stays. Law: each command on a case has one outcome, and one that is refused decides nothing."""

    name = "case_book"
    state_version = 1
    reads: tuple[int, ...] = (1,)
    accepts: tuple[type, ...] = (Act,)
    shortest_timer: Duration | None = REMEMBERED  # of an act, whose time is never after it was given

    def __init__(self) -> None:
        self._commands = commands_of("streams.operators.controls")

    def key(self, event: Act) -> str:
        return cell_key(event.owner, event.object_type, event.object_id)

    def fresh(self) -> CaseCell:
        return CaseCell()

    def step(
        self, batch: Sequence[Act], state: KeyedState[CaseCell], watermark: Instant
    ) -> Iterable[CaseDecision | ActOutcome]:
        for act in batch:
            command = self._commands.get((act.command, act.object_type))
            if command is None or act.object_type != CASE.name:
                continue
            key = self.key(act)
            cell = state.of(key)
            reason = command.obey(cell, act)
            state.wake(key, max(act.time, act.given_at) + REMEMBERED)
            if not reason:
                yield CaseDecision(act.object_id, act.owner, cell.decision, cell.user, act.why, cell.at)
            yield outcome_of(act, reason)
        for key, _ in state.due(watermark):
            state.forget(key)

    def dump(self, cell: CaseCell) -> bytes:
        return CASE_CELL.pack(cell)

    def load(self, blob: bytes, version: int) -> CaseCell:
        return CASE_CELL.unpack(blob)
