"""One trouble ticket per service problem that is bad enough (TMF621): opened, updated, resolved, closed."""

from collections.abc import Iterable, Iterator, Sequence

from streams.catalogue import Catalogue
from streams.operator import KeyedState, cell_key
from streams.operators.desk.policies import CLOSE_HOLD, MINIMUM_SEVERITY
from streams.operators.desk.ticket_cell import TICKET_CELL, TicketCell, load_ticket_cell
from telassure.kernel.commands import TICKET, commands_of
from telassure.kernel.events import Act, ActOutcome, ServiceProblem, TroubleTicket
from telassure.kernel.events.act import outcome_of
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import Duration, Instant


class Ticketing:
    """One cell per problem with a ticket. From `minimum_severity` on a problem opens one;
    `close_hold_seconds` after it was resolved it closes, unless the problem opens again before, which reopens it
    ("inProgress"). A ticket once open stays so below the minimum. Emitted on a change of state, root cause, severity or
    customers; a problem absorbed by another cancels its ticket with a reference to the other's.
    """

    name = "ticketing"
    state_version = 2
    reads: tuple[int, ...] = (1, 2)
    accepts: tuple[type, ...] = (ServiceProblem, Act)
    shortest_timer: Duration | None = 0  # the hold is a policy

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._commands = commands_of("streams.operators.desk")

    def key(self, event: ServiceProblem | Act) -> str:
        if isinstance(event, Act):
            return cell_key(event.owner, next(iter(event.targets), ""))
        return cell_key(event.domain, event.problem_id)

    def fresh(self) -> TicketCell:
        return TicketCell()

    def step(
        self, batch: Sequence[ServiceProblem | Act], state: KeyedState[TicketCell], watermark: Instant
    ) -> Iterable[TroubleTicket | ActOutcome]:
        for event in batch:
            if isinstance(event, Act):
                yield from self._act(event, state)
            else:
                yield from self._take(event, state)
        for key, cell in state.due(watermark):
            cell.state, cell.closed_at = "closed", watermark
            cell.changed_at = max(cell.changed_at, watermark)
            yield cell.ticket()
            state.forget(key)

    def dump(self, cell: TicketCell) -> bytes:
        return TICKET_CELL.pack(cell)

    def load(self, blob: bytes, version: int) -> TicketCell:
        return load_ticket_cell(blob, version)

    def _take(self, event: ServiceProblem, state: KeyedState[TicketCell]) -> Iterator[TroubleTicket]:
        key = self.key(event)
        known = state.peek(key)
        if known is None:
            minimum = MINIMUM_SEVERITY.of(self._catalogue, event.feed)
            if event.state == "open" and event.perceived_severity >= minimum:
                cell = state.of(key)
                cell.ticket_id, cell.opened_at, cell.state = (
                    ticket_of(event.problem_id),
                    event.changed_at,
                    "acknowledged",
                )
                cell.trace = event.trace
                self._describe(cell, event)
                yield cell.ticket()
            return
        before = _facts(known)
        cell = state.of(key)
        self._follow(key, cell, event, state)
        if _facts(cell) != before:
            yield cell.ticket()
        if cell.state == "cancelled":
            state.forget(key)

    def _act(self, act: Act, state: KeyedState[TicketCell]) -> Iterator[TroubleTicket | ActOutcome]:
        """Obey a command on a ticket; `Act.targets` names its problem."""
        command = self._commands.get((act.command, TICKET.name))
        if command is None or act.object_type != TICKET.name:
            return
        key = self.key(act)
        known = state.peek(key)
        if known is None or known.ticket_id != act.object_id:
            yield outcome_of(act, "there is no such ticket, or it is closed or cancelled")
            return
        cell = state.of(key)
        reason = command.obey(cell, act)
        if not reason:
            yield cell.ticket()
        yield outcome_of(act, reason)

    def _follow(self, key: str, cell: TicketCell, event: ServiceProblem, state: KeyedState[TicketCell]) -> None:
        if event.state == "absorbed":
            cell.state, cell.closed_at = "cancelled", event.changed_at
            cell.title = f"Absorbed into ticket {ticket_of(event.absorbed_by)}: {cell.title}"
            cell.changed_at = max(cell.changed_at, event.changed_at)
        elif event.state == "cleared":
            if cell.state != "resolved":
                cell.state, cell.changed_at = "resolved", max(cell.changed_at, event.changed_at)
                state.wake(key, event.changed_at + CLOSE_HOLD.of(self._catalogue, event.feed))
        else:
            if cell.state == "resolved":
                cell.state = "inProgress"
                state.wake(key, None)
            self._describe(cell, event)

    def _describe(self, cell: TicketCell, event: ServiceProblem) -> None:
        root = event.root_causes[0]
        cell.problem_id, cell.domain, cell.feed = event.problem_id, event.domain, event.feed
        cell.severity, cell.root_cause = int(event.perceived_severity), root.managed_object
        cell.customers = list(event.affected_customers)
        cell.revenue_micros, cell.currency = event.revenue_at_risk.micros, event.revenue_at_risk.currency
        cell.title = f"{event.perceived_severity.name.capitalize()}: {root.managed_object} ({root.evidence})"
        cell.changed_at = max(cell.changed_at, event.changed_at)


def ticket_of(problem_id: str) -> str:
    """The id of the ticket that a problem has, or would have."""
    return derive_id("ticketing", problem_id)


def _facts(cell: TicketCell) -> tuple[str, int, str, list[str]]:
    return cell.state, cell.severity, cell.root_cause, cell.customers
