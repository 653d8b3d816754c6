"""Checks of the sources of input: each that is declared and wanted, by its health record and by what it looks at."""

from collections.abc import Callable

from pydantic import BaseModel

from ingestion.sources.health import health_of
from ingestion.sources.source import PROCESS, InputSource
from telassure.app.diagnosis.check import Check, Finding, fine, wrong
from telassure.kernel.instant import SECOND, iso
from telassure.kernel.ports import Clock
from telassure.wiring import fast_feeds, feed_skews, wanted_sources
from telassure.wiring.settings import Settings


def checks(settings: Settings, clock: Clock) -> list[Check]:
    """One of each source; one that has not run here yet is well."""
    wanted = wanted_sources(settings)
    several = [Check(f"source {each.name}", _look_of(each, settings, clock), _section(each)) for each in wanted]
    return [*several, Check("feed clocks", lambda: _clocks_of_feeds(settings), "see telassure sources")]


def _clocks_of_feeds(settings: Settings) -> Finding:
    """No feed is so far ahead of our clock that its rows have to wait."""
    fast = fast_feeds(settings)
    if not fast:
        return fine(f"{len(feed_skews(settings))} feeds were measured, none is ahead of our clock by a minute")
    return wrong("; ".join(fast), "set the element's clock, or the clock_offset that is named; see telassure sources")


def _section(source: InputSource[BaseModel]) -> str:
    return f"look at section [{source.section}] of the settings"


def _look_of(source: InputSource[BaseModel], settings: Settings, clock: Clock) -> Callable[[], Finding]:
    def look() -> Finding:
        found, _, mend = source.fault(settings.of(source), settings.home.absolute()).partition("; ")
        return wrong(found, mend or _section(source)) if found else _lives()

    def _lives() -> Finding:
        health = health_of(settings.home, source.name)
        if health is None:
            return fine(f"{source.text}: has not run here yet")
        last = iso(health.alive_at - health.alive_at % SECOND)
        if health.ended:
            return fine(f"ended {last}; {health.said()}")
        if not health.alive(clock.now()):
            start = f"telassure source {source.name}" if source.runs == PROCESS else "telassure api"
            return wrong(f"no sign of life since {last}; {health.said()}", f"start it: {start}")
        if health.failure:
            mend = f"mend what it says, or section [{source.section}] of the settings"
            return wrong(f"it fails and is started again: {health.failure}", mend)
        return fine(health.said())

    return look
