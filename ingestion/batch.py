"""What ingestion passes on: a batch of one kind with its coordinates, where it came from, and what became of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final

from ingestion.fields.terms import BadRow
from ingestion.kinds.catalogue import rows_of

RECORDED: Final = "replay:"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a batch comes from. `source` names it in the log, `domain` is where its unknown objects belong.

    `actor` is who sends it, where a credential or the command line says so, else what brought it.
    `trace` is the W3C traceparent of the request or file. Feeds named "replay:..." are recorded: their times may be
    anything between 1990 and 2100.
    """

    feed: str
    source: str
    domain: str = "unassigned"
    zone: tzinfo = UTC
    trace: str = ""
    actor: str = ""

    @property
    def live(self) -> bool:
        return not self.feed.startswith(RECORDED)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Input that is not even a row: where it stands, and why it is refused."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A parsed body of one kind at one position of its source; the same position always has the same content.

    `digest` proves that where the client chose the position (`guarded`: an Idempotency-Key). `place` names a row.
    """

    kind: str
    body: object
    position: str
    digest: bytes = b""
    guarded: bool = False
    place: Callable[[BadRow], str] = lambda bad: f"row {bad.index}"
    refused: Sequence[Refusal] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch, in source rows; it is durable."""

    rows: int
    accepted: int
    duplicates: int
    rejected: tuple[BadRow, ...] = ()


def row_reader(batch: Batch) -> Callable[[int], object]:
    """How to find a row of the body again."""
    body = batch.body
    if batch.kind == "catalogue":
        rows: Sequence[object] = [row for _, _, row in rows_of(body)]
    elif isinstance(body, dict) and isinstance(body.get("time"), list):
        columns = {name: column for name, column in body.items() if isinstance(column, list) and _is_column(name)}
        return lambda index: {name: column[index] for name, column in columns.items()}
    else:
        rows = body if isinstance(body, list) else [body]
    return lambda index: rows[index]


def _is_column(name: str) -> bool:
    return name not in ("managed_objects", "measurements")
