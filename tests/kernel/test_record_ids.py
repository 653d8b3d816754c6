"""The id of a record has one spelling: what no eye tells apart is one."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telassure.kernel.errors import InvalidInput
from telassure.kernel.fields import record_id

LETTERS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20)
INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u2060\u2062\ufe0f\ufeff\u3164\U000e0041"


def spelt(value):
    """The one spelling, or None for what is no id."""
    try:
        return record_id(value, "id")
    except InvalidInput:
        return None


@given(LETTERS)
def test_a_spelling_is_its_own_spelling(found):
    once = spelt(found)
    assert once is None or spelt(once) == once


@given(LETTERS, st.sampled_from(INVISIBLE), st.integers(0, 20))
def test_a_character_that_no_screen_shows_changes_no_id(found, unseen, place):
    assert spelt(found[:place] + unseen + found[place:]) == spelt(found)


@given(LETTERS)
def test_composed_and_decomposed_letters_are_one_id(found):
    assert spelt(normalize("NFD", found)) == spelt(normalize("NFC", found))


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u2003", "\u202f", "\u3000"])
def test_blanks_around_an_id_are_none_of_it_and_one_within_is_a_blank(blank):
    assert record_id(f"{blank}x{blank}9{blank}", "id") == "x 9"


@pytest.mark.parametrize("empty", ["", " ", "\u200b", "\u00a0\u200d", "\ufeff"])
def test_an_id_of_nothing_that_is_seen_is_refused(empty):
    with pytest.raises(InvalidInput, match="id is empty"):
        record_id(empty, "id")


@pytest.mark.parametrize("value", [7, None, "x\n9", "x\u202e9"])
def test_what_is_no_text_or_steers_a_screen_is_refused(value):
    with pytest.raises(InvalidInput):
        record_id(value, "id")
