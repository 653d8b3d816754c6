"""Which few causes explain what is alarmed, and what each piece of evidence is worth."""

from hypothesis import given
from hypothesis import strategies as st

from models.correlation import Hypothesis, best_explanation, explanation_value, is_physical, posterior


def test_a_cause_that_explains_one_more_object_wins_over_its_alarmed_child():
    assert explanation_value(14, 2, own_alarm=False) > explanation_value(13, 0, own_alarm=True)


def test_a_cause_most_of_whose_dependants_are_silent_is_worth_less_than_separate_faults():
    assert explanation_value(20, 180, own_alarm=False) < 0


def test_delay_of_its_own_alarm_never_outweighs_an_unexplained_object():
    assert explanation_value(5, 0, own_alarm=True, late_seconds=1e6) > explanation_value(4, 0, own_alarm=True)


def test_a_physical_probable_cause_breaks_a_tie():
    assert explanation_value(5, 0, True, physical=is_physical("Power Problem")) > explanation_value(5, 0, True)


def test_two_sites_are_not_one_region_while_the_rest_of_the_region_is_silent():
    sites = [Hypothesis((0, 1, 2), 10.0), Hypothesis((3, 4, 5), 10.0)]
    region = Hypothesis((0, 1, 2, 3, 4, 5), 15.0)

    assert best_explanation([0.0] * 6, [region, *sites]) == [1, 1, 1, 2, 2, 2]


def test_one_region_replaces_its_sites_when_it_is_worth_more_than_all_of_them():
    sites = [Hypothesis((0, 1), 4.0), Hypothesis((2, 3), 4.0)]

    assert best_explanation([0.0] * 5, [*sites, Hypothesis((0, 1, 2, 3, 4), 9.0)]) == [2] * 5


def test_what_is_well_explained_already_is_left_alone():
    assert best_explanation([7.0, 0.0], [Hypothesis((0, 1), 6.0)]) == [-1, -1]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_posteriors_are_probabilities_that_sum_to_one(values):
    scores = posterior(values)

    assert all(0 <= score <= 1 for score in scores)
    assert abs(sum(scores) - 1) < 1e-9
