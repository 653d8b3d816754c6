"""The terms on which a feed's input is read, and the rows that break them."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, tzinfo

from telassure.kernel.instant import LATEST, Instant


@dataclass(frozen=True, slots=True)
class Terms:
    """How one feed's input is read. Naive times are in `zone`; a time after `newest` is ahead of the clock.

    `source` and `position` are the input's coordinates in the log, from which ids derive that the input does not bring.
    `priced` holds the digits of every prefix that a tariff in force names, so that no number is cut within one.
    """

    feed: str
    source: str = ""
    position: str = ""
    zone: tzinfo = UTC
    newest: Instant = LATEST
    priced: Container[str] = frozenset()


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that breaks its contract: its index in the body, and the reason. `part` is which of its parts does, where a
    row has many (the prices of a tariff)."""

    index: int
    reason: str
    part: int | None = None
