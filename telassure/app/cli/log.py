"""`telassure log …`: is the log what was written, and going on with it where it is not."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from telassure import wiring
from telassure.app.cli.output import notes, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured

log_app = typer.Typer(help="The log of everything that came in.\n\nExample: telassure log verify", no_args_is_help=True)


@log_app.callback()
def log() -> None:
    """The log of everything that came in.

    Example: telassure log verify
    """


@log_app.command("verify")
def verify(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Look at every record of the log: each is the one that was written, and none is missing. Exit 1 where one is.

    Example: telassure log verify --json
    """
    with reasons():
        found = wiring.audited_log(configured(config))
        show({"entries": found.entries, "ok": found.ok, "first_bad": found.first_bad or None}, as_json)
        if not found.ok:
            raise typer.Exit(1)


@log_app.command("adopt")
def adopt(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Accept the log as it is from now on, where it was lost, replaced, shortened or changed, and name what is known to
    be lost. Restore it instead where there is a backup: what was not applied yet is lost for good after this.

    Example: telassure log adopt --yes
    """
    with reasons():
        settings = configured(config)
        if not yes:
            typer.confirm("Records that were acknowledged and not applied are given up. Go on?", abort=True, err=True)
        found = wiring.adopt_log(settings)
        lines = [_line(each) for each in found.streams]
        show({"adopted": len(lines), "partitions": lines, "unread": list(found.unread)}, as_json)
        for line in lines:
            told = ", ".join(f"{first} to {last}" for first, last in line["lost"]) or "nothing that was not applied"
            notes.print(f"{line['topology']}[{line['partition']}]: lost {told}", highlight=False)
        for name in found.unread:
            notes.print(f"{name}.db cannot be read; mend it, then run this again", highlight=False)


def _line(each: Any) -> dict[str, Any]:
    line = asdict(each)
    del line["mark"]
    return {**line, "goes_on_at": each.mark.offset + 1}
