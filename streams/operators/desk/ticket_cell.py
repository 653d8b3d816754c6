"""One ticket's state: what its problem made of it, who works on it, and what was noted on it."""

from dataclasses import dataclass, field
from typing import Final

from streams.cells import CellCodec, unpacked
from streams.operators.desk.silences import DomainSilences, HeldProblem
from telassure.kernel.events import TroubleTicket
from telassure.kernel.events.alarm import BY_SEVERITY
from telassure.kernel.instant import Instant, in_utc
from telassure.kernel.money import Money

MOST_NOTES: Final = 100


@dataclass(slots=True)
class TicketCell:
    """The ticket as last emitted, in plain values; `ticket_id` "" until it is opened. `changed_at` is of its problem's
    time: what people say of it has times of its own. `waiting` is its problem while that is too small to have a ticket
    and has not lasted. `silences` are in the one cell of a domain that is no ticket's.
    """

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
    assignee: str = ""
    notes: list[str] = field(default_factory=list)
    silences: DomainSilences = field(default_factory=DomainSilences)
    waiting: dict[str, HeldProblem] = field(default_factory=dict)

    def assign(self, to: str) -> str:
        """Who works on it from now on; "", or why that changes nothing."""
        if to == self.assignee:
            return f"the ticket is assigned to {to} already"
        self.assignee = to
        self.state = "inProgress" if self.state == "acknowledged" else self.state
        return ""

    def note(self, text: str, user: str, at: Instant) -> str:
        """Keep what somebody says of it; "", or why not."""
        if len(self.notes) >= MOST_NOTES:
            return f"the ticket has {MOST_NOTES} notes; it takes no more"
        self.notes.append(f"{in_utc(at)} {user}: {text}")
        return ""

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
            self.assignee,
            tuple(self.notes),
            self.trace,
        )


TICKET_CELL: Final = CellCodec(TicketCell)
_PLACES: Final = (
    *("ticket_id", "problem_id", "domain", "feed", "state", "severity", "title", "root_cause", "customers"),
    *("revenue_micros", "currency", "opened_at", "changed_at", "closed_at", "trace"),
)  # of version 1, whose cells were tuples; the last was left out where it was empty


def load_ticket_cell(blob: bytes, version: int) -> TicketCell:
    """A cell of this version, or of the one before, by place."""
    if version > 1:
        return TICKET_CELL.unpack(blob)
    cell = TicketCell(**dict(zip(_PLACES, unpacked(blob), strict=False)))
    cell.customers = list(cell.customers)
    return cell
