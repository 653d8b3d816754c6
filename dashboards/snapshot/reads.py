"""The reads of more than one page; each is done once for all viewers."""

from typing import Final

from dashboards.shell.reading import Read, Refresh
from dashboards.snapshot.feeds import FeedWatch
from dashboards.snapshot.money import money_of
from dashboards.snapshot.views import FeedAge, OwnProcesses
from telassure.kernel.instant import SECOND, Duration

FRESH: Final[Duration] = SECOND * 8 // 10
"""How long the viewers share what one of them has read."""


def _watch(reading: Refresh) -> FeedWatch:
    return FeedWatch(reading.screen.feeds)


def _feeds(reading: Refresh) -> tuple[FeedAge, ...]:
    return reading.lasting(_watch).look(reading.reader.feeds(), reading.now)


def _ours(reading: Refresh) -> OwnProcesses:
    ours = reading.screen.ours
    return OwnProcesses(tuple(ours.ill()), tuple(ours.restarted()), tuple(ours.remarks()))


FEEDS: Final = Read("feeds", _feeds, FRESH)
OURS: Final = Read("our processes", _ours, FRESH)
MONEY: Final = Read("money", lambda reading: money_of(reading.reader, reading.now), FRESH)
