"""What problems say that faults cost, against what the simulator reckons: customers, and revenue at risk an hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, NamedTuple

from telassure.evaluation.correlation.replayed import GroupingAnswer, SaidCost
from telassure.evaluation.correlation.scores import IncidentScore, mean, ratio
from telassure.simulator.faults import Fault, Territory

CLOSE: Final = 0.05
"""Revenue at risk is right where it is within so much of the reckoning."""
_HOURS_A_MONTH: Final = 730


class ReckonedCost(NamedTuple):
    """Whom a fault reaches and what their services pay an hour, in millionths, by the simulator's own records."""

    customers: frozenset[str]
    revenue: Fraction


@dataclass(frozen=True, slots=True)
class ImpactScore:
    """One fault that came to a problem: what its main problem said, and what the simulator reckons."""

    kind: str
    said: SaidCost
    reckoned: ReckonedCost

    @property
    def close(self) -> bool:
        """Whether revenue at risk is within a twentieth of the reckoning."""
        return abs(self.said.revenue - self.reckoned.revenue) <= CLOSE * self.reckoned.revenue


def reckoned(world: Territory, fault: Fault, fees: Mapping[str, int]) -> ReckonedCost:
    """The cost of one fault; `fees` are the monthly fees of products in millionths."""
    objects = set(world.network.reach(fault.target))
    hit = [service for service in world.customers.services if not objects.isdisjoint(service.supported_by)]
    monthly = sum(fees.get(service.product, 0) for service in hit)
    customers = world.customers.customers_of(service.account for service in hit)
    return ReckonedCost(frozenset(customers), Fraction(monthly, _HOURS_A_MONTH))


def impacts(
    incidents: Sequence[IncidentScore], answer: GroupingAnswer, costs: Mapping[str, ReckonedCost]
) -> list[ImpactScore]:
    """Of each fault of which a problem has the most alarms, what that problem said."""
    return [
        ImpactScore(one.incident.kind, answer.impacts[one.main], costs[one.incident.incident_id])
        for one in incidents
        if one.main in answer.impacts
    ]


def impact_figures(scores: Sequence[ImpactScore]) -> dict[str, Any]:
    """Customers are counted over all faults together; `revenue_close` is the share of faults whose revenue at risk is
    within a twentieth of the reckoning."""
    found = sum(len(one.said.customers & one.reckoned.customers) for one in scores)
    return {
        "problems": len(scores),
        "customers_precision": ratio(found, sum(len(one.said.customers) for one in scores)),
        "customers_recall": ratio(found, sum(len(one.reckoned.customers) for one in scores)),
        "revenue_close": mean(one.close for one in scores),
    }
