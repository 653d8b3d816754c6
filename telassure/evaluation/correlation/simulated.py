"""The demo operator's faults and alarms as labelled scenarios, and what their tickets come to by kind of fault.

Alarms alone: KPIs, which the demo sends too, are not scored here, nor are the faults that sound no alarm.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from statistics import median
from typing import Any, Final

import orjson

from telassure.evaluation.correlation.evaluate import scored
from telassure.evaluation.correlation.impact import (
    ImpactScore,
    ReckonedCost,
    impact_figures,
    impacts,
    reckoned,
)
from telassure.evaluation.correlation.replayed import GroupingAnswer, replayed
from telassure.evaluation.correlation.scenario import AlarmScenario, LabelledIncident, catalogue_of, notification_of
from telassure.evaluation.correlation.scores import IncidentScore, ScenarioScores, mean, ratio
from telassure.kernel.events import Product, Resource
from telassure.kernel.instant import DAY, HOUR, MINUTE
from telassure.simulator.alarms import AlarmMessage, background, cascade
from telassure.simulator.config import DemoConfig, FaultKind
from telassure.simulator.faults import Fault, make_fault
from telassure.simulator.files import ORIGIN
from telassure.simulator.operator import DemoOperator
from telassure.simulator.randomness import stream

ALARMED: Final = (FaultKind.FIBRE_CUT, FaultKind.SITE_POWER_LOSS, FaultKind.CONGESTED_CORE)
FAULTS_A_DAY: Final = 10
SHORTEST: Final = 5 * MINUTE
LONGEST: Final = HOUR

Say = Callable[[str], None]


def simulated_scenario(seed: int, days: int) -> AlarmScenario:
    """One seed of the demo operator: ten faults a day of the kinds that sound alarms, at any time, place and length,
    among its unrelated small alarms."""
    return _labelled(DemoOperator(DemoConfig(seed=seed)), seed, days)


def reckoned_costs(seed: int, days: int) -> Mapping[str, ReckonedCost]:
    """What each of the same faults costs, by the simulator's own records."""
    demo = DemoOperator(DemoConfig(seed=seed))
    book = catalogue_of(orjson.loads(orjson.dumps(demo.catalogue())), f"demo operator {seed}")
    fees = {entry.product_id: entry.monthly_fee.micros for entry in book if isinstance(entry, Product)}
    return {fault.fault_id: reckoned(demo.world, fault, fees) for fault in _faults(demo, seed, days)}


def _labelled(demo: DemoOperator, seed: int, days: int) -> AlarmScenario:
    config = DemoConfig(seed=seed)
    faults = list(_faults(demo, seed, days))
    sounded = {fault.fault_id: cascade(config, demo.world.network, fault) for fault in faults}
    noise = [
        m
        for hour in range(ORIGIN // HOUR, (ORIGIN + days * DAY) // HOUR)
        for m in background(config, demo.world.network, hour)
    ]
    book = catalogue_of(orjson.loads(orjson.dumps(demo.catalogue())), f"demo operator {seed}")
    domains = {entry.resource_id: entry.domain for entry in book if isinstance(entry, Resource)}
    messages = sorted(chain(*sounded.values(), noise), key=_arrival)
    labels = {m.notification_id: "" for m in noise}
    labels |= {m.notification_id: fault_id for fault_id, told in sounded.items() for m in told}
    return AlarmScenario(
        f"demo-{seed}",
        book,
        [notification_of(message.body, domains[str(message.body["managed_object"])]) for message in messages],
        [LabelledIncident(fault.fault_id, str(fault.kind), frozenset((fault.target,))) for fault in faults],
        labels,
    )


def evaluate_simulated(seeds: Sequence[int], days: int, say: Say) -> Mapping[str, Any]:
    """The keys of `evaluate correlation --simulated`."""
    return {"seeds": len(seeds), "days": days} | scored(simulated(seeds, days, say))


def evaluate_tickets(seeds: Sequence[int], days: int, say: Say) -> Mapping[str, Any]:
    """The keys of `evaluate tickets --simulated`: how many faults have exactly one ticket and one incident, and how
    many tickets hold no alarm of a fault."""
    incidents: list[IncidentScore] = []
    tickets = without = 0
    costs: list[ImpactScore] = []
    seconds = 0.0
    for seed, one in zip(seeds, simulated(seeds, days, say), strict=True):
        answer = replayed(one)
        scores = ScenarioScores(one, answer)
        incidents += scores.incidents
        tickets += len(answer.tickets)
        without += _without_fault(scores, answer)
        costs += impacts(scores.incidents, answer, reckoned_costs(seed, days))
        seconds += answer.seconds
    kinds = sorted({one.incident.kind for one in incidents})
    return {
        "seeds": len(seeds),
        "days": days,
        **_figures(incidents, costs),
        "tickets": tickets,
        "without_fault": without,
        "without_fault_share": ratio(without, tickets),
        "by_kind": {
            kind: _figures(
                [one for one in incidents if one.incident.kind == kind], [one for one in costs if one.kind == kind]
            )
            for kind in kinds
        },
        "seconds": round(seconds, 3),
    }


def simulated(seeds: Sequence[int], days: int, say: Say) -> Iterator[AlarmScenario]:
    """The scenario of each seed."""
    for seed in seeds:
        one = simulated_scenario(seed, days)
        say(f"{one.name}: {len(one.notifications):,} notifications, {len(one.incidents)} faults")
        yield one


def _figures(incidents: Sequence[IncidentScore], costs: Sequence[ImpactScore]) -> dict[str, Any]:
    return {
        "faults": len(incidents),
        "exactly_one": mean(one.tickets == 1 for one in incidents),
        "no_ticket": mean(one.tickets == 0 for one in incidents),
        "one_incident": mean(one.groups == 1 for one in incidents),
        "median_tickets": median(one.tickets for one in incidents) if incidents else None,
        "top1": mean(one.rank == 1 for one in incidents),
        "impact": impact_figures(costs),
    }


def _without_fault(scores: ScenarioScores, answer: GroupingAnswer) -> int:
    return sum(scores.is_empty(group) for group in answer.tickets.values())


def _faults(demo: DemoOperator, seed: int, days: int) -> Iterator[Fault]:
    """No two at one object within an hour of one another: they would be one to anybody."""
    chance = stream(seed, "evaluation of tickets")
    busy: dict[str, int] = {}
    for at in sorted(ORIGIN + int(chance.integers(days * DAY)) for _ in range(days * FAULTS_A_DAY)):
        kind = ALARMED[int(chance.integers(len(ALARMED)))]
        targets = demo.world.targets(kind)
        target = targets[int(chance.integers(len(targets)))]
        lasts = int(chance.integers(SHORTEST, LONGEST))
        if at > busy.get(target, 0):
            busy[target] = at + lasts + HOUR
            yield make_fault(demo.world, kind, at, lasts, "scheduled", target)


def _arrival(message: AlarmMessage) -> tuple[int, str]:
    return message.arrival, message.notification_id
