"""`telassure backup` and `restore`: a copy of a running home, and a home made of it, proven by digests."""

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from telassure import wiring
from telassure.app.cli.output import complain, notes, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.kernel.ports import Deed


def backup(
    to: Annotated[Path, typer.Argument(help="The folder of backups; it is made where it is not there.")],
    secrets: Annotated[
        bool, typer.Option("--secrets", help="Tokens and the pseudonym key too; guard the folder.")
    ] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Copy the home into a folder of backups while it runs; only what has changed since the last is written.

    Example: telassure backup /mnt/backups
    """
    with reasons():
        settings = configured(config)
        if settings.home.exists():
            taken = "with secrets" if secrets else "without secrets"
            wiring.audit_trail(settings).record(Deed(getpass.getuser(), "export backup", str(to), taken))
        made = wiring.backup(settings, to, secrets)
        show(asdict(made), as_json)
        for each in made.left_out:
            notes.print(f"not in it: {each}", highlight=False)


def restore(
    source: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of backups.")],
    to: Annotated[
        Path | None, typer.Argument(metavar="[HOME]", help="The home to make; it must not be there yet.")
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Only look at the backup, and prove it.")] = False,
    name: Annotated[str, typer.Option("--backup", help="Which one; the newest without it.")] = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Make a home of a backup, or with --verify only prove that one can be made: every piece, every database, and the
    digest of all that it says. What PostgreSQL and InfluxDB kept goes into those that the settings name.

    Example: telassure restore /mnt/backups --verify
    """
    with reasons():
        if (to is None) is not verify:
            raise typer.BadParameter("name the home to make, or give --verify")
        found = wiring.prove(source, name) if to is None else wiring.restore(source, configured(config, to), name)
        show({"ok": found.ok, **asdict(found)}, as_json)
        for each in found.left_out:
            notes.print(f"not in it: {each}", highlight=False)
        for each in found.differences:
            complain(each)
        if not found.ok:
            raise typer.Exit(1)
