"""The letters of refused rows: a few have one each, many of one cause share one that counts and samples them."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.batches.batch import Batch, Origin, Refusal
from ingestion.fields.privacy import Pseudonymiser
from ingestion.fields.terms import BadRow
from ingestion.letters import LetterBook
from telassure.kernel.causes import ALONE, CAUSES, EACH, SAMPLE
from telassure.kernel.instant import parse_instant

ORIGIN = Origin("files", "file:files:a.csv")
WHO = Pseudonymiser(b"a key of the tests")


class FixedClock:
    def now(self) -> int:
        return parse_instant("2026-06-01T12:00:00Z")


def letters(rejected=(), refused=(), body=None):
    body = body if body is not None else [{"severity": f"s-{n}", "subscriber": "491711234567"} for n in range(5_000)]
    batch = Batch("alarms", body, "7", refused=tuple(refused))
    return LetterBook(WHO, FixedClock()).of_batch(batch, ORIGIN, tuple(rejected))


def counted(letter) -> int:
    found = re.match(r"([\d,]+) rows, ", letter.reason)
    return int(found[1].replace(",", "")) if found else 1


@pytest.mark.parametrize(
    "reason", ["severity 's-{}' is not known", "time: {} is no time", 'unknown field "x{}"', "row-{}: it has no object"]
)
def test_many_rows_of_one_cause_share_one_letter(reason):
    (letter,) = letters([BadRow(n, reason.format(n)) for n in range(5_000)])
    assert counted(letter) == 5_000
    assert letter.place == ", ".join(f"row {n}" for n in range(SAMPLE)) + " and 4,990 more"
    assert letter.payload.count(b"\n") == SAMPLE - 1
    assert reason.format(0) in letter.reason


def test_many_lines_that_are_no_rows_share_one_letter():
    (letter,) = letters(refused=[Refusal(f"a.csv:{n}", f"the line has {n} fields, the header 4") for n in range(900)])
    assert (counted(letter), letter.payload) == (900, b"")


def test_a_few_rows_of_one_cause_have_a_letter_each():
    found = letters([BadRow(n, "severity is not known") for n in range(EACH)])
    assert [each.place for each in found] == [f"row {n}" for n in range(EACH)]


def test_a_flood_of_one_cause_costs_the_other_causes_nothing():
    found = letters([BadRow(n, "no time") for n in range(4_000)] + [BadRow(4_001, "no object")])
    assert [counted(each) for each in found] == [4_000, 1]
    assert found[1].reason == "no object"


def test_no_subscriber_is_in_a_sample():
    (letter,) = letters([BadRow(n, "no time") for n in range(100)])
    assert b"491711234567" not in letter.payload


def test_the_same_batch_makes_the_same_letters():
    rejected = [BadRow(n, f"no time {n}") for n in range(100)]
    assert letters(rejected) == letters(rejected)


causes = st.lists(st.tuples(st.text("abcdefghij", min_size=1, max_size=3), st.integers(1, 60)), max_size=60)


@settings(deadline=None)
@given(causes)
def test_every_row_is_counted_in_one_letter_and_letters_are_bounded(several):
    reasons = [cause for cause, count in several for _ in range(count)]
    found = letters([BadRow(n, reason) for n, reason in enumerate(reasons)])
    assert sum(map(counted, found)) == len(reasons)
    assert len(found) <= ALONE + CAUSES + 1
    assert len({each.letter_id for each in found}) == len(found)
