"""All checks of an installation, embedded or distributed."""

import os
from pathlib import Path

from telassure.app.diagnosis import brokers, databases, input_sources, machine, points, policies, work
from telassure.app.diagnosis.check import SECONDS, Check, Result, examine, fine, refused
from telassure.app.diagnosis.machine import Statvfs
from telassure.kernel.errors import ConfigurationError
from telassure.kernel.ports import Clock
from telassure.wiring import WallClock
from telassure.wiring.settings import Settings, load


def checks(settings: Settings, clock: Clock, statvfs: Statvfs = os.statvfs) -> list[Check]:
    """Those that this kind of installation has, in the order in which one would mend them."""
    found = machine.checks(settings, statvfs)
    if settings.distributed:
        found += brokers.checks(settings)
    for room in (databases, points, work, policies, input_sources):
        found += room.checks(settings, clock)
    return found


def diagnose(file: Path | None, seconds: float = SECONDS, clock: Clock | None = None) -> list[Result]:
    """The results; where the settings cannot be read, that alone."""
    try:
        settings = load(file)
    except ConfigurationError as unreadable:
        place = file or "the home's telassure.toml or the environment"
        return [Result("settings", False, str(unreadable), f"mend the named setting in {place}")]
    try:
        several = checks(settings, clock or WallClock())
    except ConfigurationError as unusable:
        unable = refused(unusable, "mend the named setting")
        return [Result("settings", False, unable.found, unable.mend)]
    kind = "distributed" if settings.distributed else "embedded"
    loaded = Check("settings", lambda: fine(f"{kind}, {settings.partitions} partition(s), home {settings.home}"), "")
    return examine([loaded, *several], seconds, machine.secret_texts(settings))
