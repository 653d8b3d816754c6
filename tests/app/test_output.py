"""What commands print: whole into a pipe, and on a terminal of 80 columns without losing an id."""

import io

import pytest
from rich.console import Console

from telassure.app.cli import output
from telassure.kernel.errors import InvalidInput
from telassure.kernel.identity import derive_id
from telassure.kernel.ports import Listing

IDS = [derive_id("letter", number) for number in range(3)]
REASON = "the account a-77 [closed] of row 3 is not in the catalogue; send its account first and then the usage again"
COLUMNS = ("id", "time", "place", "operator", "reason")
LINES = [
    {"id": name, "time": "2026-05-01T10:00:00Z", "place": "usage.csv:17", "operator": "rate", "reason": REASON}
    for name in IDS
]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def printed(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, columns: int = 80) -> None:
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")


def test_letters_list_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    printed(monkeypatch, pipe)
    output.print_lines(COLUMNS, LINES)
    lines = pipe.getvalue().splitlines()
    assert [line.split()[0] for line in lines[1:]] == IDS
    assert all(REASON in line for line in lines[1:])


@pytest.mark.parametrize("columns", [40, 80, 100])
def test_letters_list_in_80_columns(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    terminal = Terminal()
    printed(monkeypatch, terminal, columns)
    output.print_lines(COLUMNS, LINES)
    lines = terminal.getvalue().splitlines()
    assert max(len(line.rstrip()) for line in lines) <= columns
    assert [line.split()[1] for line in lines if line.startswith("id:")] == IDS
    assert REASON.split() == [word for line in lines[4:] for word in line.split()][1 : 1 + len(REASON.split())]


def test_what_fits_a_terminal_is_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    printed(monkeypatch, terminal)
    output.print_lines(("id", "operator"), LINES)
    assert [line.split() for line in terminal.getvalue().splitlines()[1:]] == [[name, "rate"] for name in IDS]


def test_no_lines_are_their_heads(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    printed(monkeypatch, pipe)
    output.print_lines(("episode_id", "rank"), [])
    assert pipe.getvalue().split() == ["episode", "id", "rank"]


def test_a_text_of_several_lines_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    printed(monkeypatch, pipe)
    output.print_lines(("id", "reason"), [{"id": "x", "reason": "one\ntwo"}])
    assert pipe.getvalue().splitlines()[1].split() == ["x", "one", "two"]


def test_a_result_in_a_pipe_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    printed(monkeypatch, pipe)
    output.show({"verdicts": IDS, "scope": "series"}, as_json=False)
    assert str(IDS) in pipe.getvalue().splitlines()[0]


def test_an_error_is_one_line_as_it_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(output, "notes", Console(file=said, width=80))
    with pytest.raises(BaseException, match="1"), output.reasons():
        raise InvalidInput(f"several ids begin so: {', '.join(IDS)}; [bold]write more[/]", "3f")
    assert said.getvalue().splitlines() == [f"3f: several ids begin so: {', '.join(IDS)}; [bold]write more[/]"]


@pytest.mark.parametrize(
    ("listing", "said"),
    [
        (Listing(["a"] * 40, 100, "W10"), "40 of 100; the next: --after W10\n"),
        (Listing(["a"] * 20, 100, ""), "20 of 100\n"),
        (Listing(["a"] * 2, 2, ""), ""),
    ],
)
def test_a_list_that_is_cut_says_how_many_of_how_many(
    monkeypatch: pytest.MonkeyPatch, listing: Listing[str], said: str
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(output, "notes", Console(file=stream, width=80))
    output.tell_of_the_rest(listing)
    assert stream.getvalue() == said
