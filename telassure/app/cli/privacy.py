"""`telassure privacy …`: what is kept of a person, for the person."""

import getpass
import sys
from typing import Annotated, Final

import typer

from telassure import wiring
from telassure.app.cli.output import reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.kernel.ports import Deed

privacy_app = typer.Typer(help="What is kept of a person.", no_args_is_help=True)
_STANDARD_INPUT: Final = "-"


@privacy_app.callback()
def privacy() -> None:
    """What is kept of a person."""


@privacy_app.command("export")
def export(
    subject: Annotated[
        str, typer.Argument(help="A number, or the id of an account or customer; - reads it from standard input.")
    ],
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """All that is kept of a subject, and the places that were not looked into. It is written down and raises an alarm.

    Example: telassure privacy export - --json < number.txt
    """
    with reasons():
        settings = configured(config)
        wiring.home(settings)
        asked = sys.stdin.readline().strip() if subject == _STANDARD_INPUT else subject
        found = wiring.subject_export(settings, asked)
        outcome = f"records: {sum(found.counts.values())}; sha256 {found.digest}"
        wiring.audit_trail(settings).record(Deed(getpass.getuser(), "export subject", found.known_as[0], outcome))
        told: dict[str, object] = {
            "known_as": found.known_as,
            "stores": found.counts,
            "keys_destroyed": 0,
            "certificate": found.digest,
            "left_out": found.left_out,
        }
        show({**told, "records": found.stores} if as_json else told, as_json)
