"""Policies with values that no clock and no sum can hold: the edge refuses them, a stored one stops no worker."""

import pytest

from ingestion.kinds.policies import policy_value
from streams.catalogue import Catalogue
from streams.operators.charging import charge_policy
from streams.operators.controls import control_policy
from streams.operators.detection.rules import out_of
from streams.rules import Rules
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Policy
from telassure.kernel.instant import DAY

TEN_YEARS = 3_650 * DAY
HUGE = "9" * 5_000


def holding(area: str, name: str, value: str) -> Catalogue:
    catalogue = Catalogue()
    catalogue.apply([Policy(area, name, value)])
    return catalogue


@pytest.mark.parametrize("value", ["1e99999999", "1_000", "inf", "nan", "9" * 13, "1/" + "9" * 13, "٣", 10**12])
def test_the_edge_refuses_a_number_that_is_not_plain_and_short(value):
    with pytest.raises(InvalidInput, match="12 digits"):
        policy_value("tolerance_share", value)


@pytest.mark.parametrize(
    ("name", "most"), [("dedupe_days", 3_650), ("count_delay_hours", 87_600), ("silence_s", 315_360_000)]
)
def test_the_edge_refuses_a_duration_of_more_than_ten_years(name, most):
    assert policy_value(name, most) == str(most)
    with pytest.raises(InvalidInput, match="ten years"):
        policy_value(name, most + 1)


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (0.00001, "0.00001"), ("3/5", "3/5"), ("no", "no"), (-1, "-1")]
)
def test_the_edge_leaves_every_other_value_as_it_is(value, text):
    assert policy_value("rule", value) == text


@pytest.mark.parametrize("value", ["200000000000", "9" * 18, HUGE, "1e9", "-1"])
@pytest.mark.parametrize(
    ("read", "area", "name"),
    [
        (charge_policy.dedupe_memory, "charging", "dedupe_days"),
        (control_policy.retention, "leakage", "retention_days"),
        (control_policy.bill_delay, "leakage", "bill_delay_hours"),
        (control_policy.count_delay, "leakage", "count_delay_hours"),
    ],
)
def test_a_stored_duration_is_held_to_ten_years(read, area, name, value):
    assert 0 < read(holding(area, name, value)) <= TEN_YEARS


@pytest.mark.parametrize("value", ["1e99999999", HUGE, "1/0", "-0.5", "wide"])
def test_a_stored_share_that_is_no_plain_number_leaves_the_default_in_force(value):
    assert control_policy.tolerance(holding("leakage", "tolerance_share", value)) == control_policy.tolerance(
        Catalogue()
    )


def test_a_count_with_thousands_of_digits_leaves_the_default_in_force():
    assert Rules("ticketing", holding("ticketing", "count", HUGE)).number("count", 7) == 7
    assert out_of(f"{HUGE}/{HUGE}", "3/5") == (3, 5)
