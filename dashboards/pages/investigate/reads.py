"""What the page reads; points are read again once some seconds have passed, since windows are long."""

from dataclasses import dataclass
from typing import Final

from dashboards.pages.investigate.changes import KpiChange, Window, change_of, most_changed, own_changes
from dashboards.pages.investigate.inquiry import Inquiry
from dashboards.pages.investigate.peers import peers_of, resources_of
from dashboards.shell.reading import Read, Refresh
from dashboards.shell.recent import Recent
from dashboards.snapshot.reads import FEEDS
from telassure.kernel.instant import MINUTE, SECOND, Instant

FOUND: Final = 12
_HOLDS: Final = 10 * SECOND


@dataclass(frozen=True, slots=True)
class Compared:
    """A KPI of the object beside those of its peers; None where there is none."""

    own: KpiChange | None
    peers: tuple[KpiChange, ...] = ()


def _own_recent(_: Refresh) -> Recent[tuple[str, Window], tuple[KpiChange, ...]]:
    return Recent(_HOLDS)


def _ranked_recent(_: Refresh) -> Recent[Window, tuple[KpiChange, ...]]:
    return Recent(_HOLDS)


def _peers_recent(_: Refresh) -> Recent[tuple[str, str, Window], tuple[KpiChange, ...]]:
    return Recent(_HOLDS)


def _newest(reading: Refresh) -> Instant:
    """When the newest point of any KPI or event of any feed is from; never in the future."""
    events = [feed.newest for feed in reading.of(FEEDS)]
    return min(reading.now, max(reading.metrics.newest() or 0, *events, 0) or reading.now)


def _window(reading: Refresh) -> Window:
    return reading.of(INQUIRY).window(reading.of(NEWEST))


def _own(reading: Refresh) -> tuple[KpiChange, ...]:
    name, window = reading.of(INQUIRY).managed_object, reading.of(WINDOW)
    if not name:
        return ()
    recent = reading.lasting(_own_recent)
    return recent.of((name, window), reading.now, lambda: own_changes(reading.metrics, name, window))


def _ranked(reading: Refresh) -> tuple[KpiChange, ...]:
    window = reading.of(WINDOW)
    recent = reading.lasting(_ranked_recent)
    return recent.of(window, reading.now, lambda: most_changed(reading.reader, reading.metrics, window))


def _compared(reading: Refresh) -> Compared:
    wanted, several = reading.of(INQUIRY).measurement, reading.of(OWN)
    own = next((each for each in several if each.measurement == wanted), several[0] if several else None)
    if own is None:
        return Compared(None)
    asked = own.managed_object, own.measurement, reading.of(WINDOW)
    return Compared(own, reading.lasting(_peers_recent).of(asked, reading.now, lambda: _peers(reading, own)))


def _peers(reading: Refresh, own: KpiChange) -> tuple[KpiChange, ...]:
    names = peers_of(own.managed_object, own.measurement, reading.metrics, reading.of(RESOURCES))
    found = [change_of(reading.metrics, (name, own.measurement), reading.of(WINDOW)) for name in names]
    return tuple(each for each in found if each.points)


def _found(reading: Refresh) -> tuple[str, ...]:
    """Objects whose name contains what is typed."""
    text = reading.texts.get("find", "").strip()[:100]
    if not text:
        return ()
    names = (name for name, _ in reading.metrics.series(text, 50 * FOUND) if text.casefold() in name.casefold())
    return tuple(dict.fromkeys(names))[: FOUND + 1]


INQUIRY: Final = Read("inquiry", lambda reading: Inquiry.read(reading.query))
NEWEST: Final = Read("newest of all", _newest, SECOND)
WINDOW: Final = Read("window", _window)
OWN: Final = Read("KPIs of the object", _own)
RANKED: Final = Read("most changed KPIs", _ranked)
RESOURCES: Final = Read("resources", lambda reading: resources_of(reading.screen.catalogue()), 5 * MINUTE)
COMPARED: Final = Read("peers", _compared)
FOUND_OBJECTS: Final = Read("found objects", _found)
