"""A source that listens at a port of its own, run beside a station."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from pydantic import BaseModel

from ingestion.sources.health import SourceHealth
from ingestion.sources.source import InputSource
from telassure import wiring
from telassure.kernel.events import AlarmNotification
from tests.sources.conftest import Station

T = TypeVar("T")


def free_port() -> int:
    """One that is free for TCP and UDP now."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def until(look: Callable[[], T], count: int = 1) -> T:
    """What is found, once there is so much of it; what is there after 20 seconds, which a test then fails on."""
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        found: Any = look()
        if found and len(found) >= count:
            return found
        time.sleep(0.02)
    return look()


def alarms(station: Station) -> list[AlarmNotification]:
    return [each for each in station.events("assurance") if isinstance(each, AlarmNotification)]


@contextmanager
def running(station: Station, source: InputSource, asked: BaseModel) -> Iterator[Callable[[], SourceHealth]]:
    """Runs it until the block ends, once it listens; how it is, on demand."""
    settings = station.settings.model_copy(update={source.section: asked})
    follower = wiring.CatalogueFollower(settings, station.log)
    runner, stop = wiring.source_runner(settings, source, station.log, follower.directory), threading.Event()
    thread = threading.Thread(target=runner.run, args=(stop,))
    thread.start()
    try:
        until(lambda: [runner.health._beaten_at] if runner.health._beaten_at else [])  # its loop goes round
        yield runner.health.write
    finally:
        stop.set()
        thread.join()
