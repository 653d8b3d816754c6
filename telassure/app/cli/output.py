"""What every command does with its result and its errors: one JSON object, or words; exit 0, 1 or 2."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Final

import orjson
import typer
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from telassure.kernel.errors import ConfigurationError, TelassureError
from telassure.kernel.ports import Listing

notes = Console(stderr=True)
After = Annotated[str, typer.Option(help="Begin behind this place, which the listing before has named.")]
_GAP: Final = 2


def show(result: Mapping[str, Any], as_json: bool) -> None:
    """The result on standard output: exactly one JSON object, or a table for a person."""
    if as_json:
        sys.stdout.write(orjson.dumps(result, option=orjson.OPT_SERIALIZE_NUMPY).decode() + "\n")
        return
    console = Console(markup=False, highlight=False)
    texts = [(name.replace("_", " "), _shown(value)) for name, value in result.items()]
    if not console.is_terminal:
        console.width = max([console.width, *(sum(map(cell_len, line)) + 2 * _GAP for line in texts)])
    table = Table(show_header=False, box=None)
    for line in texts:
        table.add_row(*line)
    console.print(table)


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int | float) else _line(str(value))


def print_lines(columns: Sequence[str], lines: Sequence[Mapping[str, Any]]) -> None:
    """Lines for a person: a table where it fits the terminal, else one paragraph a line, in which no word and no id is
    cut. Into a pipe every line is whole."""
    console = Console(markup=False, highlight=False)
    texts = [[_line(str(line[column])) for column in columns] for line in lines]
    heads = [column.replace("_", " ") for column in columns]
    widths = [max(map(cell_len, column)) for column in zip(heads, *texts, strict=True)]
    whole = sum(widths) + _GAP * len(widths)
    if console.is_terminal and whole > console.width:
        for text in texts:
            _print_paragraph(console, heads, text)
        return
    console.width = max(whole, console.width)
    table = Table(*heads, box=None)
    for text in texts:
        table.add_row(*text)
    console.print(table)


def _line(text: str) -> str:
    """A text on one line, so that a line of ours is one in a pipe."""
    return " ".join(text.splitlines())


def _print_paragraph(console: Console, heads: Sequence[str], texts: Sequence[str]) -> None:
    for head, text in zip(heads, texts, strict=True):
        if text:
            console.print(Padding(f"{head}: {text}", (0, 0, 0, 0 if head == heads[0] else _GAP)))


def tell_of_the_rest(found: Listing[Any]) -> None:
    """How many of how many were printed, and how the next ones come."""
    if found.cut:
        rest = f"; the next: --after {found.after}" if found.after else ""
        notes.print(f"{found.said}{rest}", highlight=False, soft_wrap=True)


@contextmanager
def reasons() -> Iterator[None]:
    """Errors of ours as one line on standard error: exit 2 for wrong settings, 1 for the rest."""
    try:
        yield
    except ConfigurationError as wrong:
        complain(str(wrong))
        raise typer.Exit(2) from None
    except TelassureError as failed:
        complain(str(failed))
        raise typer.Exit(1) from None


def complain(text: str) -> None:
    """On one line and as it is: what it quotes may look like markup, and an id in it is not cut."""
    notes.print(text, style="red", markup=False, highlight=False, soft_wrap=True)
