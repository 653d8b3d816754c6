"""Telemetry, policies and verdicts that put something into every aspect of detection's cells, and what comes after."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.ranking.ranker import Ranker
from streams.catalogue import Catalogue
from telassure.kernel.events import (
    ActOutcome,
    KpiEpisode,
    Measurements,
    ModelComparison,
    PolicyValue,
    ScoredPoints,
    Verdict,
)
from telassure.kernel.instant import DAY, HOUR, MINUTE, Instant

MONDAY: Instant = 20_003 * DAY
STEP = 15 * MINUTE
CUT: Instant = MONDAY + 3 * DAY + 10 * HOUR
NAMES = ("drops", "load", "throughput", "octets")
CELLS = tuple(f"cell-{number}" for number in range(4))
DOMAIN = "north"
RANKER = Ranker(("peak", "series_lately"), (1.0, 0.0), (1.0, 1.0), (0.7, -0.4), 0.1, {})
POLICIES = (
    PolicyValue("detection", "kind", "counter", "octets"),
    PolicyValue("detection", "gap_periods", "8", DOMAIN),
    PolicyValue("detection", "persistence", "2/3"),
    PolicyValue("detection", "challenger", "sensitive", DOMAIN),
    PolicyValue("models", "ranker_parameters", RANKER.text(), RANKER.version),
    PolicyValue("models", "ranker", RANKER.version),
)


def telemetry(start: Instant, end: Instant) -> Measurements:
    """Four KPIs of four cells from `start` to `end`. From the cut's day on cell-1 is at a third of its load, cell-2
    drops what it never did, cell-3 is silent, and from two hours after the cut on they are as before; eight hours after
    it cell-0 has twice what it should."""
    time, cell, name = (
        axis.ravel()
        for axis in np.meshgrid(np.arange(start, end, STEP) + STEP, np.arange(4), np.arange(4), indexing="ij")
    )
    daily = 40 * np.sin(2 * np.pi * (time % DAY) / DAY)
    value = 100 + daily + 3 * np.sin(time // MINUTE * 0.7 + 2 * cell + name) + 10 * cell
    faulty = (time > CUT - 6 * STEP) & (time <= CUT + 2 * HOUR)
    value[faulty & (cell == 1)] *= 0.3
    value[faulty & (cell == 2) & (name == 0)] *= 4
    value[(time > CUT + 8 * HOUR) & (time <= CUT + 11 * HOUR) & (cell == 0)] *= 2
    value = np.where(name == 3, (time - MONDAY) // MINUTE * (60.0 + cell), value)
    told = ~((cell == 3) & (time > CUT - 5 * HOUR) & (time <= CUT + 3 * HOUR))
    return Measurements(
        domain=DOMAIN,
        feed="pm",
        granularity=STEP,
        objects=CELLS,
        names=NAMES,
        measured_object=cell[told].astype(np.int32),
        measurement=name[told].astype(np.int32),
        time=time[told],
        value=value[told],
        suspect=np.zeros(int(told.sum()), np.bool_),
        trace="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )


def judged(number: int, measured_object: str, word: str) -> Verdict:
    return Verdict(
        f"v-{number}", DOMAIN, "pm", measured_object, "throughput", MONDAY, word, "series", "kim", "works", CUT
    )  # fmt: skip


def before() -> list[Any]:
    """Three days and ten hours, verdicts, and a tick at the cut."""
    days = [telemetry(start, min(start + DAY, CUT)) for start in range(MONDAY, CUT, DAY)]
    return [*days, judged(1, "cell-0", "false_positive"), judged(2, "cell-2", "true_positive"), CUT]


def after() -> list[Any]:
    """The twelve hours after the cut, with an undo among them, and a tick two days later."""
    undo = Verdict("v-3", DOMAIN, "pm", "cell-0", "throughput", MONDAY, "undo", "series", "kim", "", CUT, "v-1")
    rest = [telemetry(start, start + 6 * HOUR) for start in range(CUT, CUT + 12 * HOUR, 6 * HOUR)]
    return [rest[0], undo, *rest[1:], CUT + 2 * DAY]


@dataclass
class Cells:
    """One operator's cells and timers in memory."""

    operator: Any
    cells: dict[str, Any] = field(default_factory=dict)
    timers: dict[str, Instant] = field(default_factory=dict)

    def of(self, key: str) -> Any:
        return self.cells.setdefault(key, self.operator.fresh())

    def peek(self, key: str) -> Any:
        return self.cells.get(key)

    def wake(self, key: str, at: Instant | None) -> None:
        self.timers.pop(key, None)
        if at is not None:
            self.timers[key] = at

    def due(self, watermark: Instant) -> Iterator[tuple[str, Any]]:
        for key in sorted(key for key, at in self.timers.items() if at <= watermark):
            del self.timers[key]
            yield key, self.cells[key]

    def forget(self, key: str) -> None:
        del self.cells[key]


def run(operators: tuple[Any, Any], states: tuple[Cells, Cells], events: Iterable[Any]) -> list[Any]:
    """Every output of the detector and of its challenger, which hears the detector's episodes; an instant is a tick."""
    found: list[Any] = []
    for event in events:
        batch, watermark = ((), event) if isinstance(event, int) else ((event,), 0)
        told = list(operators[0].step(batch, states[0], watermark))
        heard = [*batch, *(output for output in told if isinstance(output, KpiEpisode))]
        if batch and isinstance(event, Verdict):
            heard = [output for output in told if isinstance(output, KpiEpisode)]
        compared = list(operators[1].step(heard, states[1], watermark)) if heard or not batch else []
        found += [*told, *compared]
    return found


def ruled() -> Catalogue:
    catalogue = Catalogue()
    catalogue.apply(POLICIES)
    return catalogue


def said(outputs: Iterable[Any]) -> list[list[Any]]:
    """Outputs in plain words and numbers of six digits."""
    found: list[list[Any]] = []
    for output in outputs:
        if isinstance(output, ScoredPoints):
            columns = (output.points.value, output.expected, output.score)
            found += [["points", len(output)], *([f"{number:.5g}" for number in column] for column in columns)]
        elif isinstance(output, KpiEpisode):
            where = (output.episode_id, output.managed_object, output.measurement, output.state, output.severity)
            when = (output.started_at, output.changed_at, output.ended_at, output.group_id, *output.corroborating)
            rank = None if output.rank is None else f"{output.rank:.6g}"
            known = [f"{number:.5g}" for state in output.evidence for number in state]
            found.append(
                ["episode", *where, *when, output.reason, f"{output.peak_score:.6g}", rank, *known, output.trace]
            )
        elif isinstance(output, ModelComparison):
            figures = (output.champion_episodes, output.challenger_episodes, output.agreed)
            found.append(["comparison", output.challenger, *figures, output.since, output.time])
        elif not isinstance(output, ActOutcome):  # which the release before did not tell
            found.append([type(output).__name__, repr(output)])
    return found
