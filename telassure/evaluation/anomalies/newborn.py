"""`evaluate anomalies --newborn`: what is found, and what is told for nothing, on series that are hours or days old.

Half of the demo network's objects have a history of two weeks; the other half are born at random times in the days with
faults, and born again, under a new name, every LIFE. A fault counts once for each object whose values it changes, at
the age that the object has when the fault begins; it is found when an episode opens on one of those series while it
lasts, or one granularity period later. All other episodes are false, and count at the age at which they open.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from telassure.evaluation.anomalies.corpus import Floats, Times
from telassure.evaluation.anomalies.detection import Detection
from telassure.evaluation.anomalies.detectors import policies_of
from telassure.evaluation.anomalies.score import rounded
from telassure.evaluation.anomalies.simulated import Say
from telassure.evaluation.anomalies.simulated_week import HISTORY_DAYS, envelope_of, faults_of
from telassure.kernel.events import CatalogueChange, Measurements, PolicyValue
from telassure.kernel.instant import DAY, HOUR, SECOND, Duration, Instant
from telassure.simulator.config import NETWORK_KINDS, DemoConfig
from telassure.simulator.effects import Effect, effects
from telassure.simulator.faults import Fault
from telassure.simulator.files import ORIGIN
from telassure.simulator.kpis import KpiSource
from telassure.simulator.operator import DemoOperator
from telassure.simulator.randomness import hashed, stream_key, uniform

LIFE: Final[Duration] = 4 * DAY
AGES: Final[tuple[Duration, ...]] = (0, 6 * HOUR, 12 * HOUR, DAY, 36 * HOUR, 2 * DAY, 3 * DAY, LIFE)  # from these on
Series: TypeAlias = tuple[str, str]  # measured object and measurement
BEGIN: Final[Instant] = ORIGIN + HISTORY_DAYS * DAY  # of the days with faults and births


@dataclass(frozen=True, slots=True)
class Lives:
    """When each object was born first, and which of them are `old`: they have a history and live all the time."""

    first: Times
    old: NDArray[np.bool_]

    @classmethod
    def of(cls, seed: int, objects: int) -> "Lives":
        """A random half is old; the others are born at random within one LIFE."""
        number = np.arange(objects, dtype=np.int64)
        after = (uniform(hashed(stream_key(seed, "birth"), number)) * LIFE).astype(np.int64)
        old = uniform(hashed(stream_key(seed, "history"), number)) < 0.5
        return cls(np.where(old, ORIGIN, BEGIN + after), old)

    def number(self, at: Instant) -> NDArray[np.int64]:
        """Of each object's present life, 0 for the first; below 0 where it is not born yet."""
        return np.where(self.old, 0, (at - self.first) // LIFE)

    def age(self, at: Instant) -> NDArray[np.int64]:
        """Of each object's present life; LIFE stands for the old."""
        return np.where(self.old, LIFE, (at - self.first) % LIFE)


@dataclass(slots=True)
class Ages:
    """What was found and told at each of AGES."""

    series_days: Floats = field(default_factory=lambda: np.zeros(len(AGES)))
    faults: Floats = field(default_factory=lambda: np.zeros(len(AGES)))
    true: Floats = field(default_factory=lambda: np.zeros(len(AGES)))
    false: Floats = field(default_factory=lambda: np.zeros(len(AGES)))
    delays: list[list[float]] = field(default_factory=lambda: [[] for _ in AGES])

    def figures(self) -> list[dict[str, object]]:
        """One row an age, from the youngest on; the last are the series with a history."""
        return [self._at(place) for place in range(len(AGES))]

    def _at(self, place: int) -> dict[str, object]:
        faults, delays, days = int(self.faults[place]), self.delays[place], float(self.series_days[place])
        true, false = int(self.true[place]), int(self.false[place])
        return {
            "from_days": AGES[place] / DAY,
            "to_days": AGES[place + 1] / DAY if place + 1 < len(AGES) else None,
            "faults": faults,
            "found": len(delays),
            "recall": round(len(delays) / faults, 4) if faults else None,
            "precision": round(true / (true + false), 4) if true + false else None,
            "delay_p50_s": rounded(float(np.median(delays)), 0) if delays else None,
            "series_days": round(days),
            "false_episodes": false,
            "false_episodes_per_series_day": rounded(false / days, 4) if days else None,
        }


def evaluate_newborn(seeds: Sequence[int], days: int, profile: str, say: Say, **sizes: Any) -> Mapping[str, Any]:
    """The keys of `evaluate anomalies --newborn`. `sizes` are fields of DemoConfig, for a smaller network."""
    start = perf_counter()
    (ages, points), (alone, _) = (_run(seeds, days, profile, borrow, say, sizes) for borrow in ("on", "off"))
    return {
        "profile": profile,
        "seeds": list(seeds),
        "days": days,
        "points": points,
        "ages": ages.figures(),
        "baselines": {"without_peers": alone.figures()},
        "seconds": round(perf_counter() - start, 1),
    }


def _run(
    seeds: Sequence[int], days: int, profile: str, borrow: str, say: Say, sizes: Mapping[str, Any]
) -> tuple[Ages, int]:
    """All seeds by age, and their points, with new series lent the shape of their peers or not."""
    ages, points = Ages(), 0
    policies = (*policies_of(profile), PolicyValue("detection", "borrow", borrow))
    for seed in seeds:
        say(f"seed {seed}, borrow {borrow}: {HISTORY_DAYS} days of history for one half, then {days} days with faults")
        points += Newborns(seed, days, policies, sizes).run(ages)
    return ages, points


class Newborns:
    """One seed: the network, its lives and its faults, through the detection topology."""

    def __init__(self, seed: int, days: int, policies: Sequence[PolicyValue], sizes: Mapping[str, Any]) -> None:
        schedule = tuple(order for order in faults_of(seed, days) if order.kind in NETWORK_KINDS)
        config = DemoConfig(seed=seed, schedule=schedule, history_faults=0, **sizes)
        operator = DemoOperator(replace(config, body_rows=len(DemoOperator(config).series)))  # a period an envelope
        self.end = BEGIN + days * DAY
        operator.open(ORIGIN, self.end)
        network, self.table, self.period = operator.world.network, operator.series, config.history_granularity
        self.traces = [(fault, effects(network, self.table, fault)) for fault in operator.plan.faults]
        self.source = KpiSource(operator.config, self.table)
        self.places = {name: place for place, name in enumerate(self.table.objects)}
        self.lives = Lives.of(seed, len(self.table.objects))
        self.domain, self.detection = config.domain, Detection()
        self.detection.take(CatalogueChange((*network.resources.values(), *policies)))

    def run(self, ages: Ages) -> int:
        """Detect, and count by age; the number of points."""
        points = 0
        for envelope in self._envelopes():
            self.detection.take(envelope)
            points += len(envelope)
            if envelope.time[0] >= BEGIN:
                age = self.lives.age(int(envelope.time[0]))[envelope.measured_object]
                ages.series_days += np.bincount(place_of(age), minlength=len(AGES)) * (self.period / DAY)
        self._count(ages)
        return points

    def _envelopes(self) -> Iterator[Measurements]:
        """One a period, of the objects that live, under the names of their present lives."""
        for emission in self.source.emissions(ORIGIN, self.end, self.period, self.traces):
            if not isinstance(emission.body, dict):
                continue
            whole = envelope_of(self.domain, emission.body)
            number = self.lives.number(emission.time)
            living = np.flatnonzero(number[whole.measured_object] >= 0)
            names = [life_of(name, int(which)) for name, which in zip(whole.objects, number, strict=True)]
            yield replace(whole, objects=tuple(names)).take(living)

    def _count(self, ages: Ages) -> None:
        """Attribute every episode that opened, and every fault to each object that it changes."""
        opened: dict[Series, list[Instant]] = {}
        for episode in self.detection.first.values():
            if episode.changed_at >= BEGIN:
                opened.setdefault(episode.series, []).append(episode.changed_at)
        explained: set[tuple[Series, Instant]] = set()
        for fault, changes in self.traces:
            for age, series in self._touched(fault, changes):
                last = fault.end + self.period
                during = [(one, at) for one in series for at in opened.get(one, ()) if fault.start < at <= last]
                explained.update(during)
                ages.faults[age] += 1
                if during:
                    ages.delays[age].append((min(at for _, at in during) - fault.start) / SECOND)
        for one, times in opened.items():
            for at in times:
                age = int(place_of(self.lives.age(at)[self.places[born_as(one[0])]]))
                (ages.true if (one, at) in explained else ages.false)[age] += 1

    def _touched(self, fault: Fault, changes: Sequence[Effect]) -> Iterator[tuple[int, list[Series]]]:
        """Of each object that has values which the fault changes, and lives from its start to its end: the place of its
        age, and those series."""
        changed = [change.rows for change in changes if not change.silent]
        rows = np.unique(np.concatenate(changed)) if changed else np.empty(0, np.int64)
        before, after = self.lives.number(fault.start), self.lives.number(fault.end)
        objects, age = self.table.object_code[rows], self.lives.age(fault.start)
        for one in np.unique(objects[((before >= 0) & (before == after))[objects]]):
            name = life_of(self.table.objects[one], int(before[one]))
            own = rows[objects == one]
            yield (
                int(place_of(age[one])),
                [(name, self.table.measurements[code]) for code in self.table.measurement_code[own]],
            )


def place_of(age: NDArray[np.int64] | np.int64) -> NDArray[np.int64]:
    """The last of AGES that is reached."""
    return np.asarray(np.searchsorted(AGES, age, "right") - 1)


def life_of(name: str, number: int) -> str:
    """The name of an object in one of its lives."""
    return f"{name}~{number}" if number > 0 else name


def born_as(name: str) -> str:
    """The name of an object in its first life."""
    return name.partition("~")[0]
