"""What a domain remembers of its episodes: what was known of each open one, and how many there were lately."""

from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from models.ranking.features import Evidence
from telassure.instant import DAY, Duration, Instant

HALVED: Final[Duration] = 7 * DAY
MOST_SERIES: Final = 10_000
MOST_MEASUREMENTS: Final = 1_000
MOST_STATES: Final = 8  # of one episode; severities are fewer

Key = TypeVar("Key", int, str)
Counts = dict[Key, tuple[float, Instant]]


@dataclass(slots=True)
class EpisodeEvidence:
    """By slot, the evidence of each open episode as it opened and as it worsened; and, by slot and by measurement, a
    count of episodes that have closed, halved every week, and when it was taken. Of more than MOST_SERIES or
    MOST_MEASUREMENTS the one whose last episode is longest ago is forgotten."""

    states: dict[int, tuple[Evidence, ...]] = field(default_factory=dict)
    of_series: Counts[int] = field(default_factory=dict)
    of_measurement: Counts[str] = field(default_factory=dict)

    def note(self, slot: int, evidence: Evidence) -> tuple[Evidence, ...]:
        """One more state of the slot's episode; all of them, the newest last."""
        states = (*self.states.get(slot, ())[: MOST_STATES - 1], evidence)
        self.states[slot] = states
        return states

    def close(self, slot: int, measurement: str, at: Instant) -> tuple[Evidence, ...]:
        """The states of the slot's episode, which is over and counts from here on."""
        count(self.of_series, slot, at, MOST_SERIES)
        count(self.of_measurement, measurement, at, MOST_MEASUREMENTS)
        return self.states.pop(slot, ())

    def forget(self, slot: int) -> None:
        """The slot is another series' from here on."""
        self.states.pop(slot, None)
        self.of_series.pop(slot, None)

    def packed(self) -> list[Any]:
        """As plain lists; `EpisodeEvidence.of` is the inverse."""
        counts = [[[key, *counted] for key, counted in c.items()] for c in (self.of_series, self.of_measurement)]
        return [[[slot, states] for slot, states in self.states.items()], *counts]

    @staticmethod
    def of(packed: list[Any]) -> "EpisodeEvidence":
        states, of_series, of_measurement = packed
        return EpisodeEvidence(
            {slot: tuple(map(tuple, several)) for slot, several in states},
            {slot: (number, at) for slot, number, at in of_series},
            {name: (number, at) for name, number, at in of_measurement},
        )


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
