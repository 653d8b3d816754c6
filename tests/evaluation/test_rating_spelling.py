"""Rating cases in others' words: read as what they mean, or refused by name, never rated as something else."""

import pytest

from telassure.evaluation.rating.answer import answer
from telassure.evaluation.rating.spelling import event_as_ours, tariff_as_ours
from telassure.kernel.errors import InvalidInput
from tests.evaluation.test_rating_cases import FLAT, one

CALL = {"kind": "voice", "destination": "+4930", "start": "2026-03-02T12:00:00Z", "usage": 61}
MINUTE = {"rate": "0.10", "per": 60, "increment": 60}
TABLE = {
    "destinations": {"GERMANY": ["49"], "MOBILE": ["4917", "4915"]},
    "rows": [
        {"destination": "GERMANY", "rates": [MINUTE], "decimals": 4},
        {"destination": "MOBILE", "rates": [{**MINUTE, "rate": "0.30"}], "decimals": 4},
    ],
}


def without(event, *names):
    return {name: value for name, value in event.items() if name not in names}


@pytest.mark.parametrize(
    ("tariff", "event", "expect"),
    [
        (FLAT, {**without(CALL, "usage"), "duration": 61}, {"cost": "0.2"}),
        (FLAT, {**without(CALL, "usage", "start"), "units": 61, "time": "2026-03-02T12:00:00Z"}, {"cost": "0.2"}),
        ({"rows": [{"prefix": "49", **MINUTE, "decimals": 4}]}, CALL, {"cost": "0.2"}),
        ({"rows": [{"prefix": ["33", "49"], "rates": [{"rate": "0.10", "per_s": 60, "increment_s": 60}]}]}, CALL,
         {"cost": "0.2"}),
        (TABLE, CALL, {"cost": "0.2"}),
        (TABLE, {**CALL, "destination": "+49171"}, {"cost": "0.6"}),
        ({"type": "volume", "tiers": [{"from": 0, "to": 10, "rate": "2"}, {"from": 10, "rate": "1"}]},
         {"kind": "aggregate", "quantity": 11}, {"cost": "11"}),
        ({"model": "graduated", "tiers": [{"from_value": 0, "to_value": 10, "per_unit_amount": "2"},
         {"from_value": 11, "to_value": "inf", "per_unit_amount": "1", "flat_amount": "3"}]},
         {"kind": "aggregate", "quantity": 12}, {"cost": "25"}),
        ({"model": "package", "size": 100, "price": "5"}, {"kind": "aggregate", "quantity": 101}, {"cost": "10"}),
        (FLAT, {**without(CALL, "usage"), "kind": "session", "updates": [{"used": 50}, {"used": 60}], "final": 10},
         {"cost": "0.2"}),
    ],
)  # fmt: skip
def test_a_case_in_other_words_is_rated_as_what_it_means(tmp_path, tariff, event, expect):
    assert one(tmp_path, tariff, event, expect)["failures"] == []


@pytest.mark.parametrize(
    ("tariff", "event", "says"),
    [
        (FLAT, without(CALL, "usage"), "the event states no usage"),
        (FLAT, {**CALL, "duration": 62}, "and duration"),
        ({"rows": [{"prefix": "49"}]}, CALL, "row 0 states no rate"),
        ({"rows": [{"destination": "ITALY", **MINUTE}]}, CALL, 'names destination "ITALY"'),
        ({"model": "volume", "tiers": [{"to": 10, "rate": "2"}, {"from": 20, "rate": "1"}]},
         {"kind": "aggregate", "quantity": 11}, "tier 2 begins at"),
        (FLAT, {**CALL, "kind": "rerate"}, "re-rating needs two tariffs"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_by_name(tmp_path, tariff, event, says):
    [failure] = one(tmp_path, tariff, event, {"cost": "1"})["failures"]

    assert says in failure["got"]["error"]


@pytest.mark.parametrize(("rate", "delta"), [("0.30", "0.4"), ("0.05", "-0.1")])
def test_rerating_tells_the_correction_between_what_it_cost_and_what_it_costs(rate, delta):
    other = {"rows": [{"prefix": "49", **MINUTE, "rate": rate}]}
    event = {**CALL, "kind": "rerate", "old_tariff": "old", "new_tariff": "new"}

    found = answer({"event": event, "expect": {}}, {"old": FLAT, "new": other}).values

    assert (found["new_cost"] - found["old_cost"], str(float(found["delta"]))) == (found["correction"], delta)


def test_our_own_words_stay_as_they_are():
    assert (event_as_ours(CALL), tariff_as_ours(FLAT, "t")) == (CALL, FLAT)


def test_two_words_for_one_thing_that_agree_are_one():
    assert event_as_ours({"usage": 5, "units": 5}) == {"usage": 5}


def test_a_row_without_a_rate_is_refused_before_it_rates_anything():
    with pytest.raises(InvalidInput, match="states no rate"):
        tariff_as_ours({"rows": [{}]}, "t")
