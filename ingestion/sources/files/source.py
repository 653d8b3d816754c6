"""The watched directory as a source of input: every file that is put into the inbox, each once."""

import os
from pathlib import Path
from threading import Event
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from ingestion.sources.files.inbox import Watcher
from ingestion.sources.source import Ground, InputSource
from streams.hosts.single_owner import sole_owner

INBOX: Final = "inbox"


class InboxSettings(BaseModel):
    """The watched directory. It is looked at every `seconds`; what it holds is of the feed `feed`."""

    model_config = ConfigDict(extra="forbid")
    seconds: float = Field(default=1.0, gt=0, le=3600)
    feed: str = Field(default="files", pattern=r"^[\w.-]{1,64}$")


def _watch(ground: Ground, settings: InboxSettings, stop: Event) -> None:
    with sole_owner(ground.home / "locks" / f"{INBOX}.lock", stop) as ours:
        if ours:
            watcher = Watcher(ground.gateway, ground.home / INBOX, settings.feed, ground.zone, ground.beat)
            watcher.run(stop, settings.seconds)


def _fault(_: InboxSettings, home: Path) -> str:
    folder = home / INBOX
    if folder.is_dir() and not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return f"{folder} cannot be written by this user; run: sudo chown -R $USER {folder}"
    return ""


FILES: Final = InputSource(
    name="files",
    text="files that are put into the inbox of the home",
    section="inbox",
    settings=InboxSettings,
    run=_watch,
    fault=_fault,
)
