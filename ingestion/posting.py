"""Postings: what a body makes on its way into the log, and what becomes of the body's rows there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ingestion.batches.batch import Disposition, Receipt
from ingestion.batches.kind import Kind
from ingestion.batches.routes import Draft, Routes
from ingestion.fields.terms import NO_ROWS, BadRow, Reading, RowNumbers
from telassure.kernel.ports import Appended


@dataclass(frozen=True, slots=True)
class Posting:
    """A draft on its way into the log: what tells it from the others of its batch, and the rows it stands for."""

    draft: Draft
    number: str
    rows: int | RowNumbers


def postings_of(kind: Kind[object], reading: Reading, routes: Routes, domain: str) -> Iterator[Posting]:
    """A single event is numbered by its row, an envelope by its place among all that the body makes."""
    number = 0
    for event, place in zip(reading.events, reading.places, strict=True):
        for draft in kind.route(event, routes, domain):
            if isinstance(place, int):
                yield Posting(draft, str(place), place)
            else:
                yield Posting(draft, str(number), place if draft.rows is None else place[draft.rows])
            number += 1


def conflicts(kind: Kind[object], appended: Appended, postings: Sequence[Posting]) -> Iterator[BadRow]:
    """The rows whose identity the log holds with other content."""
    for index in appended.conflicts:
        posting = postings[index]
        if not posting.draft.counted:
            continue  # a copy
        what = f"{kind.identity} {str(getattr(posting.draft.event, kind.identity))!r}" if kind.identity else "its place"
        reason = f"{what} was taken before with other content; the first one stands"
        yield from (BadRow(row, reason) for row in np.atleast_1d(posting.rows).tolist())


def receipt(
    reading: Reading,
    postings: Sequence[Posting],
    appended: Appended,
    rejected: tuple[BadRow, ...],
    refused: int,
    held: RowNumbers = NO_ROWS,
) -> Receipt:
    """What became of each row, once the log has answered; `refused` counts what was not even a row."""
    found = np.zeros(reading.rows, dtype=np.uint8)
    found[reading.repeats] = Disposition.REPEAT
    found[reading.changes] = Disposition.CHANGED
    for index in appended.repeats:
        if postings[index].draft.counted:
            found[postings[index].rows] = Disposition.REPEAT
    found[held] = Disposition.HELD
    found[[bad.index for bad in rejected]] = Disposition.REFUSED
    new, repeats, changed, *_ = np.bincount(found, minlength=len(Disposition)).tolist()
    return Receipt(reading.rows + refused, new + changed, repeats, rejected, found)
