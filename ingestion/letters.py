"""The letters of a batch's refused rows: a few rows have one each, many of one cause share one that counts them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from ingestion.batches.batch import Batch, Origin
from ingestion.batches.kind import kind_named, known_fields
from ingestion.fields.privacy import Pseudonymiser, redacted
from ingestion.fields.terms import BadRow
from telassure.kernel.causes import SAMPLE, CauseGroup, by_cause, told_together
from telassure.kernel.events import DeadLetter
from telassure.kernel.identity import derive_id
from telassure.kernel.ports import Clock

_KEPT_PAYLOAD: Final = 4_096
_PLACES: Final = 200


@dataclass(frozen=True, slots=True)
class _Refused:
    """What is refused: its position within the batch, where a person finds it, why, and the row where it is one."""

    position: str
    place: str
    reason: str
    row: BadRow | None = None


class LetterBook:
    """Writes the letters of what is refused. The same batch makes the same letters, however often it comes.

    Law: every refused row is in exactly one letter, and a batch has at most ALONE + CAUSES + 1 letters.
    """

    def __init__(self, who: Pseudonymiser, clock: Clock) -> None:
        self._who, self._clock = who, clock

    def one(self, origin: Origin, place: str, reason: str, payload: bytes) -> DeadLetter:
        """The letter of what never became a batch."""
        return self._letter(origin, place, (place, reason), payload)

    def of_batch(self, batch: Batch, origin: Origin, rejected: Sequence[BadRow]) -> list[DeadLetter]:
        """The letters of a batch's bad rows and of what in it was no row."""
        rows, letters = _Rows(batch, self._who), list[DeadLetter]()
        several = list(_refused(batch, rejected))
        for group in by_cause([each.reason for each in several]):
            refused = [several[place] for place in group.places]
            if group.together:
                mark = blake2b(group.cause.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
                sample = b"\n".join(filter(None, map(rows.payload, refused[:SAMPLE])))
                letters.append(self._letter(origin, f"{batch.position}.rows.{mark}", _told(group, refused), sample))
            else:
                letters += [
                    self._letter(origin, each.position, (each.place, each.reason), rows.payload(each))
                    for each in refused
                ]
        return letters

    def _letter(self, origin: Origin, position: str, told: tuple[str, str], payload: bytes) -> DeadLetter:
        place, reason = self._who.named(told[0]), told[1]
        position = position.replace(told[0], place)
        letter_id = derive_id("ingest", origin.source, position)
        return DeadLetter(letter_id, origin.source, position, "ingest", place, reason, payload, self._clock.now())


class _Rows:
    """The rows of a batch as they may be kept; the form is asked for them once one is wanted."""

    def __init__(self, batch: Batch, who: Pseudonymiser) -> None:
        self._batch, self._who = batch, who

    def payload(self, refused: _Refused) -> bytes:
        if refused.row is None:
            return b""
        row = kind_named(self._batch.kind).form.rows(self._batch.body)(refused.row.index)
        kept = redacted(_part(row, refused.row.part), self._who, known_fields())
        return json.dumps(kept, default=str).encode()[:_KEPT_PAYLOAD]


def _refused(batch: Batch, rejected: Sequence[BadRow]) -> Iterator[_Refused]:
    for each in batch.refused:
        yield _Refused(f"{batch.position}.{each.place}", each.place, each.reason)
    for bad in rejected:
        part = "" if bad.part is None else f".{bad.part}"
        yield _Refused(f"{batch.position}.{bad.index}{part}", batch.place(bad), bad.reason, bad)


def _told(group: CauseGroup, refused: Sequence[_Refused]) -> tuple[str, str]:
    """The place and the reason of a letter that stands for many rows."""
    places = ", ".join(each.place[:_PLACES] for each in refused[:SAMPLE])
    more = f" and {len(refused) - SAMPLE:,} more" if len(refused) > SAMPLE else ""
    return places + more, told_together(group, refused[0].reason, min(SAMPLE, len(refused)))


def _part(row: object, part: int | None) -> object:
    """A bad price alone, of a tariff that may have hundreds of thousands."""
    if not isinstance(row, Mapping) or not isinstance(row.get("prices"), list):
        return row
    one = row["prices"][part : part + 1] if part is not None else row["prices"][:1]
    return {name: one if name == "prices" else value for name, value in row.items()}
