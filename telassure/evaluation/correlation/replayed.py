"""The product's operators over one scenario in this process, and what they said in the terms of the scorer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, Final, NamedTuple

from models.correlation import CALIBRATION, CauseCalibration, CauseSigns, is_physical, posterior_of
from streams.hosts.driver import Driver, Stores
from streams.topologies.assurance import ASSURANCE, operators
from telassure.evaluation.correlation.scenario import AlarmScenario, identity_of
from telassure.kernel.events import Alarm, AlarmNotification, PerceivedSeverity, ServiceProblem, TroubleTicket
from telassure.kernel.instant import HOUR
from telassure.store.memory import MemoryLog, MemoryStateStore
from telassure.store.memory_metrics import MemoryMetricStore

SETTLED: Final = HOUR  # of event time after the last alarm: whatever waits has been told
NAMED: Final = 5


class SaidCost(NamedTuple):
    """Whom a problem said that it reaches, and what it said to be at risk an hour, in millionths."""

    customers: frozenset[str]
    revenue: int


@dataclass(frozen=True, slots=True)
class GroupingAnswer:
    """What is scored: the group of each notification (none: it stands alone), the ranked (object, confidence) of each
    group, the group of each ticket that stands, and how many tickets were cancelled because another took their
    problem over. `seconds` is what it took the operators. `signs` are what is seen of each group's first cause, where
    the answer was given without a calibration, so that one can be fitted. `impacts` are what each group said that it
    costs."""

    mapping: Mapping[str, str]
    roots: Mapping[str, Sequence[tuple[str, float]]]
    tickets: Mapping[str, str]
    cancelled: int = 0
    seconds: float = 0.0
    signs: Mapping[str, CauseSigns] = field(default_factory=dict)
    impacts: Mapping[str, SaidCost] = field(default_factory=dict)

    def written(self) -> dict[str, Any]:
        """As an outside scorer reads it."""
        return {"mapping": self.mapping, "roots": self.roots, "tickets": self.tickets}


def replayed(scenario: AlarmScenario, calibration: CauseCalibration = CALIBRATION) -> GroupingAnswer:
    """Load the catalogue, take the alarms in the order received through alarm list, correlation and desk, and let an
    hour pass."""
    stores = Stores(MemoryLog(), MemoryStateStore(), MemoryMetricStore())
    topology = replace(ASSURANCE, operators=lambda catalogue: operators(catalogue, calibration))
    driver = Driver(topology, stores, catalogue=scenario.catalogue)
    said = _Said()
    start = perf_counter()
    for event in scenario.notifications:
        driver.pipe(event)
        said.hear(event, driver.spoken())
    driver.advance(max(event.time for event in scenario.notifications) + SETTLED)
    said.take(driver.spoken())
    answer = said.answer(perf_counter() - start)
    return answer if calibration.version else replace(answer, signs=said.signs(answer))


class _Said:
    """Outputs as they come: the activation of each raise, the problem that each alarm was last in, and the tickets."""

    def __init__(self) -> None:
        self._alarm_of: dict[str, str] = {}
        self._problem_of: dict[str, str] = {}
        self._problems: dict[str, ServiceProblem] = {}
        self._tickets: dict[str, TroubleTicket] = {}
        self._alarms: dict[str, tuple[str, bool]] = {}  # object, whether it names a physical fault

    def hear(self, event: AlarmNotification, outputs: Sequence[Any]) -> None:
        """What came of one notification; of a raise, the entry of its own alarm is the activation it belongs to."""
        if event.perceived_severity is not PerceivedSeverity.CLEARED and event.notification_id not in self._alarm_of:
            for output in outputs:
                if isinstance(output, Alarm) and identity_of(output) == identity_of(event):
                    self._alarm_of[event.notification_id] = output.alarm_id
        self.take(outputs)

    def take(self, outputs: Sequence[Any]) -> None:
        for output in outputs:
            if isinstance(output, ServiceProblem):
                self._problems[output.problem_id] = output
                if output.state != "absorbed":
                    self._problem_of.update(dict.fromkeys(output.members, output.problem_id))
            elif isinstance(output, Alarm):
                self._alarms[output.alarm_id] = output.managed_object, is_physical(output.probable_cause)
            elif isinstance(output, TroubleTicket):
                self._tickets[output.ticket_id] = output

    def answer(self, seconds: float) -> GroupingAnswer:
        alarms = {name: self._problem_of[a] for name, a in self._alarm_of.items() if a in self._problem_of}
        mapping = {name: self._standing(problem) for name, problem in alarms.items()}
        roots = {group: self._named(group) for group in sorted(set(mapping.values()))}
        standing = {name: ticket for name, ticket in self._tickets.items() if ticket.state != "cancelled"}
        tickets = {name: self._standing(ticket.problem_id) for name, ticket in standing.items()}
        impacts = {group: self._cost(group) for group in roots}
        return GroupingAnswer(mapping, roots, tickets, len(self._tickets) - len(standing), seconds, impacts=impacts)

    def signs(self, answer: GroupingAnswer) -> dict[str, CauseSigns]:
        """What is seen of the first cause of each group, where it claims what `UNFITTED` makes of its posterior."""
        return {group: self._signs(group, *named[0]) for group, named in answer.roots.items()}

    def _signs(self, group: str, first: str, claimed: float) -> CauseSigns:
        struck = [self._alarms[member] for member in self._problems[group].members if member in self._alarms]
        objects = {managed_object for managed_object, _ in struck}
        return CauseSigns(posterior_of(claimed), len(objects), (first, True) in struck, first in objects)

    def _cost(self, group: str) -> SaidCost:
        problem = self._problems[group]
        return SaidCost(frozenset(problem.affected_customers), problem.revenue_at_risk.micros)

    def _standing(self, problem_id: str) -> str:
        """The problem that has what was this one's in the end."""
        while (into := self._problems[problem_id].absorbed_by) in self._problems:
            problem_id = into
        return problem_id

    def _named(self, group: str) -> list[tuple[str, float]]:
        return [(cause.managed_object, cause.score) for cause in self._problems[group].root_causes[:NAMED]]
