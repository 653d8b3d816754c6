"""What ingestion passes on: a batch of one kind with its coordinates, where it came from, and what became of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from ingestion.fields.terms import BadRow
from telassure.kernel.feeds import RECORDED


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a batch comes from. `source` names it in the log, `domain` is where its unknown objects belong.

    `actor` is who sends it, where a credential or the command line says so, else what brought it.
    `principal` is whose credential it came with, "" without one: that is who acts in its rows, whatever they say.
    `attempt` names one delivery, where it can be told from another of the same content: what it brings is taken once.
    `trace` is the W3C traceparent of the request or file. Feeds named "replay:..." are recorded: their times may be
    anything between 1990 and 2100.
    """

    feed: str
    source: str
    domain: str = "unassigned"
    zone: tzinfo = UTC
    trace: str = ""
    actor: str = ""
    attempt: str = ""
    principal: str = ""

    @property
    def live(self) -> bool:
        return not self.feed.startswith(RECORDED)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Input that is not even a row: where it stands, and why it is refused."""

    place: str
    reason: str


def by_index(bad: BadRow) -> str:
    """Where a row stands in a body that has no lines."""
    return f"row {bad.index}"


@dataclass(frozen=True, slots=True)
class Batch:
    """A parsed body of one kind at one position of its source; the same position always has the same content.

    `digest` proves that where the client chose the position (`guarded`: an Idempotency-Key). `place` names a row. Of a
    `whole` batch nothing is taken where any of it is refused.
    """

    kind: str
    body: object
    position: str
    digest: bytes = b""
    guarded: bool = False
    place: Callable[[BadRow], str] = by_index
    refused: Sequence[Refusal] = ()
    whole: bool = False


class Disposition(IntEnum):
    """What became of one row: it was new, it repeated what is there, it changed what was there, it was refused, or it
    is dated ahead and held until it is due."""

    NEW = 0
    REPEAT = 1
    CHANGED = 2
    REFUSED = 3
    HELD = 4


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch, in source rows; it is durable. `dispositions` says it of each row of the body."""

    rows: int
    accepted: int
    duplicates: int
    rejected: tuple[BadRow, ...] = ()
    dispositions: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8), compare=False)

    def total(self, disposition: Disposition) -> int:
        """How many rows it became of."""
        return int(np.count_nonzero(self.dispositions == disposition))
