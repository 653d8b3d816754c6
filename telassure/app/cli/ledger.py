"""`telassure ledger …`: is the ledger of charges what was appended to it, and does it come to the balances?"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from telassure import wiring
from telassure.app.cli.output import reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured

ledger_app = typer.Typer(help="The ledger of charges.\n\nExample: telassure ledger verify --json", no_args_is_help=True)


@ledger_app.callback()
def ledger() -> None:
    """The ledger of charges.

    Example: telassure ledger verify --json
    """


@ledger_app.command("verify")
def verify(
    since: Annotated[
        Path | None,
        typer.Option("--since", exists=True, dir_okay=False, help="What an earlier verify printed as JSON."),
    ] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Look at every line of the ledger, archived ones too: each is as it was appended, none is missing, and the lines
    of each account come to the change of its balance. Exit 1 where that is not so.

    Who can write to the database could make up a whole new chain. Keep what this prints elsewhere, and give it with
    --since: a chain that does not go through where it stood then is not the one that was looked at.

    Example: telassure ledger verify --json
    """
    with reasons():
        found = wiring.audited_ledger(configured(config), since)
        show(asdict(found) | {"ok": found.ok, "first_bad": found.first_bad or None}, as_json)
        if not (found.ok and found.sum_equals_balance_change):
            raise typer.Exit(1)
