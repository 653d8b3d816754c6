"""What the panels show, as plain frozen values: equal values draw equal panels."""

from dataclasses import dataclass, field

from dashboards.snapshot.views import Acknowledged
from telassure.kernel.events import PerceivedSeverity, RootCause
from telassure.kernel.instant import Instant
from telassure.kernel.money import Money


@dataclass(frozen=True, slots=True)
class SeverityCount:
    """Active alarms of one severity."""

    severity: PerceivedSeverity
    count: int


@dataclass(frozen=True, slots=True)
class Incident:
    """An open service problem and its ticket, as one row. `ticket_id` is "" where it has none."""

    problem_id: str
    severity: PerceivedSeverity
    state: str
    root_cause: str
    evidence: str
    opened_at: Instant
    cleared_at: Instant | None
    customers: int
    revenue: Money
    active: int
    members: int
    ticket_id: str
    ticket_state: str
    acknowledged: "Acknowledged | None" = None


@dataclass(frozen=True, slots=True)
class Incidents:
    """The rows of one page of the list, worst first: from the `first` (1 is the worst) of `total`; `top` is the id of
    the worst of all."""

    rows: tuple[Incident, ...]
    total: int
    first: int = 1
    top: str = ""


@dataclass(frozen=True, slots=True)
class IncidentDetail:
    """The selected incident. `place` counts from 1 in the list, 0 where it is not open any more.

    `customers` and `services` are the first few. `unacknowledged` of its active alarms wait for an acknowledgement;
    `alarms` are the first of the active ones, those of the root cause before the others, of `active_alarms`.
    `episodes` are the first of `all_episodes`.
    """

    incident: Incident
    place: int
    causes: tuple[RootCause, ...]
    customers: tuple[str, ...]
    services: int
    alarms: tuple["ActiveAlarm", ...]
    active_alarms: int
    unacknowledged: int
    members: tuple[str, ...]
    absorbed_by: str = ""
    assignee: str = ""
    notes: tuple[str, ...] = ()
    episodes: tuple["MemberEpisode", ...] = ()
    all_episodes: int = 0


@dataclass(frozen=True, slots=True)
class MemberEpisode:
    """A KPI episode of an incident."""

    episode_id: str
    managed_object: str
    measurement: str


@dataclass(frozen=True, slots=True)
class ActiveAlarm:
    """An alarm of an incident that can be acted on. `silenced` says by whom its object is, and until when."""

    alarm_id: str
    managed_object: str
    probable_cause: str
    acknowledged: bool
    silenced: str = ""


@dataclass(frozen=True, slots=True)
class ClosedTickets:
    """Those that were done with last, of `total`; `many`: the list is shown at length."""

    rows: tuple["ClosedTicket", ...]
    total: int
    many: bool = False


@dataclass(frozen=True, slots=True)
class ClosedTicket:
    """A ticket that was resolved, closed or cancelled."""

    ticket_id: str
    state: str
    severity: PerceivedSeverity
    root_cause: str
    customers: int
    opened_at: Instant
    closed_at: Instant


@dataclass(frozen=True, slots=True)
class RefusedInput:
    """One dead letter as it is shown."""

    place: str
    reason: str
    time: Instant


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many dead letters there are, and the newest; `many`: the list is shown at length."""

    count: int
    newest: tuple[RefusedInput, ...]
    many: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """An anomalous point: when, how much, and the code of what each channel contributed (`kernel.events.shares`)."""

    time: Instant
    score: float
    shares: int


@dataclass(frozen=True, slots=True)
class KpiChart:
    """One series with its expected band; columns of equal length, None where there is nothing.

    `time` in milliseconds UTC, `shares` codes. `newest_anomaly` is of all points, drawn or not. `why` says how the
    series came to be shown. `digest` names the content of the columns.
    """

    managed_object: str
    measurement: str
    unit: str
    range: str
    why: str
    pinned: bool
    next_series: tuple[str, str]
    digest: str
    newest: Instant | None = None
    value_now: float | None = None
    expected_now: float | None = None
    anomalies: int = 0
    newest_anomaly: Explained | None = None
    time: tuple[int, ...] = field(default=(), repr=False)
    value: tuple[float | None, ...] = field(default=(), repr=False)
    expected: tuple[float | None, ...] = field(default=(), repr=False)
    lower: tuple[float | None, ...] = field(default=(), repr=False)
    upper: tuple[float | None, ...] = field(default=(), repr=False)
    score: tuple[float | None, ...] = field(default=(), repr=False)
    shares: tuple[int, ...] = field(default=(), repr=False)
