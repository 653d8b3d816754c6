"""Looking through a whole log: is every record the one that was written?"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from telassure.kernel.errors import LogMismatch
from telassure.kernel.ports import LogMark
from telassure.store.sql import dialect
from telassure.store.sql.end_marks import SUFFIX, EndMarks, Stream
from telassure.store.sql.engine import Database
from telassure.store.sql.log_database import Witnesses, nobody
from telassure.store.sql.log_file import WAYS_OUT
from telassure.store.sql.log_reading import Flaw, difference, flaws
from telassure.store.sql.log_streams import LogStream, streams


@dataclass(frozen=True, slots=True)
class LogAudit:
    """How many records were looked at, and where the first is that is not as it was written, "" where all are."""

    entries: int
    first_bad: str

    @property
    def ok(self) -> bool:
        return not self.first_bad


def audit(url: str, looked: Callable[[int], None] = lambda records: None, witnesses: Witnesses = nobody) -> LogAudit:
    """Look at every record that is there, stream by stream, and at where the log ended: by its own file of ends, and by
    what `witnesses` say, the checkpoints. `looked` hears of every few records. LogMismatch where there is no log."""
    address = make_url(url)
    if not dialect.exists(address):
        raise LogMismatch(f"{address.database} is not there: {WAYS_OUT}")
    # before the log itself: whatever is written meanwhile, it has what they say
    marks = [*EndMarks(Path(address.database or "").with_suffix(SUFFIX)).read().items(), *witnesses()]
    entries, bad = 0, []
    database = Database(url)
    try:
        with database.reading() as connection:
            known = {(stream.topology, stream.partition): stream for stream in streams(connection)}
            for stream in known.values():
                for found in flaws(connection, stream):
                    if isinstance(found, Flaw):
                        bad.append(f"{stream.place} {found.reason}")
                        continue
                    entries += found
                    looked(found)
            bad += filter(None, (difference(connection, known.get(p), f"{p[0]}[{p[1]}]", mark) for p, mark in marks))
    finally:
        database.close()
    bad += _trimmed_away(known, witnesses())
    return LogAudit(entries, bad[0] if bad else "")


def _trimmed_away(known: Mapping[Stream, LogStream], said: Iterable[tuple[Stream, LogMark]]) -> Iterator[str]:
    """Streams that begin after what their states, asked after the log, have read."""
    stands: dict[Stream, int] = {}
    for place, mark in said:
        stands[place] = max(mark.offset, stands.get(place, 0))
    for place, stream in known.items():
        if stands.get(place, stream.trimmed) < stream.trimmed:
            yield f"{stream.place} begins at {stream.trimmed + 1}, and its state was read through {stands[place]}"
