"""Free text is text: nothing that a person or an element wrote in its own words makes a record lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telassure.kernel.errors import InvalidInput
from telassure.kernel.fields import LONGEST_FREE_TEXT, free_text


def test_al16_text_multiline_newline_is_kept_as_it_was_written() -> None:
    assert free_text("LOS on port 3\n\tsee runbook\n", "text") == "LOS on port 3\n\tsee runbook\n"


def test_al11_unicode_is_kept_as_it_was_written() -> None:
    assert free_text("Störung 🔥 断线 انقطاع", "text") == "Störung 🔥 断线 انقطاع"


def test_text_beyond_the_limit_is_cut_with_a_mark_that_says_how_long_it_was() -> None:
    cut = free_text("x" * 5_000, "text")
    assert (len(cut), cut[-20:]) == (LONGEST_FREE_TEXT, "x … [5000 characters]"[-20:])


@pytest.mark.parametrize("written", ["\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_every_line_break_becomes_the_same_one(written: str) -> None:
    assert free_text(f"a{written}b", "text") == "a\nb"


def test_what_no_screen_shows_is_replaced_by_a_mark() -> None:
    assert free_text("a\x00b\x1b[2Jc\u202ed\udcff", "text") == "a\ufffdb\ufffd[2Jc\ufffdd\ufffd"


@pytest.mark.parametrize("nothing", [None, "", "  \n"])
def test_no_words_are_an_empty_text(nothing: object) -> None:
    assert free_text(nothing, "text") == ""


def test_what_is_no_text_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="text is int, not text"):
        free_text(5, "text")


@given(st.text(max_size=200) | st.text(min_size=LONGEST_FREE_TEXT - 3, max_size=LONGEST_FREE_TEXT + 3))
def test_every_text_is_taken_and_reading_it_again_changes_nothing(written: str) -> None:
    once = free_text(written, "text")
    assert len(once) <= LONGEST_FREE_TEXT
    assert free_text(once, "text") == once
    once.encode()
