"""Reads the ports and turns what is there into view models; the same records give the same view."""

from collections.abc import Mapping, Sequence
from typing import Final

from dashboards.pages.live.address import Address
from dashboards.pages.live.feeds import FeedWatch, system_state
from dashboards.pages.live.views import (
    Board,
    ClosedTicket,
    ControlLeakage,
    Incident,
    IncidentDetail,
    Incidents,
    MoneyToday,
    Refusals,
    RefusedInput,
    SeverityCount,
)
from dashboards.shell.theme import priced
from telassure.kernel.events import (
    Alarm,
    DeadLetter,
    PerceivedSeverity,
    RevenueLeakage,
    ServiceProblem,
    TroubleTicket,
)
from telassure.kernel.instant import Instant, day_of
from telassure.kernel.money import Money
from telassure.kernel.ports import AssuranceReader, still_open

LISTED: Final = 40
_TICKETS: Final = 200
_CLOSED: Final = 6
_CASES: Final = 500
_LETTERS: Final = 5
_ALARMS: Final = 200
_CUSTOMERS: Final = 24
_DONE: Final = ("resolved", "closed", "cancelled")


def board(reader: AssuranceReader, watch: FeedWatch, now: Instant) -> Board:
    """Everything that does not depend on a selection; each list is limited, each count is the store's own."""
    feeds = watch.look(reader.feeds(), now)
    tickets = reader.find(TroubleTicket, limit=_TICKETS).rows
    return Board(
        taken_at=now,
        system=system_state(feeds),
        severities=severity_counts(reader.severity_counts()),
        incidents=incidents(_open_problems(reader), _ticket_of(reader, tickets)),
        closed=closed_tickets(tickets),
        money=money_today(reader.charged_since(day_of(now)), _open_cases(reader), now),
        feeds=feeds,
        refusals=refusals(reader.letters(limit=_LETTERS).rows, reader.open_letters()),
    )


def severity_counts(counts: Mapping[PerceivedSeverity, int]) -> tuple[SeverityCount, ...]:
    """In X.733 order, worst first; "cleared" is no active alarm and has no count here."""
    shown = sorted((s for s in PerceivedSeverity if s is not PerceivedSeverity.CLEARED), reverse=True)
    return tuple(SeverityCount(severity, counts.get(severity, 0)) for severity in shown)


def incidents(problems: Sequence[ServiceProblem], tickets: Mapping[str, TroubleTicket]) -> Incidents:
    """The open problems in the reader's order, each with its ticket."""
    rows = tuple(incident(problem, tickets.get(problem.problem_id)) for problem in problems[:LISTED])
    return Incidents(rows, len(problems) > LISTED)


def incident(problem: ServiceProblem, ticket: TroubleTicket | None) -> Incident:
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
    )


def selected(reader: AssuranceReader, view: Incidents, address: Address) -> IncidentDetail | None:
    """The incident that the address names, open or not, else the top one; None where there is none of either."""
    wanted = address.incident or (view.rows[0].problem_id if view.rows else "")
    if not wanted:
        return None
    open_ones = _open_problems(reader)
    for place, problem in enumerate(open_ones, start=1):
        if problem.problem_id == wanted:
            return _detail(reader, problem, view, place)
    other = reader.get(ServiceProblem, wanted)
    return None if other is None else _detail(reader, other, view, 0)


def _detail(reader: AssuranceReader, problem: ServiceProblem, view: Incidents, place: int) -> IncidentDetail:
    listed = next((row for row in view.rows if row.problem_id == problem.problem_id), None)
    if listed is None:
        tickets = reader.find(TroubleTicket, {"problem_id": problem.problem_id}, limit=1).rows
        listed = incident(problem, tickets[0] if tickets else None)
    return IncidentDetail(
        incident=listed,
        place=place,
        causes=problem.root_causes,
        customers=problem.affected_customers[:_CUSTOMERS],
        services=len(problem.affected_services),
        alarms=acknowledgeable(problem, reader.find(Alarm, {"state": "active"}, limit=_ALARMS).rows),
        members=problem.members,
        absorbed_by=problem.absorbed_by,
    )


def acknowledgeable(problem: ServiceProblem, alarms: Sequence[Alarm]) -> tuple[str, ...]:
    """The first three active alarms of a problem that nobody has acknowledged, those of its root cause first."""
    members = set(problem.members)
    cause = problem.root_causes[0].managed_object
    mine = [a for a in alarms if a.alarm_id in members and a.ack_state != "acknowledged"]
    return tuple(a.alarm_id for a in sorted(mine, key=lambda a: a.managed_object != cause)[:3])


def closed_tickets(tickets: Sequence[TroubleTicket]) -> tuple[ClosedTicket, ...]:
    """The tickets that were done with last, newest first."""
    done = [ticket for ticket in tickets if ticket.state in _DONE]
    done.sort(key=lambda t: (-(t.closed_at or t.changed_at), t.ticket_id))
    return tuple(
        ClosedTicket(
            ticket_id=ticket.ticket_id,
            state=ticket.state,
            severity=ticket.severity,
            root_cause=ticket.root_cause,
            customers=len(ticket.affected_customers),
            opened_at=ticket.opened_at,
            closed_at=ticket.closed_at or ticket.changed_at,
        )
        for ticket in done[:_CLOSED]
    )


def money_today(charged: Mapping[str, int], cases: Sequence[RevenueLeakage], now: Instant) -> MoneyToday:
    """Charges by currency, and open leakage by control and currency, largest first; no sum holds unpriced cases."""
    found: dict[tuple[str, str], list[RevenueLeakage]] = {}
    for case in cases:
        found.setdefault((case.control, case.amount.currency), []).append(case)
    by_control = [
        ControlLeakage(control, len(several), sum((c.amount for c in several), Money.zero(currency)))
        for (control, currency), several in found.items()
    ]
    totals: dict[str, Money] = {}
    for line in (line for line in by_control if priced(line.amount)):
        currency = line.amount.currency
        totals[currency] = totals.get(currency, Money.zero(currency)) + line.amount
    return MoneyToday(
        day=day_of(now),
        charged=tuple(
            Money(micros, currency)
            for currency, micros in sorted(charged.items(), key=lambda sum_: (-sum_[1], sum_[0]))
        ),
        leakage=tuple(
            sorted(by_control, key=lambda line: (not priced(line.amount), -line.amount.micros, line.control))
        ),
        totals=tuple(totals[currency] for currency in sorted(totals)),
        partial=len(cases) >= _CASES,
    )


def refusals(letters: Sequence[DeadLetter], counted: int) -> Refusals:
    """The newest open dead letters; at least those that are seen are counted."""
    newest = tuple(RefusedInput(x.place or f"{x.source} {x.position}", x.reason, x.time) for x in letters)
    return Refusals(max(counted, len(letters)), newest)


def _ticket_of(reader: AssuranceReader, newest: Sequence[TroubleTicket]) -> Mapping[str, TroubleTicket]:
    """Tickets by problem: the newest, and the open ones however old."""
    open_ones = reader.find(TroubleTicket, still_open(TroubleTicket), limit=_TICKETS).rows
    return {ticket.problem_id: ticket for ticket in (*newest, *open_ones)}


def _open_problems(reader: AssuranceReader) -> Sequence[ServiceProblem]:
    return reader.find(ServiceProblem, {"state": "open"}, limit=LISTED + 1).rows


def _open_cases(reader: AssuranceReader) -> Sequence[RevenueLeakage]:
    """The largest."""
    return reader.find(RevenueLeakage, {"state": "open"}, limit=_CASES).rows
