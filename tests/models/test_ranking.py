"""A ranker: what scikit-learn learned, as plain numbers that score the same; refused where it is not shown to help."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from models.detection.layout import NOTHING, RANGE
from models.ranking.features import FEATURES, OpenEpisode, evidence_of
from models.ranking.ordering import ordering
from models.ranking.ranker import LONGEST, MOST_MEASUREMENTS, read, version_of
from models.ranking.training import LEAST, Judged, fitted, known, out_of_sample, ranker_of, table, train

HOUR = 3_600_000_000
NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
HOSTILE = ('"', "\\", "\u2028'; --", "x" * 5_000, "", "\ud800", "throughput")


def judged(count: int, tells: float, seed: int = 1, names: tuple[str, ...] = HOSTILE) -> list[Judged]:
    """Episodes an hour apart, some of which worsen: companions make them true, others of the series lately false."""
    chance = np.random.default_rng(seed)
    found = []
    for number in range(count):
        companions, lately = int(chance.integers(4)), float(chance.integers(4))
        peak, at = 1 + chance.exponential(), number * HOUR
        channel = int(chance.integers(4))
        first = OpenEpisode(peak, 5.0, 9.0, 2.0, channel, 2, at, 2_700.0, lately, 1.0, companions, 9e5, 1.0)
        worse = first._replace(peak=peak + 1, severity=3, lasted=9_000.0)
        states = (evidence_of(first), evidence_of(worse))[: 1 + int(chance.integers(2))]
        true = chance.random() < 1 / (1 + np.exp(-tells * (companions - lately)))
        found.append(Judged(at, names[number % len(names)], states, bool(true)))
    return found


def test_worth_that_depends_on_what_is_known_is_learned_and_beats_the_peak_out_of_sample() -> None:
    found = train(judged(400, tells=1.0))
    assert (found.refusal, found.figures["tested"] > 250) == ("", True)
    assert found.figures["auc_low"] > 0.7
    assert found.figures["peak_auc_high"] < 0.6
    assert found.figures["auc_gain_low"] > 0.1
    assert found.figures["average_precision_low"] > found.figures["peak_average_precision_high"]


@pytest.mark.parametrize("seed", range(4))
def test_random_labels_are_refused(seed: int) -> None:
    found = train(judged(400, tells=0.0, seed=seed))
    assert found.ranker is None
    assert "not shown to beat the peak score" in found.refusal
    assert 0.35 < found.figures["auc"] < 0.65


@pytest.mark.parametrize("seed", range(4))
def test_labels_of_a_few_hours_are_no_test_however_many_they_are(seed: int) -> None:
    few = [each._replace(at=number // 100 * HOUR) for number, each in enumerate(judged(600, tells=1.0, seed=seed))]
    assert "hours with true" in train(few).refusal


def test_a_feature_that_hardly_varies_has_no_weight_and_the_ranker_can_be_read() -> None:
    place = FEATURES.index("relative")
    quiet = [
        each._replace(evidence=[(*state[:place], 1e-12 * (number % 5), *state[place + 1 :]) for state in each.evidence])
        for number, each in enumerate(judged(400, tells=1.0))
    ]
    ranker = train(quiet).ranker
    assert ranker is not None
    assert ranker.weight[place] == 0
    assert read(ranker.text()) == ranker


def test_training_is_the_same_in_whatever_order_verdicts_are_read() -> None:
    episodes = judged(300, tells=1.0)
    found, again = train(episodes), train(episodes[::-1])
    assert (again.ranker, again.figures) == (found.ranker, found.figures)
    assert found.ranker is not None


def test_where_the_peak_says_it_all_a_ranker_is_refused() -> None:
    episodes = [each._replace(true=each.evidence[0][0] > 1.0) for each in judged(400, tells=0.0)]
    assert "not shown to beat the peak score" in train(episodes).refusal


def test_too_few_or_of_one_kind_are_refused_with_the_bound() -> None:
    several = judged(400, tells=1.0)
    true, false = ([each for each in several if each.true is kind] for kind in (True, False))
    assert f"at least {LEAST} of each" in train([*true[: LEAST - 1], *false]).refusal
    assert f"at least {LEAST} of each" in train([]).refusal
    assert "all 80 judged episodes are true" in train(true[:80]).refusal
    apart = [each._replace(at=number * HOUR) for number, each in enumerate([*false[:60], *true[:150]])]
    assert "judge episodes of both kinds in the same days" in train(apart).refusal


def test_the_scorer_is_scikit_learns_to_twelve_digits() -> None:
    episodes = judged(300, tells=1.0)
    names = known(episodes)
    rows = [(each, state) for each in [*episodes, episodes[0]._replace(measurement="new")] for state in each.evidence]
    theirs = fitted(episodes, names).predict_proba(table(rows, names))[:, 1]
    ranker = read(ranker_of(episodes).text())
    assert ranker is not None
    ours = [ranker.probability(state, each.measurement) for each, state in rows]
    assert np.abs(np.array(ours) - theirs).max() < 1e-12
    assert len(set(names)) == len(set(HOSTILE))


def test_a_ranker_comes_back_from_its_text_is_bounded_and_is_named_by_its_numbers() -> None:
    many = tuple(f"measurement {number} \u00e9" for number in range(200))
    episodes = judged(2_000, tells=1.0, names=many)
    ranker = ranker_of(episodes)
    again = read(ranker.text())
    assert again == ranker
    assert len(ranker.offset) == MOST_MEASUREMENTS
    assert len(ranker.text()) <= LONGEST
    assert ranker.text().isascii()
    assert version_of(ranker.text()) == ranker.version == ranker_of(episodes).version


def test_episodes_of_one_hour_are_never_on_both_sides_of_a_test() -> None:
    together = [each._replace(at=number // 7 * HOUR) for number, each in enumerate(judged(350, tells=1.0))]
    blocks = out_of_sample(together)
    hours = [set(block.cluster.tolist()) for block in blocks]
    assert len(blocks) == 4
    assert sum(map(len, hours)) == len(set.union(*hours))
    first = min(hours[0])
    assert all(each.hour < first for each in together[: len(together) - sum(len(block.label) for block in blocks)])


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 3)), min_size=2, max_size=40))
def test_the_measures_are_scikit_learns(rows: list[tuple[int, bool, int]]) -> None:
    score, label, weight = (np.array(column, np.float64) for column in zip(*rows, strict=True))
    kept = weight > 0
    if len(set(label[kept])) < 2:
        assert np.isnan(ordering(score, label, weight)).all()
        return
    auc, precision = ordering(score, label, weight)
    assert auc == pytest.approx(roc_auc_score(label, score, sample_weight=weight))
    assert precision == pytest.approx(average_precision_score(label, score, sample_weight=weight))


@given(
    st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), st.sampled_from([*range(RANGE + 1), NOTHING]),
    st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), st.integers(-(2**62), 2**62), st.floats(0.5, 2.0),
)  # fmt: skip
def test_evidence_is_finite_whatever_is_known(
    worst: tuple[float, ...], channel: int, known_: tuple[float, ...], local: int, factor: float
) -> None:
    lasted, series, measurement, learned = known_
    evidence = evidence_of(OpenEpisode(*worst, channel, 3, local, lasted, series, measurement, 2, learned, factor))
    assert len(evidence) == len(FEATURES)
    assert np.isfinite(evidence).all()
    assert np.abs(evidence).max() < 100
