"""Which element explains a service's degradation: laws, and the shapes that degradations have."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.correlation.degradation import UNCHANGED, Deviation, degradation_causes, deviation

CALLS = {"shop": ["search", "pay"], "search": ["table"], "pay": ["bank", "queue"], "bank": ["table"]}
CALM = np.tile([9.0, 10.0, 11.0], 30)


def first(deviations: dict[str, Deviation], target: str = "shop") -> str:
    return degradation_causes(target, CALLS, deviations)[0].element


def slow(*excess: tuple[str, float, float]) -> dict[str, Deviation]:
    return {name: Deviation(seconds, 20.0, requests) for name, seconds, requests in excess}


def test_a_callee_that_costs_its_caller_all_of_it_is_the_cause():
    assert first(slow(("shop", 1.0, 100), ("search", 1.1, 90), ("table", 1.0, 95))) == "table"


def test_a_caller_that_is_slow_while_what_it_calls_is_well_is_the_cause():
    assert first(slow(("shop", 1.0, 100), ("pay", 2.0, 50))) == "pay"


def test_a_callee_of_few_requests_does_not_explain_many_slow_ones():
    assert first(slow(("shop", 1.0, 100), ("search", 1.0, 90), ("table", 9.0, 1))) == "search"


def test_a_deviation_within_the_noise_is_outweighed_by_a_sure_one():
    seen = {"pay": Deviation(9.0, 0.5, 100), "search": Deviation(1.0, 20.0, 100)}

    assert first(seen) == "search"


def test_what_the_target_does_not_call_is_no_candidate():
    found = degradation_causes("search", CALLS, slow(("bank", 9.0, 100), ("table", 1.0, 10)))

    assert [cause.element for cause in found] == ["table", "search"]


def test_elements_that_call_one_another_are_ranked_all_the_same():
    found = degradation_causes("a", {"a": ["b"], "b": ["a", "b"]}, slow(("a", 1.0, 10), ("b", 3.0, 10)))

    assert found[0].element == "b"


def test_the_evidence_says_how_much_worse_and_how_much_is_its_own():
    found = degradation_causes("shop", CALLS, slow(("search", 2.0, 50), ("table", 1.0, 50)))

    assert found[0].evidence == "worse by 2 (20.0 sigma) over 50 requests; 49% of that is its own, not of what it calls"


elements = st.dictionaries(
    st.sampled_from(["shop", "search", "pay", "table", "bank", "queue"]),
    st.builds(Deviation, st.floats(0, 1e6), st.floats(0, 1e3), st.floats(0, 1e6)),
)


@given(elements)
def test_every_element_that_is_reached_has_a_share_and_they_sum_to_one_or_nothing(seen: dict[str, Deviation]):
    found = degradation_causes("shop", CALLS, seen)

    assert sorted(cause.element for cause in found) == ["bank", "pay", "queue", "search", "shop", "table"]
    assert sum(cause.score for cause in found) == pytest.approx(1.0) or not any(cause.own for cause in found)


@given(elements, st.randoms(use_true_random=False))
def test_the_order_of_calls_and_of_elements_changes_nothing(seen: dict[str, Deviation], shuffle):
    names = list(seen)
    shuffle.shuffle(names)
    calls = {name: list(reversed(called)) for name, called in reversed(CALLS.items())}

    one = degradation_causes("shop", CALLS, seen)
    assert degradation_causes("shop", calls, {name: seen[name] for name in names}) == one


@pytest.mark.parametrize(
    ("before", "after", "excess"),
    [([10.0], [30.0, 30.0], 20.0), ([25.0], [30.0, 30.0], 5.0), ([2.0], [12.0, 12.0], 2.0), ([10.0], [5.0, 5.0], 0.0)],
    ids=["a rise", "a drift since", "a return to normal", "an improvement"],
)
def test_worse_is_what_is_worse_than_the_history_and_than_just_before(before, after, excess):
    assert deviation(CALM, np.array(before), np.array(after)).excess == pytest.approx(excess)


def test_where_lower_is_worse_a_fall_is_an_excess():
    assert deviation(CALM, CALM[:3], np.array([4.0, 4.0]), lower_is_worse=True).excess == pytest.approx(6.0)


@pytest.mark.parametrize(
    ("history", "after"),
    [(CALM[:10], [99.0]), (CALM, []), (CALM, [float("nan")]), (np.full(50, np.nan), [99.0])],
    ids=["a short history", "nothing after", "a gap after", "a history of gaps"],
)
def test_where_there_is_too_little_to_compare_nothing_is_said(history, after):
    assert deviation(history, CALM[:3], np.array(after)) == UNCHANGED


def test_a_kpi_that_never_moved_has_a_spread_all_the_same():
    assert np.isfinite(deviation(np.full(40, 100.0), np.array([100.0]), np.array([101.0])).sigmas)
