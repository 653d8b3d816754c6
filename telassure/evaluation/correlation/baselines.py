"""What correlation must beat: alarms of one window and region, and alarms near one another in network and time."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from streams.catalogue import Catalogue
from telassure.evaluation.correlation.replayed import GroupingAnswer
from telassure.evaluation.correlation.scenario import Activation, AlarmScenario
from telassure.kernel.instant import SECOND

HOPS: Final = 2
NAMED: Final = 3
Grouping = Callable[["Surroundings", Sequence[Activation]], dict[str, str]]


class Surroundings:
    """The network of a scenario without directions: who is next to whom, and which router is nearest (the region)."""

    def __init__(self, scenario: AlarmScenario) -> None:
        self.catalogue = Catalogue()
        self.catalogue.apply(scenario.catalogue)
        self._near: dict[str, set[str]] = defaultdict(set)
        for name, resource in self.catalogue.resources.items():
            for other in (*resource.depends_on, *resource.adjacent):
                self._near[name].add(other)
                self._near[other].add(name)
        self._balls: dict[str, set[str]] = {}
        self._region = self._regions()

    def region(self, name: str) -> str:
        """The router that is nearest; itself where there is none."""
        return self._region.get(name, name)

    def ball(self, name: str) -> set[str]:
        """What is within two hops."""
        if name not in self._balls:
            found = edge = {name}
            for _ in range(HOPS):
                edge = {there for here in edge for there in self._near.get(here, ())} - found
                found = found | edge
            self._balls[name] = found
        return self._balls[name]

    def _regions(self) -> dict[str, str]:
        edge = sorted(name for name, one in self.catalogue.resources.items() if one.kind == "router")
        region = {name: name for name in edge}
        while edge:
            wider = []
            for here in edge:
                for there in sorted(self._near[here]):
                    if there not in region:
                        region[there] = region[here]
                        wider.append(there)
            edge = wider
        return region


def window_by_region(seconds: int) -> Grouping:
    """One group for each window of so many seconds and each region."""

    def grouped(around: Surroundings, activations: Sequence[Activation]) -> dict[str, str]:
        window = seconds * SECOND
        return {a.notification_id: f"{a.time // window}:{around.region(a.managed_object)}" for a in activations}

    return grouped


def linkage(seconds: int) -> Grouping:
    """One group for what is within two hops and so many seconds of one another, and of what is near that, and so on."""

    def grouped(around: Surroundings, activations: Sequence[Activation]) -> dict[str, str]:
        parent = list(range(len(activations)))
        last: dict[str, int] = {}
        for number, one in enumerate(activations):
            for other in around.ball(one.managed_object) & last.keys():
                if activations[last[other]].time >= one.time - seconds * SECOND:
                    parent[_head(parent, number)] = _head(parent, last[other])
            last[one.managed_object] = number
        return {one.notification_id: f"link:{_head(parent, number)}" for number, one in enumerate(activations)}

    return grouped


BASELINES: Final[Mapping[str, Grouping]] = {
    "window_60_s_by_region": window_by_region(60),
    "window_300_s_by_region": window_by_region(300),
    "linkage_2_hops_45_s": linkage(45),
    "linkage_2_hops_180_s": linkage(180),
}


def baseline_answer(grouping: Grouping, scenario: AlarmScenario) -> GroupingAnswer:
    """The groups, each with the alarmed objects on which most of its alarmed objects depend as its causes, without a
    confidence."""
    around, activations = Surroundings(scenario), scenario.activations()
    mapping = grouping(around, activations)
    objects: dict[str, set[str]] = defaultdict(set)
    for one in activations:
        objects[mapping[one.notification_id]].add(one.managed_object)
    return GroupingAnswer(mapping, {group: _topmost(around, names) for group, names in objects.items()}, {})


def _topmost(around: Surroundings, names: set[str]) -> list[tuple[str, float]]:
    everything = len(around.catalogue.resources)
    below = Counter(s for name in names for s in around.catalogue.supports(name, everything) if s in names)
    return [(name, 0.0) for name in sorted(names, key=lambda name: (-below[name], name))[:NAMED]]


def _head(parent: list[int], number: int) -> int:
    while parent[number] != number:
        parent[number] = number = parent[parent[number]]
    return number
