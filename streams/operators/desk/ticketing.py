"""One trouble ticket per service problem that is bad enough (TMF621): opened, updated, resolved, closed."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from streams.catalogue import Catalogue
from streams.operator import KeyedState, cell_key, owner
from streams.operators.desk.policies import CLOSE_HOLD
from streams.operators.desk.silences import held_problem
from streams.operators.desk.ticket_cell import TICKET_CELL, TicketCell, load_ticket_cell
from streams.operators.desk.ticket_need import lasting_since, needed_at
from telassure.kernel.commands import ALARM_OBJECT, TICKET, TICKET_OBJECT, commands_of
from telassure.kernel.events import Act, ActOutcome, ServiceProblem, Silence, TroubleTicket
from telassure.kernel.events.act import outcome_of
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import Duration, Instant

Outcome: TypeAlias = TroubleTicket | Silence | ActOutcome
_SILENCED: Final = (ALARM_OBJECT.name, TICKET_OBJECT.name)
_SILENCES: Final = "silences"
"""The detail of the key of a domain's silences; no problem has such an id."""


class Ticketing:
    """One cell per problem with a ticket, or one that waits to have lasted (`needed_at`: severity, number of alarms,
    customers, persistence);
    `close_hold_seconds` after it was resolved it closes, unless the problem opens again before, which reopens it
    ("inProgress"). A ticket once open stays so below the minimum. Emitted on a change of state, root cause, severity or
    customers; a problem absorbed by another cancels its ticket with a reference to the other's.

    What an open problem becomes while its root cause is silenced is held back: it opens, reopens and changes no ticket,
    and so raises no notice; its end is told. When the silence is over, what is held is taken as if it were new.
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
            silenced = event.object_type in _SILENCED
            return cell_key(event.owner, _SILENCES if silenced else next(iter(event.targets), ""))
        return cell_key(event.domain, event.problem_id)

    def fresh(self) -> TicketCell:
        return TicketCell()

    def step(
        self, batch: Sequence[ServiceProblem | Act], state: KeyedState[TicketCell], watermark: Instant
    ) -> Iterable[Outcome]:
        for event in batch:
            if isinstance(event, Act) and event.object_type in _SILENCED:
                yield from self._silence(event, state)
            elif isinstance(event, Act):
                yield from self._act(event, state)
            elif not self._held(event, state):
                yield from self._take(event, state)
        for key, cell in state.due(watermark):
            if key == cell_key(owner(key), _SILENCES):
                cell.silences.expire(watermark)
                yield from self._released(key, cell, state, watermark)
                continue
            if cell.waiting:
                yield from self._lasted(key, cell, state, watermark)
                continue
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
        if known is None or known.waiting:
            yield from self._consider(key, event, state)
            return
        before = _facts(known)
        cell = state.of(key)
        self._follow(key, cell, event, state)
        if _facts(cell) != before:
            yield cell.ticket()
        if cell.state == "cancelled":
            state.forget(key)

    def _consider(self, key: str, event: ServiceProblem, state: KeyedState[TicketCell]) -> Iterator[TroubleTicket]:
        """A problem without a ticket: open one, or keep it until it has lasted, or do neither."""
        known = state.peek(key)
        since = lasting_since(event, known.waiting.get(event.problem_id) if known is not None else None)
        needed = needed_at(event, since, self._catalogue) if event.state == "open" else None
        if needed is None:
            if known is not None:
                state.forget(key)
            return
        cell = state.of(key)
        if needed > event.changed_at:
            cell.waiting = {event.problem_id: held_problem(event, since)}
            state.wake(key, needed)
            return
        if cell.waiting:
            cell.waiting = {}
            state.wake(key, None)
        cell.ticket_id, cell.opened_at, cell.state = ticket_of(event.problem_id), event.changed_at, "acknowledged"
        cell.trace = event.trace
        self._describe(cell, event)
        yield cell.ticket()

    def _lasted(
        self, key: str, cell: TicketCell, state: KeyedState[TicketCell], at: Instant
    ) -> Iterator[TroubleTicket]:
        """A small problem has lasted: it is looked at as it stands now."""
        ((problem_id, held),) = cell.waiting.items()
        yield from self._consider(key, held.told(problem_id, owner(key), at), state)

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

    def _silence(self, act: Act, state: KeyedState[TicketCell]) -> Iterator[Outcome]:
        """Obey a command on the silences of a domain."""
        command = self._commands.get((act.command, act.object_type))
        if command is None:
            return
        key = self.key(act)
        cell = state.of(key)
        reason = command.obey(cell, act)
        yield from self._released(key, cell, state, act.given_at)
        yield outcome_of(act, reason)

    def _released(
        self, key: str, cell: TicketCell, state: KeyedState[TicketCell], at: Instant
    ) -> Iterator[TroubleTicket | Silence]:
        """What became of silences, and tickets of the problems that none of them holds any longer."""
        silences, domain = cell.silences, owner(key)
        yield from silences.told(domain)
        for problem in silences.released(domain, at):
            yield from self._take(problem, state)
        if silences.by_objects:
            state.wake(key, silences.next_end)
        else:
            state.forget(key)

    def _held(self, event: ServiceProblem, state: KeyedState[TicketCell]) -> bool:
        """Whether a silence keeps this of a problem from its ticket; what is not kept takes the place of what was."""
        key = cell_key(event.domain, _SILENCES)
        known = state.peek(key)
        if known is None:
            return False
        own = self.key(event)
        ticket = state.peek(own)
        if event.state == "open" and known.silences.covers(event.root_causes[0].managed_object):
            state.of(key).silences.hold(event)
            if ticket is not None and ticket.waiting:
                state.forget(own)
            if ticket is not None and ticket.state == "resolved":
                state.wake(own, None)  # its problem is open again: it does not close
            return True
        if event.problem_id in known.silences.held:
            del state.of(key).silences.held[event.problem_id]
            if ticket is not None and ticket.state == "resolved":
                state.wake(own, event.changed_at + CLOSE_HOLD.of(self._catalogue, event.feed))
        return False

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
