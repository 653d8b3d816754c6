"""The terms on which a feed's input is read, and the rows that break them."""

from dataclasses import dataclass
from datetime import UTC, tzinfo

from telassure.kernel.instant import LATEST, Instant


@dataclass(frozen=True, slots=True)
class Terms:
    """How one feed's input is read. Naive times are in `zone`; a time after `newest` is ahead of the clock.

    `source` and `position` are the input's coordinates in the log, from which ids derive that the input does not bring.
    """

    feed: str
    source: str = ""
    position: str = ""
    zone: tzinfo = UTC
    newest: Instant = LATEST


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that breaks its contract: its index in the body, and the reason."""

    index: int
    reason: str
