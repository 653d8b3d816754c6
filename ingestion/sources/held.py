"""Rows that were dated ahead of the clock, as a source of input: they come back when they are due."""

import logging
from threading import Event
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from ingestion.sources.source import Ground, InputSource
from telassure.kernel.errors import TransientError

_log = logging.getLogger(__name__)


class HeldSettings(BaseModel):
    """What is held is looked at every `seconds`."""

    model_config = ConfigDict(extra="forbid")
    seconds: float = Field(default=5.0, gt=0, le=3600)


def _release(ground: Ground, settings: HeldSettings, stop: Event) -> None:
    while not stop.wait(settings.seconds):
        try:
            ground.gateway.release(ground.letters)
        except TransientError as failure:
            _log.warning("held rows are taken in later: %s", failure)


HELD_ROWS: Final = InputSource(
    name="held",
    text="rows that were dated ahead of the clock, once they are due",
    section="held",
    settings=HeldSettings,
    run=_release,
)
