"""The room that the open letters of one source have: what is beyond it is counted by cause, with one of them kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from time import monotonic
from typing import Final

from sqlalchemy import Connection, Table, func, select

from telassure.kernel.causes import cause_of
from telassure.kernel.events import DeadLetter
from telassure.kernel.identity import derive_id
from telassure.store.sql import letters

ROOM: Final = 64 << 20
"""Bytes of open letters of one source where nothing else is said."""
_AROUND: Final = 400  # bytes of a letter beside its payload
_SAMPLE: Final = 4_096
_ANEW_SECONDS: Final = 60.0


@dataclass(slots=True)
class LetterRoom:
    """Writes letters into one database, those of a source as long as they take `most` bytes. Safe from any thread.

    Law: every letter is written in the transaction that it is given, as itself or as one of those that its source,
    operator and cause have beyond the room. A letter that is there already always stays itself.
    """

    table: Table
    most: int = ROOM
    _held: dict[str, tuple[int, float]] = field(default_factory=dict)
    _gate: Lock = field(default_factory=Lock)

    def write(self, connection: Connection, several: Sequence[DeadLetter]) -> None:
        with self._gate:
            beyond = [letter for letter in several if not self._takes(connection, letter)]
        known = letters.known(connection, self.table, [letter.letter_id for letter in beyond])
        left_out = {letter.letter_id for letter in beyond} - known.keys()
        letters.write(connection, self.table, [each for each in several if each.letter_id not in left_out])
        counted = _by_cause([each for each in beyond if each.letter_id in left_out], self.most)
        letters.count(connection, self.table, sorted(counted, key=lambda letter: letter.letter_id))

    def _takes(self, connection: Connection, letter: DeadLetter) -> bool:
        """Is there room for it? What a source holds is looked up now and then, and added up between."""
        held, since = self._held.get(letter.source, (0, -_ANEW_SECONDS))
        if monotonic() - since >= _ANEW_SECONDS:
            self._held = {name: each for name, each in self._held.items() if monotonic() - each[1] < _ANEW_SECONDS}
            held, since = _standing(connection, self.table, letter.source), monotonic()
        size = len(letter.payload) + _AROUND
        fits = held + size <= self.most
        self._held[letter.source] = (held + size * fits, since)
        return fits


def _standing(connection: Connection, table: Table, source: str) -> int:
    size = func.coalesce(func.sum(func.length(table.c.payload) + _AROUND), 0)
    wanted = select(size).where(table.c.source == source, letters.is_open(table))
    return int(connection.execute(wanted).scalar_one())


def _by_cause(several: Sequence[DeadLetter], most: int) -> Iterator[DeadLetter]:
    """One letter for each source, operator and cause, with how many rows they are of."""
    found: dict[str, DeadLetter] = {}
    for letter in several:
        cause = cause_of(letter.reason)
        name = derive_id("beyond the room", letter.source, letter.operator, cause)
        before = found.get(name)
        if before is None:
            reason = (
                f"beyond the {most:,} bytes that open letters of one source may have, rows are only counted: {cause}"
            )
            sample = letter.payload if len(letter.payload) <= _SAMPLE else b""
            found[name] = replace(letter, letter_id=name, position="", reason=reason, payload=sample, kind="")
        else:
            found[name] = replace(before, rows=before.rows + letter.rows)
    return iter(found.values())
