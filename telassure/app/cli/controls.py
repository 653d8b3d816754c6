"""`telassure controls …`: what watches the money, who answers for it, and what is open."""

import sys
from contextlib import closing
from dataclasses import asdict
from typing import Annotated, Final

import typer

from telassure import wiring
from telassure.app.cli.control_lines import ControlLine, lines, page
from telassure.app.cli.output import print_lines, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured

controls_app = typer.Typer(
    help="Controls of money: what may get lost on the way, and what has.\n\nExample: telassure controls list",
    no_args_is_help=True,
)
_COLUMNS: Final = ("control", "state", "open", "disputed", "money_at_risk", "recovered", "owner", "policies")


@controls_app.callback()
def controls() -> None:
    """Controls of money: what may get lost on the way, and what has.

    Example: telassure controls list
    """


@controls_app.command("list")
def list_controls(
    markdown: Annotated[bool, typer.Option("--markdown", help="The declarations as docs/controls.md.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Every control with its owner, what it compares and when, the policies in force, and what is open.

    Example: telassure controls list --json
    """
    if markdown:
        sys.stdout.write(page())
        return
    with reasons():
        settings = configured(config)
        wiring.home(settings)
        with wiring.opened_log(settings) as log:
            values = wiring.CatalogueFollower(settings, log).policies
        with closing(wiring.reader(settings)) as reader:
            found = lines(reader, values)
        if as_json:
            show({"controls": [asdict(line) for line in found]}, as_json)
            return
        print_lines(_COLUMNS, [_shown(line) for line in found])


def _shown(line: ControlLine) -> dict[str, str]:
    rules = {**line.schedule, **line.threshold}
    return {
        "control": line.control,
        "state": line.state,
        "open": f"{line.open:,}",
        "disputed": f"{line.disputed:,}",
        "money_at_risk": ", ".join(line.amounts.values()),
        "recovered": f"{line.recovered:,}",
        "owner": line.owner,
        "policies": ", ".join(f"{policy} {value}" for policy, value in rules.items()),
    }
