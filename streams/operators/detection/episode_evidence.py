"""What a domain remembers of its episodes: what was known of each open one, and how many there were lately."""

from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from models.ranking.features import Evidence
from telassure.kernel.instant import DAY, Duration, Instant

HALVED: Final[Duration] = 7 * DAY
MOST_SERIES: Final = 10_000
MOST_MEASUREMENTS: Final = 1_000
MOST_STATES: Final = 8  # of one episode; severities are fewer

Key = TypeVar("Key", int, str)
Counts = dict[Key, tuple[float, Instant]]


@dataclass(frozen=True, slots=True)
class Around:
    """What is around an open episode: how many its series and its measurement had had lately when it opened, and the
    other KPIs of its object that were anomalous with it when it last changed."""

    of_series: float = 0.0
    of_measurement: float = 0.0
    others: tuple[str, ...] = ()


@dataclass(slots=True)
class EpisodeEvidence:
    """By slot, the evidence of each open episode as it opened and as it worsened, and what is around it; and, by slot
    and by measurement, a count of episodes that have opened, halved every week, and when it was taken. (It opens at a
    row, and may close by a timer between whatever rows.) Of more than MOST_SERIES or MOST_MEASUREMENTS the one
    whose last episode is longest ago is forgotten."""

    states: dict[int, tuple[Evidence, ...]] = field(default_factory=dict)
    of_series: Counts[int] = field(default_factory=dict)
    of_measurement: Counts[str] = field(default_factory=dict)
    around: dict[int, Around] = field(default_factory=dict)

    def open(self, slot: int, measurement: str, at: Instant) -> None:
        """An episode of the slot has opened: it counts for those after it."""
        before = Around(lately(self.of_series, slot, at), lately(self.of_measurement, measurement, at))
        count(self.of_series, slot, at, MOST_SERIES)
        count(self.of_measurement, measurement, at, MOST_MEASUREMENTS)
        self.states.pop(slot, None)
        self.around[slot] = before

    def surround(self, slot: int, measurement: str, at: Instant, others: tuple[str, ...]) -> Around:
        """What is around the slot's episode now. One that an older release has opened is counted by none."""
        found = self.around.get(slot)
        if found is None:
            found = Around(lately(self.of_series, slot, at), lately(self.of_measurement, measurement, at))
        self.around[slot] = replace(found, others=others)
        return self.around[slot]

    def note(self, slot: int, evidence: Evidence) -> tuple[Evidence, ...]:
        """One more state of the slot's episode; all of them, the newest last."""
        states = (*self.states.get(slot, ())[: MOST_STATES - 1], evidence)
        self.states[slot] = states
        return states

    def close(self, slot: int) -> tuple[tuple[Evidence, ...], tuple[str, ...]]:
        """The states of the slot's episode, which is over, and the KPIs that were with it."""
        around = self.around.pop(slot, None)
        return self.states.pop(slot, ()), around.others if around else ()

    def forget(self, slot: int) -> None:
        """The slot is another series' from here on."""
        self.states.pop(slot, None)
        self.around.pop(slot, None)
        self.of_series.pop(slot, None)


def lately(counts: Counts[Key], key: Key, at: Instant) -> float:
    """How many there were until an instant, one of a week ago as a half.

    >>> lately({"load": (2.0, 0)}, "load", HALVED), lately({}, "load", 0)
    (1.0, 0.0)
    """
    number, then = counts.get(key, (0.0, at))
    return float(number * 0.5 ** (max(at - then, 0) / HALVED))


def count(counts: Counts[Key], key: Key, at: Instant, most: int) -> None:
    """One more at an instant; the newest is last."""
    number = lately(counts, key, at)
    _, then = counts.pop(key, (0.0, at))
    counts[key] = number + 1, max(at, then)
    if len(counts) > most:
        del counts[next(iter(counts))]
