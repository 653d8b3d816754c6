"""One trouble ticket per service problem that is bad enough (TMF621): opened, updated, resolved, closed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final

import msgpack

from streams.catalogue import Catalogue
from streams.operator import KeyedState, cell_key
from streams.operators.desk.policies import CLOSE_HOLD, MINIMUM_SEVERITY
from telassure.kernel.events import ServiceProblem, TroubleTicket
from telassure.kernel.events.alarm import BY_SEVERITY
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import Duration, Instant
from telassure.kernel.money import Money


@dataclass(slots=True)
class TicketCell:
    """The ticket as last emitted, in plain values; `ticket_id` "" until it is opened."""

    ticket_id: str = ""
    problem_id: str = ""
    domain: str = ""
    feed: str = ""
    state: str = ""
    severity: int = 0
    title: str = ""
    root_cause: str = ""
    customers: list[str] = field(default_factory=list)
    revenue_micros: int = 0
    currency: str = ""
    opened_at: Instant = 0
    changed_at: Instant = 0
    closed_at: Instant | None = None
    trace: str = ""

    def ticket(self) -> TroubleTicket:
        return TroubleTicket(
            self.ticket_id,
            self.problem_id,
            self.domain,
            self.feed,
            self.state,
            BY_SEVERITY[self.severity],
            self.title,
            self.root_cause,
            tuple(self.customers),
            Money(self.revenue_micros, self.currency),
            self.opened_at,
            self.changed_at,
            self.closed_at,
            self.trace,
        )


_FIELDS: Final = TicketCell.__slots__
_TRACED: Final = attrgetter(*_FIELDS)
_PLAIN: Final = attrgetter(*_FIELDS[:-1])  # the release before knows no trace


class Ticketing:
    """One cell per problem with a ticket. From `minimum_severity` on a problem opens one;
    `close_hold_seconds` after it was resolved it closes, unless the problem opens again before, which reopens it
    ("inProgress"). A ticket once open stays so below the minimum. Emitted on a change of state, root cause, severity or
    customers; a problem absorbed by another cancels its ticket with a reference to the other's.
    """

    name = "ticketing"
    state_version = 1
    reads: tuple[int, ...] = (1,)
    accepts: tuple[type, ...] = (ServiceProblem,)
    shortest_timer: Duration | None = 0  # the hold is a policy

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def key(self, event: ServiceProblem) -> str:
        return cell_key(event.domain, event.problem_id)

    def fresh(self) -> TicketCell:
        return TicketCell()

    def step(
        self, batch: Sequence[ServiceProblem], state: KeyedState[TicketCell], watermark: Instant
    ) -> Iterable[TroubleTicket]:
        for event in batch:
            yield from self._take(event, state)
        for key, cell in state.due(watermark):
            cell.state, cell.closed_at = "closed", watermark
            cell.changed_at = max(cell.changed_at, watermark)
            yield cell.ticket()
            state.forget(key)

    def dump(self, cell: TicketCell) -> bytes:
        packed: bytes = msgpack.packb(_TRACED(cell) if cell.trace else _PLAIN(cell))
        return packed

    def load(self, blob: bytes, version: int) -> TicketCell:
        values: list[Any] = msgpack.unpackb(blob)
        return TicketCell(*values[: len(_FIELDS)])  # a later release may have appended more

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
