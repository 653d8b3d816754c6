"""`telassure tariffs …`: what is wrong with a file of tariffs, before it is loaded."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from telassure import wiring
from telassure.app.cli.output import complain, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured

tariffs_app = typer.Typer(help="Files of tariffs.", no_args_is_help=True)


@tariffs_app.callback()
def tariffs() -> None:
    """Files of tariffs.

    Example: telassure tariffs check deck.csv --json
    """


@tariffs_app.command("check")
def check(
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="CSV, JSON or TOML, as `load` takes.")
    ],
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """What is wrong with files of tariffs, with line and mend; nothing is loaded. Ends with 1 where anything is.

    Beside what `load` refuses it names gaps and overlaps of a tariff's versions, and currencies that do not agree.

    Example: telassure tariffs check deck.csv --json
    """
    with reasons():
        from ingestion.sources.files.deck_check import check_deck

        settings = configured(config)
        zone, who = wiring.zone(settings), wiring.known_pseudonymiser(settings)
        found = [check_deck(file, zone, who) for file in files]
        errors = [asdict(fault) for each in found for fault in each.faults]
        counts = {"versions": sum(each.versions for each in found), "prices": sum(each.prices for each in found)}
        if as_json:
            show({"ok": not errors, "errors": errors, **counts}, as_json)
        else:
            show({"ok": "no" if errors else "yes", **counts}, as_json)
            for error in errors:
                complain(f"{error['place']}: {error['reason']}; {error['mend']}")
        if errors:
            raise typer.Exit(1)
