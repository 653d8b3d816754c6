"""What a first cause claims: by signs that speak for it, fitted to how often such causes were right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.correlation import CALIBRATION, UNFITTED, CauseSigns, posterior_of, shared_out
from models.correlation.calibration import fitted
from models.correlation.confidence import LEAST_SHOWN

SIGNS = st.builds(CauseSigns, st.floats(0.05, 1.0), st.integers(2, 10_000), st.booleans(), st.booleans())


def outcomes(signs: CauseSigns, right: int, of: int) -> list[tuple[CauseSigns, bool]]:
    return [(signs, place < right) for place in range(of)]


@given(SIGNS, SIGNS)
def test_no_sign_that_speaks_for_a_cause_lowers_what_it_claims(one: CauseSigns, other: CauseSigns) -> None:
    less, more = (CauseSigns(*map(pick, one, other)) for pick in (min, max))

    assert CALIBRATION.confidence(less) <= CALIBRATION.confidence(more)


@pytest.mark.parametrize("right", [10, 50, 90])
def test_what_is_claimed_is_how_often_such_causes_were_right(right: int) -> None:
    few, many = CauseSigns(0.9, 1, False, True), CauseSigns(0.9, 40, True, True)
    calibration = fitted([*outcomes(few, 30, 100), *outcomes(many, right, 100)])

    assert calibration.confidence(many) == pytest.approx(right / 100, abs=0.05)


@given(st.lists(st.tuples(SIGNS, st.booleans()), min_size=1, max_size=30))
def test_no_fit_turns_a_sign_against_its_cause(seen: list[tuple[CauseSigns, bool]]) -> None:
    found = fitted(seen)

    assert min(found.size, found.physical_size, found.posterior, found.own_alarm, found.lone) >= 0.0


@given(SIGNS)
def test_the_posterior_can_be_read_back_from_a_claim_without_a_fit(signs: CauseSigns) -> None:
    assert posterior_of(UNFITTED.confidence(signs)) == pytest.approx(signs.posterior)


@given(st.floats(0.0, 1.0), st.integers(1, 5))
def test_rivals_claim_no_more_than_the_first_and_together_no_more_than_is_left(first: float, causes: int) -> None:
    told, *rivals = shared_out(first, causes)

    assert told == first
    assert all(LEAST_SHOWN <= rival <= first for rival in rivals)
    assert first + sum(rivals) <= 1.0 + 1e-3
