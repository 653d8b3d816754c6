"""Operators' verdicts change what alarms, within bounds, on the record, and can be taken back."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from streams.operators.detection.domain_series import DomainSeries
from streams.operators.detection.feedback import LEAST, MOST, MOST_LABELS, Feedback
from streams.topologies.detection import DETECTION
from telassure.kernel.events import KpiEpisode, Measurements, ThresholdChange, Verdict
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import DAY, MINUTE
from tests.driver import Driver

MONDAY = 20_003 * DAY
STEP = 15 * MINUTE


def telemetry(start: int, rows: int, scale: float = 1.0) -> Measurements:
    """Rows of two cells at 15 min: a daily shape with a ripple."""
    time = np.repeat(start + np.arange(1, rows + 1) * STEP, 2)
    value = (100 + 40 * np.sin(2 * np.pi * (time % DAY) / DAY) + 3 * np.sin(time // MINUTE * 0.7)) * scale
    cells, names = np.tile(np.array([0, 1], np.int32), rows), np.zeros(2 * rows, np.int32)
    clear = np.zeros(2 * rows, np.bool_)
    return Measurements("north", "replay:pm", STEP, ("a", "b"), ("throughput",), cells, names, time, value, clear)


def learned() -> Driver:
    """Three days of two cells, and then two hours at a third of what they should be."""
    return Driver(DETECTION).pipe(telemetry(MONDAY, 3 * 96), telemetry(MONDAY + 3 * DAY, 8, 0.3))


def verdict(about: KpiEpisode, said: str = "false_positive", name: str = "v-1", **other: str) -> Verdict:
    given = Verdict(
        name, about.domain, about.feed, about.managed_object, about.measurement, about.started_at, said, "series",
        "kim", "known works", MONDAY + 9 * DAY,
    )  # fmt: skip
    return replace(given, **other)  # type: ignore[arg-type]  # texts only


def scores(driver: Driver) -> NDArray[np.float64]:
    """Of both cells, in the hour of the day after in which they are at three times what they should be."""
    start = MONDAY + 4 * DAY
    driver.pipe(telemetry(start, 4, 3.0))
    points = driver.points()
    found = np.array(
        [[points[(cell, "throughput", start + n * STEP)][4] for n in (1, 2, 3, 4)] for cell in "ab"], float
    )
    assert (found[:, 0] > 1).all()
    return found


def episode_of(driver: Driver, cell: str) -> KpiEpisode:
    return next(episode for episode in driver.records(KpiEpisode) if episode.managed_object == cell)


def test_a_false_positive_divides_the_scores_of_its_series_and_of_no_other() -> None:
    plain, judged = learned(), learned()
    judged.pipe(verdict(episode_of(judged, "a")))
    factors = np.array([[1.1], [1.0]])
    assert np.allclose(scores(judged) * factors, scores(plain))


def test_a_verdict_on_a_measurement_divides_the_scores_of_all_its_series() -> None:
    plain, judged = learned(), learned()
    judged.pipe(verdict(episode_of(judged, "a"), scope="measurement"))
    assert np.allclose(scores(judged) * 1.1, scores(plain))


def test_a_change_is_on_record_with_who_when_why_before_and_after() -> None:
    driver = learned()
    episode = episode_of(driver, "a")
    driver.pipe(verdict(episode))
    assert driver.records(ThresholdChange) == [
        ThresholdChange(
            "v-1", "north", "replay:pm", "a", "throughput", episode.episode_id, "false_positive", "", "kim",
            "known works", 1.0, 1.1, 1, MONDAY + 9 * DAY,
        )
    ]  # fmt: skip


def test_what_is_undone_leaves_the_cell_as_if_it_had_not_been_said() -> None:
    plain, judged = learned(), learned()
    episode = episode_of(judged, "a")
    judged.pipe(verdict(episode), verdict(episode, "undo", "v-2", undoes="v-1"))
    assert np.array_equal(scores(judged), scores(plain))
    assert [(c.before, c.after, c.undoes) for c in judged.records(ThresholdChange)] == [
        (1.0, 1.1, ""),
        (1.1, 1.0, "v-1"),
    ]


def test_verdicts_survive_a_crash_and_move_no_clock() -> None:
    calm, crashed = learned(), learned()
    for driver in (calm, crashed):
        driver.pipe(verdict(episode_of(driver, "a")))
    open_before = [episode.state for episode in crashed.records(KpiEpisode)]
    crashed.crash()
    assert np.array_equal(scores(crashed), scores(calm))
    assert "open" in open_before


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"managed_object": "nobody"}, "name nothing that is scored"),
        ({"domain": "nowhere"}, "name nothing that is scored"),
        ({"verdict": "undo", "undoes": "v-0"}, "not in force"),
        ({"verdict": "perhaps"}, "none of"),
    ],
)
def test_a_verdict_that_concerns_nothing_is_a_dead_letter_and_changes_nothing(
    other: dict[str, str], reason: str
) -> None:
    driver = learned()
    driver.pipe(verdict(episode_of(driver, "a"), **other))
    (letter,) = driver.letters()
    assert reason in letter.reason
    assert letter.kind == "verdict"
    assert driver.records(ThresholdChange) == []


def test_an_episode_has_one_verdict_the_newest() -> None:
    driver = learned()
    episode = episode_of(driver, "a")
    driver.pipe(verdict(episode), verdict(episode, "true_positive", "v-2"))
    assert [(c.after, c.undoes) for c in driver.records(ThresholdChange)] == [(1.1, ""), (1 / 1.05, "v-1")]


def said(feedback: Feedback, number: int, word: str, **other: str) -> ThresholdChange | str:
    about = KpiEpisode("", "north", "pm", "a", "throughput", "open", 3, number, 0, None, 2.0, 1.0, 2.0, "")
    return feedback.judge(verdict(about, word, f"v-{number}", **other), derive_id("episode", number))


@pytest.mark.parametrize(("word", "bound"), [("false_positive", MOST), ("true_positive", LEAST)])
def test_the_factor_stops_at_its_bound(word: str, bound: float) -> None:
    feedback = Feedback()
    changes = [said(feedback, number, word) for number in range(40)]
    assert isinstance(changes[-1], ThresholdChange)
    assert changes[-1].after == changes[-1].before == bound


def test_the_oldest_of_many_labels_stays_in_force_and_is_past_undoing() -> None:
    feedback = Feedback()
    for number in range(MOST_LABELS + 1):
        said(feedback, number, "false_positive" if number % 2 else "true_positive")
    before = feedback.factor(("a", "throughput"))
    assert "not in force" in str(said(feedback, 900, "undo", undoes="v-0"))
    assert feedback.factor(("a", "throughput")) == before
    series = DomainSeries()
    assert Feedback.of(feedback.packed(series), series) == feedback
