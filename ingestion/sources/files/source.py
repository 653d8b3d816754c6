"""The watched directory as a source of input: every file that is put into the inbox, each once."""

import os
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from ingestion.sources.files.inbox import DONE, FAILED, Watcher
from ingestion.sources.files.residue import Residue
from ingestion.sources.source import Ground, InputSource
from streams.hosts.single_owner import sole_owner
from telassure.kernel.ports import Clock

INBOX: Final = "inbox"
_HOUR: Final = 3_600.0


class InboxSettings(BaseModel):
    """The watched directory. It is looked at every `seconds`; what it holds is of the feed `feed`. What was taken, and
    what was set aside, is kept for so many days; 0 keeps it for ever."""

    model_config = ConfigDict(extra="forbid")
    seconds: float = Field(default=1.0, gt=0, le=3600)
    feed: str = Field(default="files", pattern=r"^[\w.-]{1,64}$")
    done_days: int = Field(default=30, ge=0)
    failed_days: int = Field(default=400, ge=0)


def _watch(ground: Ground, settings: InboxSettings, stop: Event) -> None:
    folder = ground.home / INBOX
    with sole_owner(ground.home / "locks" / f"{INBOX}.lock", stop) as ours:
        if ours:
            watcher = Watcher(ground.gateway, folder, settings.feed, ground.zone, ground.beat)
            kept = (Residue(folder / DONE, settings.done_days), Residue(folder / FAILED, settings.failed_days))
            forgetting = Thread(target=_forget, args=(kept, ground.clock, stop), name="inbox residue", daemon=True)
            forgetting.start()
            watcher.run(stop, settings.seconds)
            forgetting.join()


def _forget(several: Sequence[Residue], clock: Clock, stop: Event) -> None:
    """At the beginning and then once an hour; in a thread of its own, so that no file waits for it."""
    while True:
        for each in several:
            each.forget(clock.now())
        if stop.wait(_HOUR):
            return


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
