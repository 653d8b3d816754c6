"""All that waits for somebody: open incidents and the active alarms of none, as lines in the order of their impact."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from dashboards.snapshot.impact import by_impact
from dashboards.snapshot.tickets import acknowledgements, tickets_of
from dashboards.snapshot.views import Acknowledged
from telassure.kernel.events import Alarm, PerceivedSeverity, ServiceProblem, TroubleTicket
from telassure.kernel.instant import HOUR, Duration, Instant
from telassure.kernel.money import NO_CURRENCY, Money
from telassure.kernel.ports import AssuranceReader, still_open

INCIDENT: Final = "incident"
ALARM: Final = "alarm"
RESTORE_WITHIN: Final[Mapping[PerceivedSeverity, Duration]] = {
    PerceivedSeverity.CRITICAL: 4 * HOUR,
    PerceivedSeverity.MAJOR: 8 * HOUR,
    PerceivedSeverity.MINOR: 24 * HOUR,
}
"""How long after it opened an incident is to be restored, by severity; others have no such clock."""
_TOGETHER: Final = 200


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One line: an incident (`part_of` is ""), or an alarm, which is part of an incident or loose. `waiting` of its
    `members` are not acknowledged; `owner` works on it, `due` is when it is to be restored (None: no clock runs)."""

    kind: str
    line_id: str
    severity: PerceivedSeverity
    what: str
    words: str
    opened_at: Instant
    members: int
    waiting: int
    part_of: str = ""
    domain: str = ""
    customers: int = 0
    revenue: Money = field(default_factory=lambda: Money.zero(NO_CURRENCY))
    acknowledged_by: str = ""
    owner: str = ""
    note: str = ""
    ticket_id: str = ""
    ticket_state: str = ""
    due: Instant | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """The lines in order, the alarms of each incident by its id, and a `digest` of all of them."""

    lines: tuple[QueueLine, ...] = ()
    alarms: Mapping[str, tuple[QueueLine, ...]] = field(default_factory=dict)
    digest: str = ""

    @property
    def waiting(self) -> int:
        """Active alarms that are not acknowledged."""
        loose = sum(line.waiting for line in self.lines if line.kind == ALARM)
        return loose + sum(alarm.waiting for several in self.alarms.values() for alarm in several)


def board(reader: AssuranceReader) -> Board:
    """As the stores have it."""
    problems = by_impact(reader.every(ServiceProblem, still_open(ServiceProblem)))
    alarms = list(reader.every(Alarm, {"state": "active"}))
    owner_of = {member: problem.problem_id for problem in reversed(problems) for member in problem.members}
    parts: dict[str, list[QueueLine]] = {problem.problem_id: [] for problem in problems}
    loose: list[QueueLine] = []
    for alarm in alarms:
        part_of = owner_of.get(alarm.alarm_id, "")
        (parts[part_of] if part_of else loose).append(_of_alarm(alarm, part_of))
    lines = (*_incidents(reader, problems, parts), *sorted(loose, key=_worst_first))
    kept = {name: tuple(sorted(several, key=_worst_first)) for name, several in parts.items()}
    return Board(lines, kept, blake2b(repr((lines, kept)).encode(), digest_size=8).hexdigest())


def _incidents(
    reader: AssuranceReader, problems: Sequence[ServiceProblem], parts: Mapping[str, Sequence[QueueLine]]
) -> Iterator[QueueLine]:
    for several in _pieces(problems):
        ids = [problem.problem_id for problem in several]
        tickets, acks = tickets_of(reader, ids), acknowledgements(reader, ids)
        for problem, name in zip(several, ids, strict=True):
            yield _of_problem(problem, tickets.get(name), acks.get(name), parts[name])


def _pieces(problems: Sequence[ServiceProblem]) -> Iterable[Sequence[ServiceProblem]]:
    return (problems[begin : begin + _TOGETHER] for begin in range(0, len(problems), _TOGETHER))


def _of_problem(
    problem: ServiceProblem, ticket: TroubleTicket | None, ack: Acknowledged | None, alarms: Sequence[QueueLine]
) -> QueueLine:
    within = RESTORE_WITHIN.get(problem.perceived_severity)
    cause = problem.root_causes[0]
    user = ack.user if ack else ""
    return QueueLine(
        INCIDENT,
        problem.problem_id,
        problem.perceived_severity,
        cause.managed_object,
        cause.evidence,
        problem.opened_at,
        len(alarms),
        sum(alarm.waiting for alarm in alarms),
        domain=problem.domain,
        customers=len(problem.affected_customers),
        revenue=problem.revenue_at_risk,
        acknowledged_by=user,
        owner=(ticket.assignee if ticket else "") or user,
        note=ticket.notes[-1] if ticket and ticket.notes else "",
        ticket_id=ticket.ticket_id if ticket else "",
        ticket_state=ticket.state if ticket else "",
        due=None if within is None else problem.opened_at + within,
    )


def _of_alarm(alarm: Alarm, part_of: str) -> QueueLine:
    acknowledged = alarm.ack_state == "acknowledged"
    words = " · ".join(text for text in (alarm.probable_cause, alarm.specific_problem, alarm.text) if text)
    return QueueLine(
        ALARM,
        alarm.alarm_id,
        alarm.perceived_severity,
        alarm.managed_object,
        words or "no cause stated",
        alarm.raised_at,
        1,
        0 if acknowledged else 1,
        part_of,
        alarm.domain,
        acknowledged_by=(alarm.ack_user or "somebody") if acknowledged else "",
    )


def _worst_first(line: QueueLine) -> tuple[int, int, str]:
    return -int(line.severity), line.opened_at, line.line_id
