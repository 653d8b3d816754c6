"""What became of files: batches through the gateway to their end, counted, or buried with place and reason."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from ingestion.batches.batch import Batch, Disposition, Origin
from ingestion.batches.kind import kind_named
from ingestion.fields.terms import BadRow
from ingestion.gateway import Gateway
from telassure.kernel.errors import InvalidInput
from telassure.observe.traces import traced

Progress = Callable[[int], None]
SHOWN: Final = 100


@dataclass(slots=True)
class FileTally:
    """What became of files, in source rows. `broken` holds (place, reason) of files that could not be read whole,
    `refused` the first hundred refused rows in the same way. Entries of the catalogue are counted apart, in `entries`.
    `new`, `changed` and `repeats` say of both what they were."""

    files: int = 0
    records: int = 0
    accepted: int = 0
    duplicates: int = 0
    dead_letters: int = 0
    entries: int = 0
    new: int = 0
    changed: int = 0
    repeats: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    broken: list[tuple[str, str]] = field(default_factory=list)

    def __iadd__(self, other: "FileTally") -> "FileTally":
        self.files += other.files
        self.records += other.records
        self.accepted += other.accepted
        self.duplicates += other.duplicates
        self.dead_letters += other.dead_letters
        self.entries += other.entries
        self.new += other.new
        self.changed += other.changed
        self.repeats += other.repeats
        self.refused = (self.refused + other.refused)[:SHOWN]
        self.broken += other.broken
        return self


def take_batches(
    gateway: Gateway, batches: Iterator[Batch], origin: Origin, progress: Progress | None = None
) -> FileTally:
    """Everything that a reader yields, as one trace. Where it breaks off, the rest of its file is buried with place and
    reason."""
    with traced("file", origin.trace, feed=origin.feed, source=origin.source) as span:
        return _take_all(gateway, batches, replace(origin, trace=span.trace), progress)


def _take_all(gateway: Gateway, batches: Iterator[Batch], origin: Origin, progress: Progress | None) -> FileTally:
    taken = FileTally(files=1)
    try:
        for batch in batches:
            _take(gateway, batch, origin, taken)
            if progress:
                progress(taken.records)
    except InvalidInput as error:
        refuse(gateway, origin, error, taken)
    except OSError as error:
        refuse(
            gateway, origin, InvalidInput(f"it cannot be read: {error.strerror}", Path(str(error.filename)).name), taken
        )
    return taken


def _take(gateway: Gateway, batch: Batch, origin: Origin, taken: FileTally) -> None:
    try:
        receipt = gateway.submit(batch, origin)
    except InvalidInput as error:  # no row of it can be read, but what follows it can
        gateway.refuse(origin, batch.place(BadRow(0, error.reason)), error.reason)
        taken.dead_letters += 1
        taken.refused.append((batch.place(BadRow(0, error.reason)), error.reason))
        return
    refused = len(receipt.rejected) + len(batch.refused)
    if kind_named(batch.kind).counted:
        taken.records += receipt.rows
        taken.accepted += receipt.accepted
        taken.duplicates += receipt.duplicates
    else:
        taken.entries += receipt.accepted + receipt.duplicates
    taken.new += receipt.total(Disposition.NEW)
    taken.changed += receipt.total(Disposition.CHANGED)
    taken.repeats += receipt.total(Disposition.REPEAT)
    taken.dead_letters += refused
    told = [(batch.place(bad), bad.reason) for bad in receipt.rejected[:SHOWN]]
    told += [(bad.place, bad.reason) for bad in batch.refused[:SHOWN]]
    if batch.whole:
        taken.broken += told[:SHOWN]  # nothing of it was taken
    else:
        taken.refused = (taken.refused + told)[:SHOWN]


def refuse(gateway: Gateway, origin: Origin, error: InvalidInput, taken: FileTally) -> None:
    """Bury a file (or the rest of it), and say so in `taken`."""
    gateway.refuse(origin, error.place, error.reason)
    taken.dead_letters += 1
    taken.broken.append((error.place, error.reason))
