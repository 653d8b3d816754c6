"""Log lines that repeat themselves: the first are written, the others counted, and none is lost from the count."""

import io
import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telassure.observe.repetition import QuietStream, Repetition


class Desk:
    """A logger's handler over a text in memory, with records of chosen times."""

    def __init__(self, **bounds: float) -> None:
        self.text = io.StringIO()
        self.handler = QuietStream(self.text, Repetition(**bounds))

    def write(self, message: str, at: float, *args: object) -> None:
        record = logging.LogRecord("edge", logging.WARNING, __file__, 1, message, args, None)
        record.created = at
        self.handler.handle(record)

    @property
    def lines(self) -> list[str]:
        return self.text.getvalue().splitlines()


def counted(line: str) -> int:
    """How many records a line stands for."""
    found = re.search(r"… and ([\d,]+) such lines", line)
    return int(found[1].replace(",", "")) if found else 1


def test_a_flood_of_one_message_is_told_in_one_line_when_its_span_is_over():
    desk = Desk(lines=3, seconds=10)
    for number in range(1_207):
        desk.write("no room for connection %d", 100.0, number)
    desk.write("another", 111.0)
    assert len(desk.lines) == 5
    assert desk.lines[3] == "no room for connection 1206 … and 1,204 such lines in all that are not written"


def test_messages_do_not_cost_each_other_their_lines():
    desk = Desk(lines=1, seconds=10)
    for message in ["a", "a", "b", "a", "c"]:
        desk.write(message, 5.0)
    assert desk.lines == ["a", "b", "c"]


def test_what_was_kept_back_is_told_when_the_handler_closes():
    desk = Desk(lines=1, seconds=10)
    desk.write("a", 5.0)
    desk.write("a", 5.0)
    desk.handler.close()
    assert [counted(line) for line in desk.lines] == [1, 1]
    assert "… and 1 such lines" in desk.lines[1]


def test_a_clock_that_is_put_back_ends_no_message_for_good():
    desk = Desk(lines=1, seconds=10)
    for at in (1_000.0, 1_000.0, 5.0, 6.0, 16.0):
        desk.write("a", at)
    assert [line for line in desk.lines if "…" not in line] == ["a", "a", "a"]


@pytest.mark.parametrize("known", [1, 3])
@given(written=st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 100)), max_size=60))
def test_every_record_is_written_or_counted(known, written):
    desk = Desk(lines=2, seconds=10, known=known)
    for message, at in written:
        desk.write(message, at)
    desk.handler.close()
    assert sum(map(counted, desk.lines)) == len(written)
