"""Refused rows of an envelope: a few of one cause have a letter each, many share one that holds them all."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.catalogue import Catalogue
from streams.operators.charging.rate import Rate
from streams.rated_usage import refused_rows
from telassure.kernel.causes import ALONE, CAUSES, EACH
from telassure.kernel.codec import decode
from telassure.kernel.events import DeadLetter, UsageRecords


def usage(accounts, volume=60):
    count = len(accounts)
    zero = np.zeros(count, np.int32)
    names = tuple(dict.fromkeys(accounts))
    return UsageRecords(
        feed="cdr",
        accounts=names,
        subscribers=("", "never used"),
        services=("voice",),
        destinations=("", "49"),
        switches=("m",),
        record_id=tuple(f"c-{n}" for n in range(count)),
        account=np.array([names.index(account) for account in accounts], np.int32),
        subscriber=zero,
        service=zero,
        destination=zero + 1,
        switch=zero,
        time=np.arange(count, dtype=np.int64),
        volume=np.full(count, volume, np.int64),
        late=np.ones(count, np.bool_),
    )


def rated(several) -> list[DeadLetter]:
    return [each for each in Rate(Catalogue()).step([several], None, 0) if isinstance(each, DeadLetter)]


def records_in(letters) -> list[str]:
    return sorted(record for letter in letters for record in decode(letter.kind, letter.payload).record_id)


@pytest.mark.parametrize("names", [[f"ghost-{n}" for n in range(900)], ["gone"] * 900, [""] * 900])
def test_many_rows_of_unknown_accounts_share_one_letter_that_holds_them_all(names):
    several = usage(names)
    (letter,) = rated(several)
    kept = decode(letter.kind, letter.payload)
    assert (letter.rows, kept.record_id) == (900, several.record_id)
    assert [kept.accounts[code] for code in kept.account.tolist()] == names
    assert letter.reason.startswith("900 rows, all of them kept here: ")


def test_a_few_rows_of_one_cause_have_a_letter_each():
    assert [letter.position for letter in rated(usage([f"ghost-{n}" for n in range(EACH)]))] == [
        f"c-{n}" for n in range(EACH)
    ]


def test_a_shared_letter_is_small():
    (letter,) = rated(usage([f"ghost-{n}" for n in range(1_000)]))
    assert len(letter.payload) < 40 * 1_000


def test_the_same_rows_in_another_envelope_are_the_same_letter():
    several = usage([f"ghost-{n % 40}" for n in range(100)])
    turned = replace(several, accounts=several.accounts[::-1], account=(39 - several.account).astype(np.int32))
    assert [letter.letter_id for letter in rated(several)] == [letter.letter_id for letter in rated(turned)]


def test_a_shared_letter_refused_again_is_the_same_letter():
    (letter,) = rated(usage([f"ghost-{n}" for n in range(50)]))
    (again,) = rated(decode(letter.kind, letter.payload))
    assert again == letter


causes = st.lists(st.tuples(st.text("abcdefghij", min_size=1, max_size=3), st.integers(1, 60)), min_size=1, max_size=60)


@given(causes)
def test_every_refused_row_is_in_one_letter_and_letters_are_bounded(several):
    found = [cause for cause, count in several for _ in range(count)]
    letters = list(refused_rows("rate", usage(["a"] * len(found)), list(enumerate(found))))
    assert records_in(letters) == sorted(f"c-{n}" for n in range(len(found)))
    assert sum(letter.rows for letter in letters) == len(found)
    assert len(letters) <= ALONE + CAUSES + 1
