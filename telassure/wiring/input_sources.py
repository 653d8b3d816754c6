"""Which sources of input run here, and each with its way into the log, its ground and its health."""

from collections.abc import Sequence
from functools import partial

from pydantic import BaseModel

from ingestion.batches.directory import Directory
from ingestion.gateway import InputLog
from ingestion.sources.health import HealthRecord, SourceHealth, SourceLog, health_of
from ingestion.sources.runner import SourceRunner
from ingestion.sources.source import FOREGROUND, Ground, InputSource, Runs, sources
from telassure.kernel.ports import EventLog
from telassure.observe.heartbeats import Heart
from telassure.wiring.faces import api, gateway
from telassure.wiring.places import KeptLetters, WallClock, clock_doubt, zone
from telassure.wiring.settings import Settings


def wanted_sources(settings: Settings, *runs: Runs) -> Sequence[InputSource[BaseModel]]:
    """The sources that the settings want and that run in one of these ways, or in any where none is named."""
    return [each for each in sources() if each.wanted(settings.of(each)) and (not runs or each.runs in runs)]


def source_runner(
    settings: Settings, source: InputSource[BaseModel], log: EventLog, directory: Directory
) -> SourceRunner:
    """What runs this source over the log."""
    endpoints = (
        Heart(settings.home, "api", "ingestion endpoint", remark=clock_doubt) if source.runs == FOREGROUND else None
    )
    health = HealthRecord(settings.home, source.name, WallClock(), endpoints)
    counted: InputLog = SourceLog(log, health)
    way_in = gateway(settings, counted, directory)
    health.follow(way_in.skews)
    endpoint = partial(api, settings, log)
    kept = KeptLetters(settings)
    ground = Ground(way_in, settings.home, zone(settings), WallClock(), kept, endpoint, health.beat, health.refused)
    return SourceRunner(source, ground, settings.of(source), health)


def source_health(settings: Settings) -> Sequence[SourceHealth]:
    """The health of every source that has run in this home, whichever process runs it."""
    found = (health_of(settings.home, each.name) for each in sources())
    return [each for each in found if each is not None]
