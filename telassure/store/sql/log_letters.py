"""The dead letters of what never became a record, which the log's database keeps."""

from collections.abc import Sequence

from telassure.kernel.events import DeadLetter
from telassure.kernel.instant import Instant
from telassure.kernel.ports import Choice, OpenLetter
from telassure.store.sql import letters
from telassure.store.sql.engine import Database
from telassure.store.sql.letter_room import ROOM, LetterRoom
from telassure.store.sql.log_database import LogDatabase
from telassure.store.sql.shrink import shrink


class BuriedLetters:
    """The log's database as far as it keeps letters: of what is refused at the edge so many bytes a source, and every
    row that is held until it is due. Safe from any thread."""

    def __init__(self, database: Database | LogDatabase, letter_room: int = ROOM) -> None:
        self._database = database
        self._letters = LetterRoom(letters.BURIED, letter_room)

    def bury(self, several: Sequence[DeadLetter]) -> None:
        with self._database.writing() as connection:
            self._letters.write(connection, [each for each in several if not each.kind])
            letters.write(connection, letters.BURIED, [each for each in several if each.kind])

    def replayable_letters(self, choice: Choice, after: str, limit: int) -> Sequence[OpenLetter]:
        """Open letters of this database whose input may go into the log again, with ids above `after`, by id."""
        with self._database.reading() as connection:
            return letters.replayable(connection, letters.BURIED, choice, after, limit)

    def due_letters(self, operator: str, until: Instant, limit: int) -> Sequence[OpenLetter]:
        """Open letters of an operator of a time up to this, the oldest first."""
        with self._database.reading() as connection:
            return letters.due(connection, letters.BURIED, operator, until, limit)

    def mark_replayed(self, done: Sequence[OpenLetter]) -> None:
        """The log holds the input of these letters again."""
        with self._database.writing() as connection:
            letters.mark(connection, letters.BURIED, done)

    def forget_letters(self, waiting: Instant, answered: Instant) -> int:
        """Forget the letters of times before an instant: those that still wait, and those that were answered."""
        return letters.forget(self._database, letters.BURIED, waiting, answered)

    def shrink(self) -> int:
        """Give the disk back what the file no longer needs, where that is much; how many bytes."""
        return shrink(self._database)

    def close(self) -> None:
        self._database.close()
