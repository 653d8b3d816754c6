"""What alarms of elements are worth against labelled incidents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telassure.evaluation.anomalies.corpus import Times
from telassure.evaluation.elements.labelled import LabelledElement
from telassure.kernel.instant import HOUR, MINUTE, SECOND, Instant

BEFORE: Final = 10 * MINUTE  # an incident that opens so long before its label has found it
BEHIND: Final = 2 * HOUR  # what opens so long after a label is no false one
APART: Final = HOUR  # alarms less apart are one

Span = tuple[Instant, Instant]  # first and last instant of an alarm, both inside it


def rows_alarmed(time: Times, above: NDArray[np.bool_]) -> list[Span]:
    """Every step above a threshold as an alarm of its own."""
    return [(at, at) for at in time[above].tolist()]


def openings(alarms: Iterable[Span]) -> list[Instant]:
    """When the incidents that these alarms make open.

    >>> [at // MINUTE for at in openings([(0, MINUTE), (30 * MINUTE, 40 * MINUTE), (100 * MINUTE, 101 * MINUTE)])]
    [0, 100]
    """
    found: list[Instant] = []
    until: Instant | None = None
    for first, last in sorted(alarms):
        if until is None or first - until >= APART:
            found.append(first)
        until = last if until is None else max(until, last)
    return found


@dataclass(frozen=True, slots=True)
class AlarmFigures:
    """What was told of elements: of `labelled` incidents so many `found`, each so many seconds after its label begins
    (none less than 0), and so many told that were none, in so many days of elements."""

    labelled: int
    found: int
    false: int
    delays: tuple[float, ...]
    days: float

    def __add__(self, other: "AlarmFigures") -> "AlarmFigures":
        return AlarmFigures(
            self.labelled + other.labelled,
            self.found + other.found,
            self.false + other.false,
            self.delays + other.delays,
            self.days + other.days,
        )

    @property
    def f1(self) -> float:
        """Harmonic mean of precision (found of found and false) and recall; 0 where nothing was found."""
        return 2 * self.found / (self.labelled + self.found + self.false) if self.found else 0.0

    def figures(self) -> dict[str, float | int | None]:
        """The keys of `evaluate elements`; a figure that is not defined is None."""
        told = self.found + self.false
        return {
            "incidents": self.labelled,
            "found": self.found,
            "false": self.false,
            "precision": round(self.found / told, 4) if told else None,
            "recall": round(self.found / self.labelled, 4) if self.labelled else None,
            "f1": round(self.f1, 4) if self.labelled else None,
            "delay_p50_s": round(median(self.delays), 1) if self.delays else None,
            "false_per_element_day": round(self.false / self.days, 4) if self.days else None,
        }


NOTHING_TOLD: Final = AlarmFigures(0, 0, 0, (), 0.0)


def judged(element: LabelledElement, alarms: Iterable[Span]) -> AlarmFigures:
    """What the alarms of one element are worth."""
    opened, delays = openings(alarms), []
    for start, end in element.windows:
        within = [at for at in opened if start - BEFORE <= at <= end]
        if within:
            delays.append(max(within[0] - start, 0) / SECOND)
    near = [(start - BEFORE, end + BEHIND) for start, end in element.windows]
    false = sum(not any(start <= at <= end for start, end in near) for at in opened)
    return AlarmFigures(len(element.windows), len(delays), false, tuple(delays), element.days)


def pooled(figures: Iterable[AlarmFigures]) -> AlarmFigures:
    """Several as one."""
    return sum(figures, NOTHING_TOLD)


def best(choices: Mapping[float, Sequence[AlarmFigures]], without: int | None = None) -> float:
    """The threshold with the best F1 over all elements, or all but one; of equal ones that with fewer false, then the
    greater."""

    def worth(threshold: float) -> tuple[float, int, float]:
        own = pooled(one for place, one in enumerate(choices[threshold]) if place != without)
        return own.f1, -own.false, threshold

    return max(choices, key=worth)


def chosen(choices: Mapping[float, Sequence[AlarmFigures]], out_of_sample: bool) -> tuple[list[float], AlarmFigures]:
    """The threshold of each element and what they are worth together: the best in hindsight for all, or out of sample
    for each the best of the others."""
    count = len(next(iter(choices.values())))
    limits = [best(choices, place if out_of_sample else None) for place in range(count)]
    return limits, pooled(choices[limit][place] for place, limit in enumerate(limits))
