"""The clocks of one machine under test: one that is set and one that only runs, moved by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from telassure.kernel.holdover import Holdover
from telassure.kernel.instant import SECOND, Duration, Instant, parse_instant
from telassure.wiring import places

START = parse_instant("2026-06-01T10:00:00Z")


@dataclass
class Machine:
    """`wall` is what the machine says, `ran` how long it has run: an error of the wall clock does not move it."""

    wall: Instant = START
    ran: Duration = 1_000 * SECOND

    def run(self, seconds: float) -> None:
        self.wall += int(seconds * SECOND)
        self.ran += int(seconds * SECOND)

    def jump(self, ahead: Duration) -> None:
        """Somebody sets the wall clock."""
        self.wall += ahead

    def elapsed(self) -> float:
        return self.ran / SECOND

    @contextmanager
    def governing(self) -> Iterator[None]:
        """Inside the block the system believes this machine, in the way in which it believes any."""
        with patch.object(places, "_HELD", Holdover(lambda: self.wall, lambda: self.ran)):
            yield
