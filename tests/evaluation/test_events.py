"""Events within seven samples: what finds one, what is false, and the thresholds in hindsight."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from telassure.evaluation.anomalies.events import EventCorpus
from telassure.evaluation.anomalies.score import score_corpus
from tests.evaluation.series import alarms, series

LONG = [series(100, (40, 60))]


@pytest.mark.parametrize(
    ("at", "found", "false"),
    [
        ((40,), 1, 0),
        ((47,), 1, 0),  # seven samples after the first
        ((48,), 0, 0),  # too late to find it, but not false: the event is still on
        ((39,), 0, 1),
        ((61,), 0, 1),
        ((40, 41, 42), 1, 0),
        ((10, 11, 17), 0, 1),  # one alarm and all within seven samples after it
        ((10, 18), 0, 2),
        (tuple(range(16)), 0, 2),  # one that stays up for sixteen samples
        ((0, 2, 4, 6, 8, 10, 12, 14), 0, 2),  # flickering is no cheaper
        (tuple(range(100)), 1, 10),  # 40 rows before the event, 39 after it: five blocks each
    ],
)
def test_alarms_find_the_event_in_time_or_are_false_elsewhere(at: tuple[int, ...], found: int, false: int) -> None:
    counted = EventCorpus.of(LONG).fixed(alarms(100, *at), 1.0)
    assert (counted.events, counted.found, counted.false) == (1, found, false)


def test_a_short_event_may_be_found_after_its_end_but_not_when_the_next_has_begun() -> None:
    short = EventCorpus.of([series(100, (40, 41), (45, 50))])
    late, next_one = short.fixed(alarms(100, 44), 1.0), short.fixed(alarms(100, 45), 1.0)
    assert (late.found, late.delay, late.false) == (1, 4, 0)
    assert (next_one.found, next_one.delay) == (1, 0)


def test_a_false_alarm_does_not_reach_into_the_next_series() -> None:
    two = EventCorpus.of([series(10), series(10, name="two")])
    assert two.fixed(alarms(20, 9, 10), 1.0).false == 2


def test_precision_recall_and_f1_are_of_events() -> None:
    three = EventCorpus.of([series(200, (20, 30), (60, 60), (120, 130))])
    found = three.fixed(alarms(200, 22, 60, 90, 150, 180), 1.0)
    assert (found.precision, found.recall) == (2 / 5, 2 / 3)
    assert found.f1 == pytest.approx(2 * (2 / 5) * (2 / 3) / (2 / 5 + 2 / 3))


def test_a_score_of_one_is_normal_and_what_was_not_scored_is_no_alarm() -> None:
    scores = np.full(100, math.nan)
    scores[40] = 1.0
    assert EventCorpus.of(LONG).fixed(scores, 1.0).found == 0


def test_false_alarms_are_counted_by_series_and_day() -> None:
    day = 288  # rows of five minutes; the last row ends the span one step earlier
    figures = score_corpus([series(day + 1), series(day + 1, name="two")], [alarms(day + 1, 5, 50), alarms(day + 1, 9)])
    assert figures.false_alarms_per_series_day == 3 / 2


@settings(max_examples=60, deadline=None)
@given(scores=st.lists(st.sampled_from([0.0, 0.3, 0.6, 1.5, 2.0, math.nan]), min_size=120, max_size=120))
def test_no_threshold_is_better_than_the_best_one(scores: list[float]) -> None:
    corpus, column = EventCorpus.of([series(120, (20, 25), (50, 70), (90, 90))]), np.array(scores)
    best, threshold = corpus.best(column)
    tried = [
        corpus.fixed(column, np.nextafter(least, -math.inf)).f1 for least in {2.5, *scores} if not math.isnan(least)
    ]
    assert best.f1 == pytest.approx(max(tried))
    if best.found:
        assert corpus.fixed(column, float(np.nextafter(threshold, -math.inf))) == best


def test_average_precision_is_that_of_scikit_learn() -> None:
    corpus, scores = EventCorpus.of(LONG), np.random.default_rng(3).integers(0, 20, 100).astype(float)
    labelled = np.zeros(100)
    labelled[40:61] = 1
    assert corpus.average_precision(scores) == pytest.approx(average_precision_score(labelled, scores))


def test_events_that_begin_in_the_probation_can_be_left_out() -> None:
    figures = score_corpus([series(100, (5, 6), (40, 60))], [alarms(100, 2, 40)])
    assert (figures.events.recall, figures.events.precision) == (1 / 2, 1 / 2)
    assert (figures.events_after_probation.recall, figures.events_after_probation.precision) == (1, 1)
