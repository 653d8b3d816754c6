"""Which pairs of kinds are worth a rule: what is planted is proposed, and nothing that only seems so."""

import numpy as np
import pytest

from models.correlation.alarm_history import AlarmHistory
from models.correlation.cause_links import CauseLink, cause_links

Raise = tuple[float, int, int]
KINDS, PLACES, SPAN = 6, 8, 4e6


def noise(seed: int, each: int = 150) -> list[Raise]:
    draw = np.random.default_rng(seed)
    return [
        (float(time), kind, int(draw.integers(PLACES)))
        for kind in range(KINDS)
        for time in np.sort(draw.uniform(0, SPAN, each))
    ]


def followed(raises: list[Raise], cause: int, effect: int, until: float = SPAN, chance: float = 0.8) -> list[Raise]:
    draw = np.random.default_rng(1)
    return raises + [
        (time + float(draw.uniform(5, 50)), effect, place)
        for time, kind, place in raises
        if kind == cause and time < until and draw.random() < chance
    ]


def links(raises: list[Raise]) -> list[CauseLink]:
    return cause_links(AlarmHistory.of(raises, KINDS, PLACES))


@pytest.mark.parametrize("pair", [(0, 3), (4, 1), (5, 2)])
def test_a_pair_that_is_planted_is_the_only_one_that_is_proposed(pair: tuple[int, int]):
    assert [(link.cause, link.effect) for link in links(followed(noise(2), *pair))] == [pair]


@pytest.mark.parametrize("seed", range(4))
def test_of_alarms_that_have_nothing_to_do_with_one_another_nothing_is_proposed(seed: int):
    assert links(noise(seed)) == []


def test_what_holds_in_one_half_of_the_history_alone_is_not_proposed():
    assert links(followed(noise(2), 0, 3, until=SPAN / 2)) == []


def test_what_came_fewer_than_five_times_is_not_proposed():
    assert links(followed(noise(2, each=40), 0, 3, chance=0.05)) == []


def test_a_link_says_how_many_how_soon_how_much_oftener_and_how_stable():
    (link,) = links(followed(noise(2), 0, 3))

    assert link.support == pytest.approx(120, abs=15)
    assert link.density[2] > 0.8  # of lags from 5 to 50 s, eight ninths are over 10 s
    assert link.lift > 20
    assert link.stability > 0.7


def test_the_order_of_the_raises_changes_nothing():
    raises = followed(noise(2), 0, 3)

    assert links(raises[::-1]) == links(raises)
