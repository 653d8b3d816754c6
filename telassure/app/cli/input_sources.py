"""`telassure api` and `telassure source`: the processes that take input in."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from ingestion.sources.source import FOREGROUND, PROCESS, THREAD, Runs
from telassure import wiring
from telassure.app.cli.output import print_lines, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.kernel.instant import SECOND
from telassure.kernel.ports import EventLog
from telassure.wiring.settings import Settings


def api(config: ConfigFile = None) -> None:
    """The ingestion endpoint and the sources of input beside it, such as the watched directory.

    Example: TELASSURE_API__PORT=8051 telassure api
    """
    with reasons(), _taking_in(configured(config), "api") as (settings, log, follower):
        stop = threading.Event()
        wiring.announce(settings, follower, wiring.gateway(settings, log, follower.directory))

        def runners(way: Runs) -> list[Callable[[threading.Event], None]]:
            wanted = wiring.wanted_sources(settings, way)
            return [wiring.source_runner(settings, each, log, follower.directory).run for each in wanted]

        watch = wiring.SecurityWatch(
            wiring.audit_trails(settings), wiring.gateway(settings, log, follower.directory), wiring.WallClock()
        )
        working = (*runners(THREAD), follower.run, watch.run)
        beside = [threading.Thread(target=run, args=(stop,), daemon=True) for run in working]
        for thread in beside:
            thread.start()
        for run in runners(FOREGROUND):
            run(stop)
        stop.set()
        for thread in beside:
            thread.join()


def source(name: Annotated[str, typer.Argument(help="As it is declared.")], config: ConfigFile = None) -> None:
    """One source of input that has a process of its own, until ended; `telassure run` starts them all.

    Example: telassure source datagrams
    """
    with reasons():
        settings = configured(config)
        found = next((each for each in wiring.wanted_sources(settings, PROCESS) if each.name == name), None)
        if found is None:
            known = ", ".join(with_own_process(settings)) or "none that the settings want"
            raise typer.BadParameter(f"there is no source {name!r} with a process of its own; there is {known}")
        stop = ended()
        with _taking_in(settings, f"source {name}") as (_, log, follower):
            beside = threading.Thread(target=follower.run, args=(stop,), daemon=True)
            beside.start()
            wiring.source_runner(settings, found, log, follower.directory).run(stop)
            beside.join()


def sources(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """The sources of input with their health, and how far the clock of each feed is from ours.

    Example: telassure sources --json
    """
    with reasons():
        settings = configured(config)
        health = {each.name: each for each in wiring.source_health(settings)}
        wanted = wiring.wanted_sources(settings)
        lines = [
            {"source": each.name, "text": each.text, "health": health[each.name].said() if each.name in health else ""}
            for each in wanted
        ]
        feeds = [
            {"feed": name, "ahead_seconds": ahead / SECOND, "clock_offset": _offset_of(settings, name)}
            for name, ahead in sorted(wiring.feed_skews(settings).items(), key=lambda skew: -skew[1])
        ]
        if as_json:
            show({"sources": lines, "feeds": feeds}, as_json)
            return
        print_lines(("source", "text", "health"), lines)
        print_lines(("feed", "ahead_seconds", "clock_offset"), feeds)


def _offset_of(settings: Settings, feed: str) -> float:
    return settings.sources[feed].clock_offset if feed in settings.sources else 0.0


def with_own_process(settings: Settings) -> list[str]:
    """The names of the sources that have a process of their own."""
    return [each.name for each in wiring.wanted_sources(settings, PROCESS)]


@contextmanager
def _taking_in(settings: Settings, service: str) -> Iterator[tuple[Settings, EventLog, wiring.CatalogueFollower]]:
    """What a process that takes input in has: the home, the log, and who belongs where."""
    wiring.home(settings)
    with (
        wiring.traced_process(settings, service),
        wiring.shared_log(settings) as log,
    ):
        yield settings, log, wiring.CatalogueFollower(settings, log)


def ended() -> threading.Event:
    """Set by SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
