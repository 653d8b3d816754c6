"""The order in which incidents are worked on: by what they cost."""

from collections.abc import Iterable
from typing import TypeAlias

from dashboards.shell.theme import priced
from telassure.kernel.events import ServiceProblem

Weight: TypeAlias = tuple[int, int, int, int]


def impact_of(problem: ServiceProblem) -> Weight:
    """What an incident costs, to be compared: money an hour, then customers, then severity, then how long it is open.
    Amounts in different currencies are compared by their numbers; one without a price costs nothing."""
    at_risk = problem.revenue_at_risk
    micros = at_risk.micros if priced(at_risk) else 0
    return micros, len(problem.affected_customers), int(problem.perceived_severity), -problem.opened_at


def by_impact(problems: Iterable[ServiceProblem]) -> list[ServiceProblem]:
    """The costliest first."""
    return sorted(problems, key=lambda problem: (*(-part for part in impact_of(problem)), problem.problem_id))
