"""`telassure doctor`: what is wrong with this installation, and how to mend it."""

import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from telassure.app.cli.settings import AsJson, ConfigFile
from telassure.app.diagnosis.check import SECONDS, Result
from telassure.app.diagnosis.installation import diagnose


def doctor(
    config: ConfigFile = None,
    as_json: AsJson = False,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long each check may take; they run at once.")] = SECONDS,
) -> None:
    """What is wrong with this installation and how to mend it; looks only. Exit 0 where all is well, 1 where not.

    Example: telassure doctor --json
    """
    logging.getLogger().addHandler(logging.NullHandler())  # what a library says of a broker is in the finding
    results = diagnose(config, seconds)
    if as_json:
        sys.stdout.write(orjson.dumps({"checks": [asdict(each) for each in results]}).decode() + "\n")
        sys.stdout.flush()
    else:
        _print(results)
    raise typer.Exit(0 if all(each.ok for each in results) else 1)


def _print(results: Sequence[Result]) -> None:
    table = Table(box=None, show_header=False)
    for each in results:
        said = each.found if each.ok else f"{each.found}\n→ {each.mend}"
        table.add_row(Text("ok" if each.ok else "WRONG", style="green" if each.ok else "red"), each.name, Text(said))
    Console().print(table)
