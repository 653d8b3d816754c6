"""How the services of each region are: how many are hit by open incidents, how bad, and how it was before."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.pages.wall.regions import Region, Regions
from telassure.kernel.events import PerceivedSeverity, ServiceProblem
from telassure.kernel.instant import MINUTE, Duration, Instant

STEP: Final[Duration] = 10 * MINUTE
STEPS: Final = 36
"""Six hours by ten minutes."""


@dataclass(frozen=True, slots=True)
class RegionHealth:
    """A region now: of its services so many are `hit` by an open incident (`kinds` says of which kind), the worst of
    which has this severity (CLEARED: none is hit); `before` is how many were hit in each step, the oldest first."""

    region: Region
    hit: int
    kinds: tuple[tuple[str, int], ...]
    severity: PerceivedSeverity
    before: tuple[int, ...]


def health(found: Regions, problems: Iterable[ServiceProblem], now: Instant) -> tuple[RegionHealth, ...]:
    """Of every region, by the problems that are or were open in these six hours."""
    counted = [problem for problem in problems if problem.state != "absorbed"]
    hit: dict[str, PerceivedSeverity] = {}
    for problem in counted:
        if problem.cleared_at is None:
            for service in problem.affected_services:
                hit[service] = max(hit.get(service, PerceivedSeverity.CLEARED), problem.perceived_severity)
    before = _before(found, counted, now)
    return tuple(
        _of_region(part, {name: hit[name] for name in hit if found.region.get(name) == part.name}, found, before)
        for part in found.parts
    )


def _of_region(
    part: Region, hit: dict[str, PerceivedSeverity], found: Regions, before: Sequence[Counter[str]]
) -> RegionHealth:
    kinds = Counter(found.kind[name] for name in hit)
    worst = max(hit.values(), default=PerceivedSeverity.CLEARED)
    steps = tuple(step[part.name] for step in before)
    return RegionHealth(part, len(hit), tuple(kinds.most_common()), worst, (*steps[:-1], len(hit)))


def _before(found: Regions, problems: Sequence[ServiceProblem], now: Instant) -> list[Counter[str]]:
    """How many services of each region were hit in each step; the last step is the one under way."""
    first = now - now % STEP - (STEPS - 1) * STEP
    hit: list[set[str]] = [set() for _ in range(STEPS)]
    for problem in problems:
        begun = max(0, (problem.opened_at - first) // STEP)
        ended = STEPS - 1 if problem.cleared_at is None else min(STEPS - 1, (problem.cleared_at - first) // STEP)
        for step in range(begun, ended + 1):
            hit[step].update(problem.affected_services)
    return [Counter(found.region[name] for name in step if name in found.region) for step in hit]
