"""What comes out of assurance: problems, tickets, notices, and what was refused; each has an id from its cause."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from telassure.kernel.events.alarm import PerceivedSeverity
from telassure.kernel.filling import filled_at_once
from telassure.kernel.instant import Instant
from telassure.kernel.kept import BusinessRecord, Kept
from telassure.kernel.money import Money
from telassure.kernel.rights import VIEW

LETTER: Final = "letter:"
"""What a log source begins with where a dead letter's input is put in again."""


@dataclass(frozen=True, slots=True)
class RootCause:
    """One ranked candidate: the managed object, its score in [0, 1], and the evidence in words."""

    managed_object: str
    score: float
    evidence: str


@filled_at_once
@dataclass(frozen=True, slots=True)
class ServiceProblem(BusinessRecord):
    """TMF656: alarms and KPI episodes that share a cause. `root_causes` is ranked, best first, and never empty.

    `revenue_at_risk` is the recurring revenue per hour of the affected services. `members` are alarm and episode ids
    (the newest 1,000; `member_count` counts all). State: "open", "cleared", or "absorbed" into `absorbed_by`.
    """

    problem_id: str
    domain: str
    feed: str
    state: str
    perceived_severity: PerceivedSeverity
    opened_at: Instant
    changed_at: Instant
    cleared_at: Instant | None
    root_causes: tuple[RootCause, ...]
    members: tuple[str, ...]
    member_count: int
    active_count: int
    affected_services: tuple[str, ...]
    affected_customers: tuple[str, ...]
    revenue_at_risk: Money
    absorbed_by: str = ""
    trace: str = field(default="", compare=False)

    @property
    def time(self) -> Instant:
        return self.changed_at


@filled_at_once
@dataclass(frozen=True, slots=True)
class TroubleTicket(BusinessRecord):
    """TMF621. State: "acknowledged" (opened), "inProgress", "resolved", "closed", "cancelled".

    `assignee` works on it; `notes` are what was said of it, each with who said so and when.
    """

    ticket_id: str
    problem_id: str
    domain: str
    feed: str
    state: str
    severity: PerceivedSeverity
    title: str
    root_cause: str
    affected_customers: tuple[str, ...]
    revenue_at_risk: Money
    opened_at: Instant
    changed_at: Instant
    closed_at: Instant | None
    assignee: str = ""
    notes: tuple[str, ...] = ()
    trace: str = field(default="", compare=False)

    @property
    def time(self) -> Instant:
        return self.changed_at


@dataclass(frozen=True, slots=True)
class Notification(BusinessRecord):
    """TMF681 CommunicationMessage to one customer about one ticket. Leaves by the outbox."""

    notification_id: str
    ticket_id: str
    customer: str
    subject: str
    body: str
    time: Instant
    trace: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class NoticeHeld:
    """A disruption of which a customer was not told when it came, because of a rest between notices. Only counted."""

    ticket_id: str
    customer: str
    time: Instant


@dataclass(frozen=True, slots=True)
class RowsRestated:
    """How many rows of an envelope were told before, of the same series and time: with the same value, with another, or
    so long ago that nobody knows. Only counted."""

    domain: str
    repeated: int
    revised: int
    late: int

    @property
    def counts(self) -> Mapping[str, int]:
        """What a partition adds to its counters."""
        found = {"repeated_rows": self.repeated, "revised_rows": self.revised, "late": self.late}
        return {name: rows for name, rows in found.items() if rows}


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Input that could not be taken: kept, counted, shown, replayable. `place` is file and line, or row and envelope.

    `source` and `position` are the input's own coordinates (a file and its row, a client and its key), so that the same
    bad input is one dead letter however often it comes. `kind` is set where `payload` is an event of that kind which
    may go into the log again as it is; its log source is then `LETTER` and the letter's id. "" otherwise. `rows` is how
    many it stands for; a store keeps it in words, in the reason.
    """

    letter_id: str
    source: str
    position: str
    operator: str
    place: str
    reason: str
    payload: bytes
    time: Instant
    kind: str = ""
    rows: int = field(default=1, compare=False)


PROBLEMS: Final = Kept(
    ServiceProblem,
    "service_problem",
    time="changed_at",
    order=("-perceived_severity", "-opened_at"),
    filters=("state", "domain", "feed", "perceived_severity", "opened_at", "changed_at"),
    indexes=(("state", "perceived_severity", "opened_at"),),
    closed=("cleared", "absorbed"),
    shown_to=(VIEW,),
)
TICKETS: Final = Kept(
    TroubleTicket,
    "trouble_ticket",
    time="changed_at",
    order=("-opened_at",),
    filters=("state", "problem_id", "domain", "feed", "severity", "assignee", "opened_at", "changed_at"),
    appended=("assignee", "notes"),
    indexes=(("state", "opened_at"),),
    closed=("closed", "cancelled"),
    shown_to=(VIEW,),
)
NOTIFICATIONS: Final = Kept(
    Notification,
    "notification",
    time="time",
    order=("-time",),
    filters=("ticket_id", "customer", "time"),
    indexes=(("time",),),
    shown_to=(VIEW,),
)
