"""The NAB score: hand-computed cases, a literal reading of the published rules, and its invariances."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telassure.evaluation.anomalies.baselines import WindowedGaussian, chance, constant
from telassure.evaluation.anomalies.corpus import Series, corpus
from telassure.evaluation.anomalies.detectors import scores_of
from telassure.evaluation.anomalies.nab import PROFILES, Costs, NabCorpus
from tests.evaluation.corpora import shared
from tests.evaluation.series import alarms, series

STANDARD = PROFILES["standard"]


def raw(corpus: Sequence[Series], scores: np.ndarray, costs: Costs = STANDARD) -> float:
    """What `score > 1` gains over detecting nothing."""
    nab = NabCorpus.of(corpus)
    return nab.fixed(scores, 1.0, costs) * nab.windows * (costs.tp + costs.fn) / 100


def sigmoid(position: float) -> float:
    return 2 / (1 + math.exp(5 * position)) - 1


# 100 rows: 15 of probation, a window of ten rows from 40 to 49. A miss is worth 1, so a find gains 1 more.
ONE = [series(100, (40, 49))]


@pytest.mark.parametrize(
    ("at", "gain"),
    [
        ((), 0.0),
        ((40,), 2.0),  # the first row of the window: all there is
        ((45,), 1 + sigmoid(-0.5) / sigmoid(-1)),  # position -(49 - 45 + 1) / 10
        ((49,), 1 + sigmoid(-0.1) / sigmoid(-1)),  # the last row still gains
        ((45, 49), 1 + sigmoid(-0.5) / sigmoid(-1)),  # the earliest counts, and only once
        ((39,), -0.11),  # before any window: the whole cost
        ((50,), 0.11 * sigmoid(1 / 9)),  # one row past the window's end, of width - 1 rows
        ((76,), 0.11 * sigmoid(27 / 9)),  # three widths behind: still on the sigmoid
        ((77,), -0.11),  # further behind: the whole cost
        ((30, 40, 77), 2.0 - 0.22),
        ((3, 14), 0.0),  # in the probation nothing counts
        ((15,), -0.11),  # the first row after it does
    ],
)
def test_a_detection_is_worth_what_its_place_says(at: tuple[int, ...], gain: float) -> None:
    assert raw(ONE, alarms(100, *at)) == pytest.approx(gain, abs=1e-12)


def test_profiles_weigh_false_alarms_and_misses() -> None:
    scores = alarms(100, 30)
    assert raw(ONE, scores, PROFILES["low_fp"]) == pytest.approx(-0.22)
    assert NabCorpus.of(ONE).fixed(scores, 1.0, PROFILES["low_fn"]) == pytest.approx(100 * -0.11 / 3)


def test_a_false_alarm_is_measured_from_the_window_before_it_by_that_windows_width() -> None:
    two = [series(200, (40, 49), (100, 104))]
    assert raw(two, alarms(200, 106)) == pytest.approx(0.11 * sigmoid(2 / 4))


def test_the_probation_ends_after_750_rows() -> None:
    long = [series(10_000, (5_000, 5_100))]
    assert raw(long, alarms(10_000, 749)) == 0
    assert raw(long, alarms(10_000, 750)) == pytest.approx(-0.11)


def test_a_window_within_the_probation_counts_for_nobody() -> None:
    nab = NabCorpus.of([series(100, (2, 8), (40, 49))])
    assert nab.windows == 1
    assert nab.best(alarms(100, 40), STANDARD).score == pytest.approx(100)


def test_without_windows_there_is_no_score() -> None:
    assert math.isnan(NabCorpus.of([series(100)]).best(alarms(100, 40), STANDARD).score)


spans = st.lists(st.tuples(st.integers(0, 29), st.integers(0, 6)), max_size=3, unique_by=lambda span: span[0])
grades = st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.5, 1.0, 3.0, math.nan]), min_size=300, max_size=300)


def corpus_of(places: list[list[tuple[int, int]]]) -> list[Series]:
    """Series of 100 rows; windows on a grid of ten rows after the probation, with gaps between them."""
    return [
        series(100, *sorted({(20 + 10 * (place % 8), 20 + 10 * (place % 8) + more + 1) for place, more in one}))
        for one in places
    ]


@settings(max_examples=60, deadline=None)
@given(places=st.lists(spans, min_size=3, max_size=3), scores=grades, profile=st.sampled_from(sorted(PROFILES)))
def test_the_sweep_finds_what_the_published_rules_find_threshold_by_threshold(
    places: list[list[tuple[int, int]]], scores: list[float], profile: str
) -> None:
    labelled, costs = corpus_of(places), PROFILES[profile]
    nab, column = NabCorpus.of(labelled), np.array(scores)
    if not nab.windows:
        return
    found = nab.best(column, costs)
    best = max(published(labelled, column, least, costs) for least in {math.inf, *scores} if not math.isnan(least))
    null, perfect = -costs.fn * nab.windows, costs.tp * nab.windows
    assert found.score == pytest.approx(100 * (best - null) / (perfect - null), abs=1e-9)
    assert published(labelled, column, found.threshold, costs) == pytest.approx(best)


def published(labelled: list[Series], scores: np.ndarray, least: float, costs: Costs) -> float:
    """The raw score at one threshold, row by row as NAB's documentation tells it."""
    total, base = 0.0, 0
    for one in labelled:
        rows = len(one)
        detected = [row for row in range(int(0.15 * rows), rows) if scores[base + row] >= least]
        before: tuple[int, int] | None = None
        for first, last in one.spans().tolist():
            inside = [row for row in detected if first <= row <= last]
            width = last - first + 1
            total += costs.tp * sigmoid(-(last - inside[0] + 1) / width) / sigmoid(-1) if inside else -costs.fn
        for row in detected:
            passed = [span for span in one.spans().tolist() if span[1] < row]
            if any(first <= row <= last for first, last in one.spans().tolist()):
                continue
            before = passed[-1] if passed else None
            far = math.inf if before is None else (row - before[1]) / (before[1] - before[0])
            total += costs.fp * (-1.0 if far > 3 else sigmoid(far))
        base += rows
    return total


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_nothing_detected_is_nought_and_every_window_at_its_start_a_hundred(profile: str) -> None:
    labelled = [series(200, (40, 49), (120, 140)), series(100, name="quiet"), series(100, (60, 60), name="short")]
    nab, costs = NabCorpus.of(labelled), PROFILES[profile]
    assert nab.fixed(np.zeros(400), 1.0, costs) == 0
    assert nab.fixed(alarms(400, 40, 120, 360), 1.0, costs) == pytest.approx(100)
    assert nab.best(alarms(400, 40, 120, 360), costs).score == pytest.approx(100)


def test_only_the_order_of_the_scores_matters() -> None:
    nab = NabCorpus.of([series(500, (100, 130), (300, 340))])
    scores = np.random.default_rng(5).random(500)
    assert nab.best(np.exp(3 * scores) - 7, STANDARD).score == nab.best(scores, STANDARD).score


def test_scores_that_are_equal_are_detected_together() -> None:
    """The whole corpus at once is worse than nothing here, so a constant detector is worth nothing."""
    nab = NabCorpus.of([series(1_000, (500, 505))])
    best = nab.best(np.full(1_000, 0.5), STANDARD)
    assert (best.score, best.threshold) == (0, math.inf)


GROUPS = ("artificialNoAnomaly", "artificialWithAnomaly", "realAWSCloudwatch", "realTweets")


@pytest.mark.corpora
def test_the_published_figures_of_simple_detectors_come_out_on_the_shared_corpus() -> None:
    """38.4 for the windowed Gaussian on 38 series of four groups; the null detector's 0."""
    labelled = [one for one in corpus(shared("nab")) if one.group in GROUPS]
    assert len(labelled) == 38
    nab = NabCorpus.of(labelled)
    gaussian = np.concatenate([scores_of(WindowedGaussian(), one) for one in labelled])
    best = nab.best(gaussian, STANDARD)
    assert (round(best.score, 1), best.threshold) == (38.4, 1.0)
    null = np.concatenate([scores_of(constant()(), one) for one in labelled])
    assert nab.best(null, STANDARD).score == 0
    random = np.concatenate([scores_of(chance()(), one) for one in labelled])
    assert 0 < nab.best(random, STANDARD).score < 25
