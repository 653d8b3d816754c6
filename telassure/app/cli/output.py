"""What every command does with its result and its errors: one JSON object, or words; exit 0, 1 or 2."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from telassure.kernel.errors import ConfigurationError, TelassureError

notes = Console(stderr=True)


def show(result: Mapping[str, Any], as_json: bool) -> None:
    """The result on standard output: exactly one JSON object, or a table for a person."""
    if as_json:
        sys.stdout.write(orjson.dumps(result, option=orjson.OPT_SERIALIZE_NUMPY).decode() + "\n")
        return
    table = Table(show_header=False, box=None)
    for name, value in result.items():
        table.add_row(name.replace("_", " "), f"{value:,}" if isinstance(value, int | float) else str(value))
    Console().print(table)


@contextmanager
def reasons() -> Iterator[None]:
    """Errors of ours as one line on standard error: exit 2 for wrong settings, 1 for the rest."""
    try:
        yield
    except ConfigurationError as wrong:
        notes.print(f"[red]{wrong}[/red]", highlight=False)
        raise typer.Exit(2) from None
    except TelassureError as failed:
        notes.print(f"[red]{failed}[/red]", highlight=False)
        raise typer.Exit(1) from None
