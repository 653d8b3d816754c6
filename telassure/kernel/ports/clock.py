"""The wall clock, behind a port."""

from typing import Protocol

from telassure.kernel.instant import Instant


class Clock(Protocol):
    """The wall clock, so that nothing else reads one."""

    def now(self) -> Instant: ...
