"""How a body is read and what it is read as: the terms of its feed, its events, and its bad rows."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from telassure.kernel.feeds import RECORDED
from telassure.kernel.instant import LATEST, Instant

RowNumbers: TypeAlias = NDArray[np.int64]
"""Indices of rows in a body, ascending."""
NO_ROWS: RowNumbers = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Terms:
    """How one feed's input is read. Naive times are in `zone`; a time after `newest` is ahead of the clock.

    `source` and `position` are the input's coordinates in the log, from which ids derive that the input does not bring.
    `priced` holds the digits of every prefix that a tariff in force names, so that no number is cut within one.
    `principal` is whose credential brought it: who acts in its rows.
    """

    feed: str
    source: str = ""
    position: str = ""
    zone: tzinfo = UTC
    newest: Instant = LATEST
    priced: Container[str] = frozenset()
    principal: str = ""

    @property
    def recorded(self) -> bool:
        """What is read has been recorded: its times are not those of now, and never ahead of it."""
        return self.feed.startswith(RECORDED)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that breaks its contract: its index in the body, and the reason. `part` is which of its parts does, where a
    row has many (the prices of a tariff)."""

    index: int
    reason: str
    part: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a body is read as: its events, the rows of the body that each stands for (one index for a single event), the
    bad rows, and how many rows there were.

    `repeats` are rows that say again what an earlier row of the same body says, `changes` those that say something else
    about the same thing. Measurements and alarms have no domain yet, usage without an account has "": routes complete
    them.
    """

    events: Sequence[object]
    places: Sequence[int | RowNumbers]
    rejected: tuple[BadRow, ...]
    rows: int
    repeats: RowNumbers = field(default_factory=lambda: NO_ROWS)
    changes: RowNumbers = field(default_factory=lambda: NO_ROWS)
