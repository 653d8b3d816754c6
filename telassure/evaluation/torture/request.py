"""What elements and people send: a body under a feed, when it is due, and what becomes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingestion.batches.batch import Receipt
from telassure.kernel.instant import Instant

Rows = Sequence[dict[str, Any]]
Tell = Callable[[str], None]
"""Is told of what must not be."""


@dataclass(slots=True, eq=False)
class InputRequest:
    """One body. `key` is its Idempotency-Key, "" where it has none; `bad` are the rows that must be refused.

    `receipt` is the first answer that said it is taken, `refusal` why it never will be.
    """

    due: Instant
    feed: str
    kind: str
    body: Any
    rows: Rows
    key: str = ""
    bad: frozenset[int] = frozenset()
    receipt: Receipt | None = None
    refusal: str = ""
    tries: int = 0

    @property
    def over(self) -> bool:
        return self.receipt is not None or bool(self.refusal)

    @property
    def good(self) -> Rows:
        """The rows that were acknowledged."""
        if self.receipt is None:
            return ()
        refused = {bad.index for bad in self.receipt.rejected}
        return [row for index, row in enumerate(self.rows) if index not in refused]


@dataclass(slots=True)
class Workload:
    """All requests of a run by their feeds, in order."""

    by_feed: dict[str, list[InputRequest]] = field(default_factory=dict)

    def add(self, request: InputRequest) -> None:
        self.by_feed.setdefault(request.feed, []).append(request)

    def ordered(self) -> "Workload":
        for several in self.by_feed.values():
            several.sort(key=lambda request: request.due)
        return self

    def of(self, kind: str) -> Sequence[InputRequest]:
        return [each for several in self.by_feed.values() for each in several if each.kind == kind]

    @property
    def every(self) -> Sequence[InputRequest]:
        return [each for several in self.by_feed.values() for each in several]
