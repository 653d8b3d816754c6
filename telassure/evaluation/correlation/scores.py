"""Groups of alarms and ranked causes against the truth: pairs, incidents, roots, calibration and tickets."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any, Final

from telassure.evaluation.correlation.replayed import GroupingAnswer
from telassure.evaluation.correlation.scenario import AlarmScenario, LabelledIncident

BINS: Final = 10
NOISE: Final = "noise:"


@dataclass(frozen=True, slots=True)
class IncidentScore:
    """How one incident came out: its `main` group has most of its alarms; `rank` is where that names a right root (0:
    not at all); `found`, `alien` and `lost` are pairs."""

    incident: LabelledIncident
    alarms: int
    main: str
    rank: int
    groups: int
    found: int
    alien: int
    lost: int
    tickets: int

    @property
    def f1(self) -> float:
        return f1(self.found, self.alien, self.lost)


class ScenarioScores:
    """What one answer to one scenario is worth. Only activations count; one without a group stands alone, and a noise
    alarm belongs to nothing but itself."""

    def __init__(self, scenario: AlarmScenario, answer: GroupingAnswer) -> None:
        self._scenario, self._answer = scenario, answer
        self._activations = scenario.activations()
        self._alarms: dict[str, Counter[str]] = defaultdict(Counter)  # by incident or noise: in which groups
        self._sizes: Counter[str] = Counter()
        for one in self._activations:
            group = answer.mapping.get(one.notification_id) or f"alone:{one.notification_id}"
            self._alarms[scenario.labels[one.notification_id] or NOISE + one.notification_id][group] += 1
            self._sizes[group] += 1
        self._holds: dict[str, Counter[str]] = defaultdict(Counter)  # by group: of which incidents or noise
        for incident, groups in self._alarms.items():
            for group, count in groups.items():
                self._holds[group][incident] += count

    @cached_property
    def incidents(self) -> list[IncidentScore]:
        """Those of which an alarm was raised."""
        tickets = Counter(self._answer.tickets.values())
        return [
            self._incident(i, self._alarms[i.incident_id], tickets)
            for i in self._scenario.incidents
            if i.incident_id in self._alarms
        ]

    def _incident(
        self, incident: LabelledIncident, groups: Mapping[str, int], tickets: Mapping[str, int]
    ) -> IncidentScore:
        main = max(groups, key=lambda group: (groups[group], -self._sizes[group], group))
        named = [name for name, *_ in self._answer.roots.get(main, ())]
        rank = next((place for place, name in enumerate(named, 1) if name in incident.roots), 0)
        alarms, found = sum(groups.values()), sum(map(pairs, groups.values()))
        alien = sum(count * (self._sizes[group] - count) for group, count in groups.items())
        own = sum(tickets.get(group, 0) for group in groups)
        return IncidentScore(incident, alarms, main, rank, len(groups), found, alien, pairs(alarms) - found, own)

    def figures(self) -> dict[str, Any]:
        """The keys of `evaluate correlation --scenarios` for one scenario."""
        told, found = (
            sum(map(pairs, self._sizes.values())),
            sum(pairs(n) for g in self._alarms.values() for n in g.values()),
        )
        true = sum(pairs(sum(groups.values())) for groups in self._alarms.values())
        return {
            "alarms": len(self._activations),
            "incidents": len(self.incidents),
            "precision": ratio(found, told),
            "recall": ratio(found, true),
            "f1": f1(found, told - found, true - found),
            **self._causes(),
            "groups_per_incident": mean(one.groups for one in self.incidents),
            "one_group": sum(one.groups == 1 for one in self.incidents),
            "empty_groups": sum(size > 1 and self.is_empty(group) for group, size in self._sizes.items()),
            "by_kind": by_kind(self.incidents),
            "tickets": self._tickets(),
        }

    def _causes(self) -> dict[str, float | None]:
        return {
            "incident_f1": mean(one.f1 for one in self.incidents if one.alarms > 1),
            "top1": mean(one.rank == 1 for one in self.incidents),
            "top3": mean(1 <= one.rank <= 3 for one in self.incidents),
            "ece": calibration_error(self.claims.values()),
            "ece_main": calibration_error(self.main_claims),
        }

    @property
    def main_claims(self) -> list[tuple[float, bool]]:
        """The claims of main groups alone."""
        return [self.claims[group] for group in sorted({one.main for one in self.incidents}) if group in self.claims]

    @cached_property
    def claims(self) -> dict[str, tuple[float, bool]]:
        """Of each group of which an incident has the most: what its first cause claims, and whether it is right."""
        roots = {one.incident_id: one.roots for one in self._scenario.incidents}
        found = {}
        for group, incidents in self._holds.items():
            most = incidents.most_common(1)[0][0]
            named = self._answer.roots.get(group)
            if named and most in roots:
                found[group] = named[0][1], named[0][0] in roots[most]
        return found

    def _tickets(self) -> dict[str, float | int | None]:
        sizes = [(group, self._sizes[group]) for group in self._answer.tickets.values()]
        several = [group for group, size in sizes if size > 1]
        return {
            "exactly_one": mean(one.tickets == 1 for one in self.incidents),
            "without_incident": ratio(sum(map(self.is_empty, several)), len(several)),
            "lone": sum(size == 1 for _, size in sizes),
            "tickets": len(sizes),
            "cancelled": self._answer.cancelled,
        }

    def is_empty(self, group: str) -> bool:
        """Whether a group holds no alarm of an incident."""
        return all(name.startswith(NOISE) for name in self._holds[group])


def by_kind(incidents: Sequence[IncidentScore]) -> dict[str, dict[str, float | int | None]]:
    """The figures of the incidents that share a kind, over as many scenarios as they are of."""
    kinds: dict[str, list[IncidentScore]] = defaultdict(list)
    for one in incidents:
        kinds[one.incident.kind].append(one)
    return {
        kind: {
            "incidents": len(ones),
            "alarms": sum(one.alarms for one in ones),
            "f1": f1(*(sum(getattr(one, name) for one in ones) for name in ("found", "alien", "lost"))),
            "incident_f1": mean(one.f1 for one in ones if one.alarms > 1),
            "top1": mean(one.rank == 1 for one in ones),
            "top3": mean(1 <= one.rank <= 3 for one in ones),
            "groups_per_incident": mean(one.groups for one in ones),
            "exactly_one": mean(one.tickets == 1 for one in ones),
        }
        for kind, ones in sorted(kinds.items())
    }


def calibration_error(answers: Iterable[tuple[float, bool]]) -> float | None:
    """The expected calibration error in ten bins: how far what was claimed is from how often it was right.

    >>> calibration_error([(0.95, True), (0.95, True), (0.95, False), (0.95, False)])
    0.45
    """
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, right in answers:
        bins[min(BINS - 1, int(confidence * BINS))].append((confidence, right))
    apart = sum(abs(sum(c for c, _ in one) - sum(r for _, r in one)) for one in bins.values())
    return ratio(apart, sum(map(len, bins.values())))


def pairs(count: int) -> int:
    """How many pairs so many make."""
    return count * (count - 1) // 2


def ratio(part: float, whole: float) -> float | None:
    """A share to four places; None of nothing."""
    return round(part / whole, 4) if whole else None


def f1(found: int, alien: int, lost: int) -> float:
    """The harmonic mean of precision and recall; 0 where there was nothing to find."""
    return round(2 * found / (2 * found + alien + lost), 4) if found else 0.0


def mean(values: Iterable[float]) -> float | None:
    """The mean to four places; None of none."""
    known = list(values)
    return round(fmean(known), 4) if known else None
