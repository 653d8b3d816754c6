"""Reads the ports and turns what is there into view models; the same records give the same view."""

from collections.abc import Mapping, Sequence
from typing import Final

from dashboards.pages.live.address import Address
from dashboards.pages.live.views import (
    ActiveAlarm,
    ClosedTicket,
    ClosedTickets,
    Incident,
    IncidentDetail,
    Incidents,
    MemberEpisode,
    Refusals,
    RefusedInput,
    SeverityCount,
)
from dashboards.snapshot.tickets import acknowledgements, tickets_of
from dashboards.snapshot.views import Acknowledged
from telassure.kernel.events import (
    Alarm,
    DeadLetter,
    KpiEpisode,
    PerceivedSeverity,
    ServiceProblem,
    Silence,
    TroubleTicket,
)
from telassure.kernel.instant import in_utc
from telassure.kernel.ports import AnyOf, AssuranceReader, Where

LISTED: Final = 40
ALARMS: Final = 12
_SILENCES: Final = 1_000  # as many as a domain has
EPISODES: Final = 6
_MANY: Final = 200
_CLOSED: Final = 6
_LETTERS: Final = 5
_MEMBERS: Final = 1_000
_CUSTOMERS: Final = 24
_DONE: Final = ("resolved", "closed", "cancelled")


def severity_counts(counts: Mapping[PerceivedSeverity, int]) -> tuple[SeverityCount, ...]:
    """In X.733 order, worst first; "cleared" is no active alarm and has no count here."""
    shown = sorted((s for s in PerceivedSeverity if s is not PerceivedSeverity.CLEARED), reverse=True)
    return tuple(SeverityCount(severity, counts.get(severity, 0)) for severity in shown)


def incidents(reader: AssuranceReader, page: int = 1) -> Incidents:
    """One page of the open problems, each with its ticket and who has acknowledged it; the last page for one beyond."""
    found = reader.find(ServiceProblem, {"state": "open"}, limit=page * LISTED)
    start = (min(page * LISTED, max(len(found.rows), 1)) - 1) // LISTED * LISTED
    chosen = found.rows[start:]
    ids = [problem.problem_id for problem in chosen]
    tickets, acks = tickets_of(reader, ids), acknowledgements(reader, ids)
    rows = (incident(each, tickets.get(each.problem_id), acks.get(each.problem_id)) for each in chosen)
    return Incidents(tuple(rows), found.total, start + 1, found.rows[0].problem_id if found.rows else "")


def incident(problem: ServiceProblem, ticket: TroubleTicket | None, ack: Acknowledged | None = None) -> Incident:
    cause = problem.root_causes[0]
    return Incident(
        problem_id=problem.problem_id,
        severity=problem.perceived_severity,
        state=problem.state,
        root_cause=cause.managed_object,
        evidence=cause.evidence,
        opened_at=problem.opened_at,
        cleared_at=problem.cleared_at,
        customers=len(problem.affected_customers),
        revenue=problem.revenue_at_risk,
        active=problem.active_count,
        members=problem.member_count,
        ticket_id=ticket.ticket_id if ticket else "",
        ticket_state=ticket.state if ticket else "",
        acknowledged=ack,
    )


def selected(reader: AssuranceReader, view: Incidents, address: Address) -> IncidentDetail | None:
    """The incident that the address names, open or not, else the top one; None where there is none of either."""
    wanted = address.incident or view.top
    problem = reader.get(ServiceProblem, wanted) if wanted else None
    if problem is None:
        return None
    places = {row.problem_id: place for place, row in enumerate(view.rows, start=view.first)}
    ticket = tickets_of(reader, [wanted]).get(wanted)
    alarms, active, waiting = active_alarms(reader, problem)
    episodes = reader.find(KpiEpisode, {"episode_id": AnyOf(problem.members)}, limit=EPISODES)
    return IncidentDetail(
        incident=incident(problem, ticket, acknowledgements(reader, [wanted]).get(wanted)),
        place=1 if wanted == view.top else places.get(wanted, 0),
        causes=problem.root_causes,
        customers=problem.affected_customers[:_CUSTOMERS],
        services=len(problem.affected_services),
        alarms=alarms,
        active_alarms=active,
        unacknowledged=waiting,
        members=problem.members,
        absorbed_by=problem.absorbed_by,
        assignee=ticket.assignee if ticket else "",
        notes=ticket.notes if ticket else (),
        episodes=tuple(MemberEpisode(e.episode_id, e.managed_object, e.measurement) for e in episodes.rows),
        all_episodes=episodes.total,
    )


def active_alarms(reader: AssuranceReader, problem: ServiceProblem) -> tuple[tuple[ActiveAlarm, ...], int, int]:
    """The first active alarms of a problem, those of its root cause before the others; how many there are, and how many
    of them wait for an acknowledgement."""
    if not problem.members:
        return (), 0, 0
    active: Where = {"alarm_id": AnyOf(problem.members), "state": "active"}
    own = reader.find(Alarm, {**active, "managed_object": problem.root_causes[0].managed_object}, limit=ALARMS).rows
    some = reader.find(Alarm, active, limit=ALARMS)
    silences = reader.find(Silence, {"state": "active", "domain": problem.domain}, limit=_SILENCES).rows
    chosen = list({alarm.alarm_id: alarm for alarm in (*own, *some.rows)}.values())[:ALARMS]
    alarms = tuple(
        ActiveAlarm(
            alarm.alarm_id,
            alarm.managed_object,
            alarm.probable_cause,
            alarm.ack_state == "acknowledged",
            _silenced(silences, alarm.managed_object),
        )
        for alarm in chosen
    )
    return alarms, some.total, reader.count(Alarm, {**active, "ack_state": "unacknowledged"})


def _silenced(silences: Sequence[Silence], managed_object: str) -> str:
    """By whom an object is silenced and until when: of several silences the one that lasts longest; "" if by none."""
    covering = [silence for silence in silences if silence.covers(managed_object)]
    last = max(covering, key=lambda silence: silence.until, default=None)
    return f"silenced by {last.user} until {in_utc(last.until)}" if last else ""


def closed_tickets(reader: AssuranceReader, many: bool = False) -> ClosedTickets:
    """The tickets that were done with last, newest first."""
    limit = _MANY if many else _CLOSED
    found = reader.find(TroubleTicket, {"state": AnyOf(_DONE)}, ("-changed_at",), limit)
    return ClosedTickets(tuple(_closed(ticket) for ticket in found.rows), found.total, many)


def _closed(ticket: TroubleTicket) -> ClosedTicket:
    return ClosedTicket(
        ticket_id=ticket.ticket_id,
        state=ticket.state,
        severity=ticket.severity,
        root_cause=ticket.root_cause,
        customers=len(ticket.affected_customers),
        opened_at=ticket.opened_at,
        closed_at=ticket.closed_at or ticket.changed_at,
    )


def refusals(reader: AssuranceReader, many: bool = False) -> Refusals:
    """The newest open dead letters; at least those that are seen are counted."""
    letters: Sequence[DeadLetter] = reader.letters(limit=_MANY if many else _LETTERS).rows
    newest = tuple(RefusedInput(x.place or f"{x.source} {x.position}", x.reason, x.time) for x in letters)
    return Refusals(max(reader.open_letters(), len(letters)), newest, many)
