"""The graph of causes between kinds of alarm, learned from raises: laws on made histories."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.correlation.alarm_graph import alarm_graph
from models.correlation.alarm_history import AlarmHistory
from models.correlation.bursts import bursts
from models.correlation.hawkes import excitation

Raise = tuple[float, int, int]
PLACES = 12
KINDS = 6


def planted(seed: int, chain: Sequence[tuple[int, int]], beside: bool = False) -> AlarmHistory:
    """Each cause of `chain` is followed by its effect in eight of ten cases after some seconds, at its place or at the
    next one; every kind also comes by itself."""
    draw = np.random.default_rng(seed)
    raises: list[Raise] = []
    effects = dict(chain)
    for kind in range(KINDS):
        for time in np.sort(draw.uniform(0, 4e6, 150)).tolist():
            at, place, now = float(time), int(draw.integers(PLACES)), kind
            raises.append((at, now, place))
            while now in effects and draw.random() < 0.8:
                at += float(draw.uniform(1, 50))
                place, now = (place + beside) % PLACES, effects[now]
                raises.append((at, now, place))
    links = [(place, (place + 1) % PLACES) for place in range(PLACES)]
    return AlarmHistory.of(raises, KINDS, PLACES, links)


@pytest.mark.parametrize("beside", [False, True], ids=["at one place", "at neighbours"])
@pytest.mark.parametrize("chain", [((0, 3), (4, 1)), ((5, 2), (2, 0)), ((3, 1), (0, 4), (5, 2))])
def test_a_planted_cause_scores_above_every_pair_that_is_none(chain: Sequence[tuple[int, int]], beside: bool):
    score = alarm_graph(planted(7, chain, beside)).score
    ancestors = {*chain, *((one, last) for one, mid in chain for other, last in chain if mid == other)}
    rest = [score[i, j] for i in range(KINDS) for j in range(KINDS) if i != j and (i, j) not in ancestors]

    assert min(score[pair] for pair in chain) > max(rest)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_information_criterion_keeps_what_is_planted_and_little_else(seed: int):
    chain = ((0, 3), (4, 1))
    worth = excitation(planted(seed, chain)).informative > 0
    np.fill_diagonal(worth, False)

    assert worth[0, 3]
    assert worth[4, 1]
    assert worth.sum() <= len(chain) + 1


def test_the_share_that_is_laid_to_a_cause_is_that_which_it_caused():
    process = excitation(planted(5, ((0, 3),)))

    # of kind 3, 150 came by themselves and eight tenths of 150 were caused
    assert process.share[0, 3] == pytest.approx(120 / 270, abs=0.06)


def test_the_lag_density_lies_where_the_lags_are():
    caused = excitation(planted(5, ((0, 3),))).caused[0, 3]

    # lags of 1 to 50 s: one of 49 parts up to 2 s, eight up to 10 s, forty up to 60 s
    assert caused / caused.sum() == pytest.approx([1 / 49, 8 / 49, 40 / 49, 0], abs=0.08)


def test_neighbours_that_no_link_joins_are_no_cause_of_one_another():
    whole = planted(7, ((0, 3),), beside=True)
    raises = list(zip(whole.times.tolist(), whole.kinds.tolist(), whole.places.tolist(), strict=True))

    assert excitation(AlarmHistory.of(raises, KINDS, PLACES)).informative[0, 3] < 0


raises = st.lists(
    st.tuples(st.integers(0, 400).map(float), st.integers(0, KINDS - 1), st.integers(0, 3)), min_size=2, max_size=40
)


@given(raises, st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_the_order_in_which_raises_are_given_changes_nothing(given_raises: list[Raise], shuffle):
    other = list(given_raises)
    shuffle.shuffle(other)
    one, two = (alarm_graph(AlarmHistory.of(each, KINDS, 4, [(0, 1), (2, 3)])) for each in (given_raises, other))

    assert one.score.tolist() == two.score.tolist()


@given(raises, st.permutations(range(KINDS)))
@settings(max_examples=25)
def test_the_numbers_of_kinds_mean_nothing(given_raises: list[Raise], number: list[int]):
    renamed = [(time, number[kind], place) for time, kind, place in given_raises]
    one, two = (alarm_graph(AlarmHistory.of(each, KINDS, 4, [(0, 1)])).score for each in (given_raises, renamed))

    assert two[np.ix_(number, number)] == pytest.approx(one, abs=1e-6)


@given(raises, st.integers(0, 300))
@settings(max_examples=50)
def test_two_raises_are_in_one_burst_where_a_chain_of_near_ones_joins_them(given_raises: list[Raise], gap: int):
    history = AlarmHistory.of(given_raises, KINDS, 4, [(0, 1), (1, 2)])
    size = len(history)
    joined = np.abs(history.times[:, None] - history.times) <= gap
    joined &= np.array([[b in history.around[a] for b in history.places] for a in history.places])
    for row in range(size):
        joined |= joined[:, [row]] & joined[[row], :]
    found = bursts(history, gap)

    assert (found[:, None] == found).tolist() == joined.tolist()


@given(raises, st.integers(1, 100))
@settings(max_examples=50)
def test_an_onset_is_a_raise_before_which_its_alarm_was_quiet(given_raises: list[Raise], quiet: int):
    history = AlarmHistory.of(sorted(set(given_raises)), KINDS, 4)
    alike = [
        [time for time, kind, place in sorted(set(given_raises)) if (kind, place) == which]
        for which in {(kind, place) for _, kind, place in given_raises}
    ]
    kept = sorted(
        time for times in alike for before, time in zip([-1e9, *times], times, strict=False) if time - before > quiet
    )

    assert history.onsets(quiet).times.tolist() == kept


def test_nothing_is_learned_from_nothing():
    assert alarm_graph(AlarmHistory.of([], 3, 2)).process.share.sum() == 0
