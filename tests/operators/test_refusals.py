"""A refusal is one letter however often its input comes, and says where the input was found."""

import numpy as np
import pytest

from streams.rated_usage import refused_row
from streams.refusals import for_good, refused
from telassure.kernel.codec import decode
from telassure.kernel.events import BilledLine, Measurements
from telassure.kernel.instant import DAY
from telassure.kernel.money import Money
from tests.conformance.cases._charging import envelope, recharge, switch_count

LINE = BilledLine("l-1", "b", "bills", "a-1", "voice", 0, DAY, 1, Money(5, "EUR"), 77)


def rows(*numbers):
    codes, times = np.array(numbers, np.int32), np.array([60_000_000 * n for n in numbers])
    counts = np.zeros(len(numbers), np.int32)
    values, suspect = np.ones(len(numbers)), np.zeros(len(numbers), bool)
    return Measurements("north", "pm", 0, ("c-0", "c-1", "c-2"), ("load",), codes, counts, times, values, suspect)


@pytest.mark.parametrize(
    ("event", "position"),
    [
        (recharge(3, 0, 1, 5), "r-3"),
        (LINE, "l-1"),
        (switch_count(4, 2, 1, 1), "n-4"),
        (envelope("cdr", [(7, 0, 0, 1, 5)]), "c-7"),
    ],
)
def test_a_letter_names_what_it_refuses_by_its_own_id(event, position):
    assert refused("control", event, "wrong", "here").position == position


def test_a_letter_of_rows_names_the_series_and_time_of_the_first():
    letter = refused("anomaly", rows(1, 2), "full", "row 4")

    assert (letter.position, letter.place, letter.time) == ("north 1970-01-01T00:01:00Z c-1 load", "row 4", 60_000_000)


def test_the_same_input_refused_twice_is_one_letter_and_by_another_operator_another():
    letters = [
        refused(operator, LINE, reason, "").letter_id for operator, reason in (("a", "x"), ("a", "y"), ("b", "x"))
    ]

    assert letters[0] == letters[1] != letters[2]


def test_a_row_of_usage_is_the_same_letter_in_whatever_envelope_it_came():
    alone = refused_row("rate", envelope("cdr", [(7, 0, 0, 1, 5)]), 0, "why")
    among = refused_row("rate", envelope("cdr", [(3, 1, 1, 2, 9), (7, 0, 0, 1, 5)]), 1, "why")

    assert among == alone


def test_the_payload_of_a_letter_is_the_event_to_be_put_in_again():
    letter = refused("unbilled_usage", LINE, "wrong", "")

    assert decode(letter.kind, letter.payload) == LINE


def test_what_is_refused_for_good_keeps_its_payload_and_may_not_be_replayed():
    letter = refused("charge", LINE, "wrong", "")

    assert (for_good(letter).kind, for_good(letter).payload) == ("", letter.payload)
