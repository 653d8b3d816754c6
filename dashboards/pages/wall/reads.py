"""What the wall reads; all of it is everybody's, so that any number of walls cost what one does."""

from dataclasses import dataclass
from typing import Final

from dashboards.pages.wall.health import STEP, STEPS, RegionHealth, health
from dashboards.pages.wall.regions import Regions, regions
from dashboards.shell.reading import Read, Refresh
from dashboards.snapshot.impact import by_impact
from dashboards.snapshot.reads import FRESH
from dashboards.snapshot.tickets import acknowledgements, tickets_of
from telassure.kernel.events import Alarm, PerceivedSeverity, ServiceProblem
from telassure.kernel.instant import MINUTE, SECOND, Instant
from telassure.kernel.money import Money
from telassure.kernel.ports import Between, Where, still_open

WORST: Final = 5


@dataclass(frozen=True, slots=True)
class WallIncident:
    """An open incident as the wall shows it. `owner` is who works on its ticket, else who has acknowledged it; "" where
    nobody has."""

    problem_id: str
    severity: PerceivedSeverity
    cause: str
    customers: int
    revenue: Money
    owner: str
    opened_at: Instant


@dataclass(frozen=True, slots=True)
class WallIncidents:
    """The worst by impact, of `total` open ones."""

    rows: tuple[WallIncident, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Unacknowledged:
    """Of so many `active` alarms so many wait for somebody."""

    waiting: int
    active: int


def _regions(reading: Refresh) -> Regions:
    return regions(reading.screen.catalogue())


def _open(reading: Refresh) -> tuple[ServiceProblem, ...]:
    return tuple(reading.reader.every(ServiceProblem, still_open(ServiceProblem)))


def _past(reading: Refresh) -> tuple[ServiceProblem, ...]:
    since = reading.now - STEP * STEPS
    where: Where = {"state": "cleared", "changed_at": Between(since)}
    return tuple(reading.reader.every(ServiceProblem, where))


def _health(reading: Refresh) -> tuple[RegionHealth, ...]:
    return health(reading.of(REGIONS), (*reading.of(PAST), *reading.of(OPEN)), reading.now)


def _worst(reading: Refresh) -> WallIncidents:
    opened = reading.of(OPEN)
    chosen = by_impact(opened)[:WORST]
    ids = [problem.problem_id for problem in chosen]
    tickets, acks = tickets_of(reading.reader, ids), acknowledgements(reading.reader, ids)
    owners = {name: ack.user for name, ack in acks.items()}
    owners |= {name: ticket.assignee for name, ticket in tickets.items() if ticket.assignee}
    return WallIncidents(tuple(_row(each, owners.get(each.problem_id, "")) for each in chosen), len(opened))


def _row(problem: ServiceProblem, owner: str) -> WallIncident:
    return WallIncident(
        problem.problem_id,
        problem.perceived_severity,
        problem.root_causes[0].managed_object,
        len(problem.affected_customers),
        problem.revenue_at_risk,
        owner,
        problem.opened_at,
    )


def _unacknowledged(reading: Refresh) -> Unacknowledged:
    waiting = reading.reader.count(Alarm, {"state": "active", "ack_state": "unacknowledged"})
    return Unacknowledged(waiting, reading.reader.count(Alarm, {"state": "active"}))


REGIONS: Final = Read("regions", _regions, 5 * MINUTE)
OPEN: Final = Read("open problems", _open, FRESH)
PAST: Final = Read("problems of the last hours", _past, 30 * SECOND)
HEALTH: Final = Read("health of regions", _health, FRESH)
WORST_BY_IMPACT: Final = Read("worst by impact", _worst, FRESH)
UNACKNOWLEDGED: Final = Read("unacknowledged", _unacknowledged, FRESH)
