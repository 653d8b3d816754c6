"""The options that every command shares, and the settings they lead to."""

from pathlib import Path
from typing import Annotated

import typer

from telassure.observe.logs import configure_logging
from telassure.wiring.settings import Settings, load

ConfigFile = Annotated[Path | None, typer.Option("--config", help="A settings file, instead of the home's own.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def configured(file: Path | None, home: Path | None = None) -> Settings:
    """Settings, over another home where one is named, with the logs set up as they say."""
    settings = load(file, home)
    configure_logging(settings.log_level)
    return settings
