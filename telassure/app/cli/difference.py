"""`telassure diff`: what a changed policy, tariff, model, rule or inventory would have made of a past day."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from telassure.app.cli.output import notes, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.kernel.instant import instant


def diff(  # one argument is one option
    day: Annotated[datetime, typer.Option("--day", formats=["%Y-%m-%d"], help="A past day (UTC) that the log holds.")],
    file: Annotated[
        Path,
        typer.Option("--with", metavar="FILE", help="What is to be different: JSON, TOML or CSV, as `load` takes."),
    ],
    days: Annotated[int, typer.Option(min=1, max=60, help="How many days from there.")] = 1,
    examples: Annotated[int, typer.Option(min=0, max=1000, help="Of each kind of difference.")] = 3,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """A past day through today's operators, once as it was and once with FILE in force from its beginning: which
    alarms, tickets, notices, charges and cases of leakage are added, removed or changed. Nothing is saved.

    FILE holds what `telassure load` takes: policies (of tickets, notices, correlation, detection and its models),
    tariffs, products, accounts, services and resources. For instance
    {"policies": [{"area": "ticketing", "name": "minimum_severity", "value": "5"}]}

    Example: telassure diff --day 2026-03-02 --with quieter.json --json
    """
    with reasons():
        settings = configured(config)
        from telassure.evaluation.difference.answer import compare_day

        found = compare_day(settings, instant(day), days, file, examples)
        if as_json:
            show(found, as_json)
            return
        rest = {name: value for name, value in found.items() if name not in ("examples", "missing")}
        show({name: _words(value) for name, value in rest.items()}, False)
        for each in found["examples"]:
            notes.print(
                f"{each['what']}, {each['change']}: {each['id']}", highlight=False, markup=False, soft_wrap=True
            )
        for each in found["missing"]:
            notes.print(each, highlight=False, markup=False, soft_wrap=True)


def _words(value: object) -> object:
    """Counts as a person reads them.

    >>> _words({"added": 1, "removed": 0})
    '1 added, 0 removed'
    """
    if not isinstance(value, dict):
        return value
    return ", ".join(
        f"{name} {_words(one)}" if isinstance(one, dict) else f"{one} {name}" for name, one in value.items()
    )
