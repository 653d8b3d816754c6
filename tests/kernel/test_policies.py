"""What a policy's declaration yields: typed reading of the narrowest value, and refusal of what is no such value."""

from contextlib import suppress
from fractions import Fraction
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.catalogue import Catalogue
from streams.operators.policy_register import policies
from telassure.kernel.errors import ConfigurationError, InvalidInput
from telassure.kernel.events import PolicyValue
from telassure.kernel.instant import DAY, HOUR, SECOND
from telassure.kernel.policies import (
    ANY,
    COUNT_OF,
    COUNTRIES,
    DATES,
    DAYS,
    DOMAIN,
    FEED,
    FINE_DAYS,
    FINE_SECONDS,
    GENERAL,
    HOURS,
    JSON_OBJECT,
    NUMBER,
    ON_OFF,
    PAYMENT,
    RATIO,
    SECONDS,
    WHOLE,
    WINDOWS,
    YES_NO,
    ZONE,
    Bound,
    OneOf,
    Policy,
    Range,
    Text,
    written,
)
from tests.adding import added

PATIENCE = Policy("desk", "patience_seconds", SECONDS, "60", Range(1, 600), "for a test", (GENERAL, DOMAIN))
TYPES = (WHOLE, NUMBER, RATIO, COUNT_OF, SECONDS, HOURS, DAYS, FINE_SECONDS, FINE_DAYS, ON_OFF, YES_NO, ZONE, DATES)
TYPES += (WINDOWS, COUNTRIES, JSON_OBJECT, Bound(inf), OneOf(("one", "two")), Text("a letter", "a", "[a-z]"))
HUGE = "9" * 5_000


def holding(*entries: tuple[str, str]) -> Catalogue:
    """The texts and selectors of the policy of this test, as they are stored."""
    catalogue = Catalogue()
    catalogue.apply([PolicyValue(*PATIENCE.place, text, selector) for text, selector in entries])
    return catalogue


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (WHOLE, "-12", -12),
        (NUMBER, "0.5", 0.5),
        (RATIO, "1/200", Fraction(1, 200)),
        (RATIO, "0.005", Fraction(1, 200)),
        (COUNT_OF, "3/5", (3, 5)),
        (SECONDS, "90", 90 * SECOND),
        (HOURS, "36", 36 * HOUR),
        (DAYS, "35", 35 * DAY),
        (FINE_SECONDS, "0.5", SECOND // 2),
        (FINE_DAYS, "1.5", 36 * HOUR),
        (ON_OFF, "off", False),
        (YES_NO, "yes", True),
        (ZONE, "Asia/Tokyo", "Asia/Tokyo"),
        (DATES, "1970-01-03,1970-01-02", (1, 2)),
        (COUNTRIES, "KE,DE-BY,KE", ("DE-BY", "KE")),
        (COUNTRIES, "none", ()),
        (Bound(-inf), "none", -inf),
        (Bound(-inf), "-3.5", -3.5),
    ],
)
def test_each_type_reads_its_own_texts(kind, text, value):
    assert Policy("a", "b", kind, text, ANY, "").value(f" {text} ") == value


@pytest.mark.parametrize("text", ["soon", "", "1e9", "1_000", "٣", "nan", HUGE, "1/0", "?!", "-"])
@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name[:20])
def test_a_text_that_is_none_of_its_type_is_refused_with_what_to_write(kind, text):
    if (kind, text) in ((DATES, ""), (WINDOWS, ""), (COUNTRIES, "")):
        pytest.skip("no text is an empty list")
    with pytest.raises(InvalidInput, match=r"policy a\.b: .*write "):
        Policy("a", "b", kind, kind.example, ANY, "").value(text)


@given(st.sampled_from(TYPES), st.text(max_size=30))
def test_no_text_breaks_a_type(kind, text):
    with suppress(InvalidInput):
        Policy("a", "b", kind, kind.example, Range(0, 5), "").value(text)


@pytest.mark.parametrize(("text", "range_said"), [("0", "1 to 600 seconds"), ("601", "1 to 600 seconds")])
def test_a_value_out_of_range_is_refused_with_the_range(text, range_said):
    with pytest.raises(InvalidInput, match=f"out of range; {range_said}"):
        PATIENCE.value(text)


@pytest.mark.parametrize(("kind", "most"), [(SECONDS, 315_360_000), (HOURS, 87_600), (DAYS, 3_650), (FINE_DAYS, 3_650)])
def test_a_length_of_time_has_at_most_ten_years(kind, most):
    policy = Policy("a", "b", kind, "1", ANY, "")
    assert policy.value(str(most)) == 3_650 * DAY
    with pytest.raises(InvalidInput, match="out of range"):
        policy.value(str(most + 1))


def test_the_narrowest_value_that_was_set_is_in_force():
    catalogue = holding(("30", ""), ("10", "north"))
    found = [PATIENCE.of(catalogue, *selectors) for selectors in (("north",), ("south",), (), ("", "north"))]
    assert found == [10 * SECOND, 30 * SECOND, 30 * SECOND, 10 * SECOND]


def test_the_first_selector_that_has_a_value_wins():
    assert PATIENCE.of(holding(("30", "b"), ("10", "a")), "a", "b") == 10 * SECOND


def test_a_change_is_read_at_once():
    catalogue = holding(("30", ""))
    before = PATIENCE.of(catalogue, "north")
    catalogue.apply([PolicyValue(*PATIENCE.place, "20", "north")])
    assert (before, PATIENCE.of(catalogue, "north")) == (30 * SECOND, 20 * SECOND)


@given(st.lists(st.sampled_from(["north", "south", "", "x"]), max_size=8), st.integers(1, 600))
def test_reading_again_gives_the_same(selectors, seconds):
    catalogue = holding((str(seconds), "north"))
    assert [PATIENCE.of(catalogue, each) for each in selectors] == [
        seconds * SECOND if each == "north" else 60 * SECOND for each in selectors
    ]


def test_readings_are_kept_within_bounds():
    catalogue = Catalogue()
    for number in range(25_000):
        PATIENCE.of(catalogue, f"domain-{number}")
    assert len(catalogue.readings[PATIENCE]) <= 10_000


@pytest.mark.parametrize("text", ["soon", "0", "601", HUGE])
def test_a_stored_value_that_cannot_be_read_leaves_the_default_in_force(text):
    assert PATIENCE.of(holding((text, "north"), ("30", "")), "north") == 60 * SECOND


def test_selectors_that_begin_so_may_have_another_default():
    policy = Policy("a", "b", SECONDS, "60", ANY, "", (GENERAL, FEED), defaults=(("replay:", "5"),))
    assert [policy.of(Catalogue(), feed) for feed in ("ems", "replay:x")] == [60 * SECOND, 5 * SECOND]


def test_the_default_may_be_another_policys_value():
    wider = Policy("desk", "patience_seconds", SECONDS, "60", ANY, "")
    narrow = Policy("c", "d", SECONDS, "1", ANY, "", otherwise=wider)
    assert narrow.of(holding(("30", ""))) == 30 * SECOND


@pytest.mark.parametrize(
    ("by", "selector", "says"),
    [
        ((GENERAL,), "north", "holds everywhere"),
        ((GENERAL, DOMAIN), "site-*", "write a domain"),
        ((GENERAL, PAYMENT), "cash", "prepaid, postpaid"),
        ((PAYMENT,), "", "write a payment"),
    ],
)
def test_a_selector_that_a_policy_cannot_have_is_refused(by, selector, says):
    with pytest.raises(InvalidInput, match=says):
        Policy("a", "b", SECONDS, "1", ANY, "", by).judge_selector(selector)


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (0.00001, "0.00001"), ("3/5", "3/5"), (" no ", "no"), (-1, "-1")]
)
def test_a_value_from_outside_becomes_text(value, text):
    assert written(value) == text


@pytest.mark.parametrize("value", [None, [], {}, "", "a\nb", "x" * 5_000])
def test_what_is_no_text_and_no_number_is_no_value(value):
    with pytest.raises(InvalidInput, match="value"):
        written(value)


@pytest.mark.parametrize("policy", policies().values(), ids=str)
def test_every_declared_policy_takes_its_own_default_and_says_what_it_is_for(policy):
    for text in (policy.default, *(text for _, text in policy.defaults)):
        policy.value(text)
    assert policy.text
    assert policy.text[0].islower()
    assert policy.type.of_range(policy.range) or policy.range == ANY


TWICE = """
from telassure.kernel.policies import ANY, YES_NO, Policy
AGAIN = Policy("leakage", "billed", YES_NO, "no", ANY, "the same once more")
"""


def test_a_policy_that_is_declared_twice_is_refused(tmp_path):
    with (
        added("streams/hosts/policies.py", TWICE, tmp_path),
        pytest.raises(ConfigurationError, match=r"leakage\.billed is declared twice"),
    ):
        policies()
