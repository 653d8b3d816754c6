"""The sources whose input comes by requests: each with its own way into the log and its own health, on the endpoint."""

import threading
from collections.abc import Callable

from fastapi import FastAPI

from ingestion.gateway import Gateway, InputLog
from ingestion.sources.edge.reception import Reception, ReceptionLimits
from ingestion.sources.health import HealthRecord, SourceLog
from ingestion.sources.runner import SourceRunner
from ingestion.sources.source import ENDPOINT, Ground, sources
from telassure.access.tokens import Authenticator
from telassure.kernel.errors import ConfigurationError
from telassure.kernel.ports import EventLog
from telassure.wiring.places import KeptLetters, WallClock, zone
from telassure.wiring.settings import Settings


def add_received(
    app: FastAPI,
    settings: Settings,
    log: EventLog,
    made: Callable[[InputLog], Gateway],
    admission: tuple[Authenticator, ReceptionLimits],
) -> None:
    """Answer for every source of this kind that the settings want; `made` makes a way into a log."""
    reception, stop = Reception(app, *admission), threading.Event()
    app.state.open_ones.callback(stop.set)
    for source in sources():
        section = settings.of(source)
        if source.runs != ENDPOINT or not source.wanted(section):
            continue
        health = HealthRecord(settings.home, source.name, WallClock())
        way_in = made(SourceLog(log, health))
        health.follow(way_in.skews)
        ground = Ground(
            way_in,
            settings.home,
            zone(settings),
            WallClock(),
            KeptLetters(settings),
            _no_endpoint,
            health.beat,
            health.refused,
        )
        for offering in source.offers(ground, section):
            reception.open(source.name, offering, health.refused)
        runner = SourceRunner(source, ground, section, health)
        thread = threading.Thread(target=runner.run, args=(stop,), name=source.name, daemon=True)
        thread.start()
        app.state.open_ones.callback(thread.join)
        app.state.open_ones.callback(stop.set)


def _no_endpoint(_: Gateway) -> FastAPI:
    raise ConfigurationError(
        "a source of requests makes no endpoint of its own; declare it as one that runs in a thread"
    )
