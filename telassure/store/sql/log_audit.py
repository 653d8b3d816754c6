"""Looking through a whole log: is every record the one that was written?"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from telassure.kernel.errors import LogMismatch
from telassure.store.sql import dialect
from telassure.store.sql.end_marks import EndMarks
from telassure.store.sql.engine import Database
from telassure.store.sql.log_database import SUFFIX
from telassure.store.sql.log_file import WAYS_OUT
from telassure.store.sql.log_reading import Flaw, difference, flaws
from telassure.store.sql.log_streams import streams


@dataclass(frozen=True, slots=True)
class LogAudit:
    """How many records were looked at, and where the first is that is not as it was written, "" where all are."""

    entries: int
    first_bad: str

    @property
    def ok(self) -> bool:
        return not self.first_bad


def audit(url: str, looked: Callable[[int], None] = lambda records: None) -> LogAudit:
    """Look at every record that is there, stream by stream, and at where the log ended. `looked` hears of every few
    records. LogMismatch where there is no log."""
    address = make_url(url)
    if not dialect.exists(address):
        raise LogMismatch(f"{address.database} is not there: {WAYS_OUT}")
    marks = EndMarks(Path(address.database or "").with_suffix(SUFFIX)).read()
    entries, bad = 0, []
    database = Database(url)
    try:
        with database.reading() as connection:
            for stream in streams(connection):
                mark = marks.get((stream.topology, stream.partition))
                for found in flaws(connection, stream):
                    if isinstance(found, Flaw):
                        bad.append(f"{stream.place} {found.reason}")
                        continue
                    entries += found
                    looked(found)
                if mark is not None and (why := difference(connection, stream, stream.place, mark)):
                    bad.append(why)
    finally:
        database.close()
    return LogAudit(entries, bad[0] if bad else "")
