"""Mended defects, each put back for the time of a block: a proof that cannot fail proves nothing."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from telassure.kernel.instant import DAY, LATEST, Instant


@dataclass
class Followed:
    """The machine's clock is followed wherever it goes, as it was until 2026-11-27."""

    wall: Callable[[], Instant]
    ran: Callable[[], Instant]
    jump: int = 0

    def now(self) -> Instant:
        return self.wall()


@contextmanager
def clock() -> Iterator[None]:
    """A jump of the machine's clock is followed at once, and timers do not wait for it."""
    with patch("tests.poison.machine.Holdover", Followed), patch("streams.hosts.pace.LEAP", 40_000 * DAY):
        yield


@contextmanager
def recordings() -> Iterator[None]:
    """A recording of alarms may be of any year."""
    with patch("ingestion.fields.terms.Terms.recorded", property(lambda terms: False)):
        yield


@contextmanager
def years() -> Iterator[None]:
    """What has been recorded may be of any year, whatever it is of."""
    with patch("ingestion.gateway.Gateway._newest", lambda gateway, origin: LATEST):
        yield


@contextmanager
def places() -> Iterator[None]:
    """Feeds that are known have no place of their own."""
    with patch("telassure.wiring.faces._known_feeds", lambda settings, kept: frozenset()):
        yield


REVERTED: Mapping[str, Callable[[], AbstractContextManager[None]]] = {
    each.__name__: each for each in (clock, recordings, years, places)
}
