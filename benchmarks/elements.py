"""What elements add to their KPIs' own episodes: python -m benchmarks.elements [--corpus ../shared/corpora/nab]

KPIs of an element are shifted together, by .6 of half a band each, for 12 rows. Printed for every background: how many
of these shifts are found by KPI episodes alone and by either kind, how many groups of episodes a day and element there
are without any shift, and what HalfSpaceTrees (river) per element find on the KPIs' scores, at a threshold that raises
no more false alarms than elements alone do (chosen in hindsight, in their favour).
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from river.anomaly import HalfSpaceTrees

from streams.catalogue import Catalogue
from streams.operators.detection.anomaly import Anomaly
from telassure.evaluation.anomalies.corpus import corpus
from telassure.evaluation.detect import CellsInMemory
from telassure.kernel.events import KpiEpisode, Measurements, ScoredPoints
from telassure.kernel.events.kpi import ELEMENT
from telassure.kernel.instant import DAY, MINUTE, Instant, parse_instant

Values = NDArray[np.float64]
START: Final[Instant] = parse_instant("2026-01-05T00:00:00")
EVERY: Final = 15 * MINUTE
SHIFT: Final = 0.6  # of half a band
ROWS: Final = 12
APART: Final = 192  # rows from one shift to the next
LEARNED: Final = 1_000  # rows before the first
ODD: Final = 3, 5  # rows that open an alarm of HalfSpaceTrees, as episodes do


@dataclass(slots=True)
class Told:
    """What a run told: (row, element, group) of each opening of a KPI's and of an element's episode, and the score and
    half band of each row, (rows, elements, KPIs)."""

    singles: list[tuple[int, int, str]] = field(default_factory=list)
    elements: list[tuple[int, int, str]] = field(default_factory=list)
    score: list[Values] = field(default_factory=list)
    band: list[Values] = field(default_factory=list)


def run(value: Values) -> Told:
    """The operator over values (rows, elements, KPIs), a step at a time."""
    told, cells, detector = Told(), CellsInMemory(), Anomaly(Catalogue())
    known: set[str] = set()
    for row, step in enumerate(value):
        for output in detector.step((envelope(START + row * EVERY, step),), cells, 0):
            if isinstance(output, ScoredPoints):
                told.score.append(output.score.reshape(step.shape))
                told.band.append((output.upper - output.expected).reshape(step.shape))
            elif isinstance(output, KpiEpisode) and output.episode_id not in known:
                known.add(output.episode_id)
                openings = told.elements if output.measurement == ELEMENT else told.singles
                openings.append((row, int(output.managed_object), output.group_id))
    return told


def envelope(time: Instant, step: Values) -> Measurements:
    elements, kpis = step.shape
    place = np.arange(step.size)
    return Measurements(
        domain="bench",
        feed="bench",
        granularity=EVERY,
        objects=tuple(map(str, range(elements))),
        names=tuple(f"kpi-{number}" for number in range(kpis)),
        measured_object=(place // kpis).astype(np.int32),
        measurement=(place % kpis).astype(np.int32),
        time=np.full(step.size, time),
        value=step.ravel(),
        suspect=np.zeros(step.size, np.bool_),
    )


def shifted(value: Values, band: Values) -> tuple[Values, list[tuple[int, int]]]:
    """The values with shifts of all KPIs, each up or down, and where they begin: (row, element)."""
    random, found, places = np.random.default_rng(5), value.copy(), []
    for element in range(value.shape[1]):
        for row in range(LEARNED + int(random.integers(APART)), len(value) - ROWS, APART):
            side = random.choice([-1.0, 1.0], value.shape[2])
            found[row : row + ROWS, element] += SHIFT * side * np.nan_to_num(band[row : row + ROWS, element])
            places.append((row, element))
    return found, places


def recall(openings: list[tuple[int, int, str]], places: list[tuple[int, int]]) -> float:
    rows: dict[int, list[int]] = {}
    for row, element, _ in openings:
        rows.setdefault(element, []).append(row)
    hits = sum(any(row <= at <= row + ROWS for at in rows.get(element, ())) for row, element in places)
    return round(hits / len(places), 3)


def trees(score: Values) -> Values:
    """The scores of one HalfSpaceTrees per element on its KPIs' scores, at most 2 each: (rows, elements)."""
    found = np.zeros(score.shape[:2])
    limits = dict.fromkeys(range(score.shape[2]), (0.0, 2.0))
    for element in range(score.shape[1]):
        model = HalfSpaceTrees(n_trees=10, height=6, window_size=96, limits=limits, seed=1)
        for row, scores in enumerate(np.minimum(np.nan_to_num(score[:, element]), 2.0)):
            features = dict(enumerate(scores.tolist()))
            found[row, element] = model.score_one(features)
            model.learn_one(features)
    return found


def raised(score: Values, threshold: float) -> list[tuple[int, int, str]]:
    """Where n of the last m rows are above a threshold, and were not one row before."""
    count, window = ODD
    above = np.cumsum(score > threshold, axis=0)
    above[window:] -= above[:-window].copy()
    on = above >= count
    on[1:] &= ~on[:-1].copy()
    return [(int(row), int(element), "") for row, element in np.argwhere(on)]


def best_of_trees(quiet: Values, shaken: Values, places: list[tuple[int, int]], most: int) -> float:
    """The recall at the threshold that suits best among those that raise at most so many false alarms."""
    found = 0.0
    for threshold in np.unique(np.quantile(quiet[LEARNED:], 1 - np.geomspace(0.3, 1e-4, 20))).tolist():
        if sum(row >= LEARNED for row, _, _ in raised(quiet, threshold)) <= most:
            found = max(found, recall(raised(shaken, threshold), places))
    return found


def figures(value: Values) -> dict[str, object]:
    """The figures of one background."""
    quiet = run(value)
    changed, places = shifted(value, np.array(quiet.band))
    shaken = run(changed)
    days = (len(value) - LEARNED) * EVERY / DAY * value.shape[1]
    singles = {group for row, _, group in quiet.singles if row >= LEARNED}
    alone = {group for row, _, group in quiet.elements if row >= LEARNED} - singles
    scores = np.array(quiet.score), np.array(shaken.score)
    return {
        "elements": value.shape[1],
        "kpis": value.shape[2],
        "shifts": len(places),
        "recall_kpis": recall(shaken.singles, places),
        "recall_either": recall([*shaken.singles, *shaken.elements], places),
        "false_per_element_day_kpis": round(len(singles) / days, 4),
        "false_per_element_day_elements": round(len(alone) / days, 4),
        "recall_elements": recall(shaken.elements, places),
        "recall_half_space_trees": best_of_trees(trees(scores[0]), trees(scores[1]), places, len(alone)),
    }


def backgrounds(directory: str) -> Iterator[tuple[str, Values]]:
    """Name and values (rows, elements, KPIs): noise, and groups of a corpus whose series are drawn for each element."""
    random = np.random.default_rng(1)
    yield "noise", 20 + random.normal(size=(2_016, 12, 7))
    series = corpus(directory) if directory else []
    for group, kpis, rows in (("realAWSCloudwatch", 7, 4_032), ("realTweets", 5, 5_000)):
        own = [one.value[:rows] for one in series if one.group == group and len(one) >= rows]
        if len(own) >= kpis:
            yield group, np.stack([drawn(own, random.permutation(len(own))[:kpis]) for _ in range(10)], 1)


def drawn(series: list[Values], places: NDArray[np.int64]) -> Values:
    """Some of the series as the KPIs of one element, (rows, KPIs)."""
    return np.stack([series[place] for place in places.tolist()], 1)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--corpus", default="", help="a directory in NAB's layout")
    chosen = ask.parse_args()
    print(json.dumps({name: figures(value) for name, value in backgrounds(chosen.corpus)}, indent=1))


if __name__ == "__main__":
    main()
