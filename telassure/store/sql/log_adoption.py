"""Accepting a log as it is: what is known to be lost is named, and what is there gets an identity and goes on.

Offsets are not given twice: a stream goes on behind everything that was ever known of it, since what leaves a partition
is named after the offset of its cause.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, make_url

from telassure.kernel.events import DeadLetter
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import Instant
from telassure.kernel.ports import Checkpoint, LogMark
from telassure.store.sql import bulk, dialect, letters, migrate
from telassure.store.sql.end_marks import SUFFIX, EndMarks, Stream
from telassure.store.sql.engine import Database, run
from telassure.store.sql.log_reading import CONTRADICTORY, Flaw, difference, flaws
from telassure.store.sql.log_streams import IDENTITIES, LogStream, opened_stream, streams

Range = tuple[int, int]
_FOREIGN: Final = "is another log"


@dataclass(slots=True)
class AdoptedStream:
    """What became of a partition: its state goes on after `offset`, and the log with `mark.offset` + 1. `lost` are the
    offsets of records that were written and will never be applied."""

    topology: str
    partition: int
    offset: int
    mark: LogMark
    lost: list[Range] = field(default_factory=list)


def adopt(url: str, checkpoints: Mapping[Stream, Checkpoint], at: Instant) -> Sequence[AdoptedStream]:
    """Accept every stream that is not the one which its mark or its checkpoint knows, or has flaws of its own; nothing
    where all are as they were written. A log that is gone is made anew. The checkpoints have to be moved then, before
    anybody reads."""
    marks = EndMarks(Path(make_url(url).database or "").with_suffix(SUFFIX))
    migrate.upgrade(url, "log")
    database = Database(url)
    try:
        with database.writing() as connection:
            found = _judged(connection, marks.read(), checkpoints, at)
            ends = [((s.topology, s.partition), LogMark(s.identity, s.newest, s.end)) for s in streams(connection)]
        marks.replace(ends)
    finally:
        database.close()
    return found


def _judged(
    connection: Connection,
    marks: Mapping[Stream, LogMark],
    checkpoints: Mapping[Stream, Checkpoint],
    at: Instant,
) -> Sequence[AdoptedStream]:
    known = {(stream.topology, stream.partition) for stream in streams(connection)}
    left = _left(connection)
    found, behind = [], []
    for place in sorted(known | marks.keys() | checkpoints.keys()):
        stream, checkpoint = opened_stream(connection, *place), checkpoints.get(place)
        if checkpoint is not None and _is_behind(stream, checkpoint, left):
            behind.append(_resumed(stream, checkpoint))
            checkpoint = None
        wrong = list(_wrong(connection, stream, marks.get(place), checkpoint))
        if wrong:
            found.append((stream, wrong))
    if not found:
        return behind
    _leave(connection, checkpoints, at)
    made = secrets.token_hex(16)
    run(connection, bulk.insert(connection.dialect, IDENTITIES, leaving=("number",)), [(made, at, "adopted")])
    adopted = [
        _adopted(connection, stream, wrong, (made, at), (marks.get(place), checkpoints.get(place)))
        for stream, wrong in found
        for place in [(stream.topology, stream.partition)]
    ]
    again = {(each.topology, each.partition) for each in adopted}
    return [*adopted, *(each for each in behind if (each.topology, each.partition) not in again)]


def _left(connection: Connection) -> set[str]:
    """The identities that this log had before, and those of the logs that it was adopted in place of."""
    return set(connection.exec_driver_sql("SELECT identity FROM log_identity").scalars())


def _leave(connection: Connection, checkpoints: Mapping[Stream, Checkpoint], at: Instant) -> None:
    """Remember the identities that the checkpoints know, so that an adoption that is cut off before these are moved is
    told from a foreign log when it is given again."""
    known = {each.mark.identity for each in checkpoints.values() if each.mark is not None} - _left(connection)
    text = bulk.insert(connection.dialect, IDENTITIES, leaving=("number",))
    if known:
        run(connection, text, [(each, at, "adopted in its place") for each in sorted(known)])


def _is_behind(stream: LogStream, checkpoint: Checkpoint, left: set[str]) -> bool:
    """The stream was adopted, and its checkpoint was not moved: it still knows the log as it was before."""
    mark = checkpoint.mark
    return mark is not None and mark.identity != stream.identity and mark.identity in left and stream.begun > 0


def _resumed(stream: LogStream, checkpoint: Checkpoint) -> AdoptedStream:
    """The rest of an adoption: what is lost was named when it was begun, and what was written since is applied."""
    offset = max(checkpoint.offset, stream.trimmed)
    return AdoptedStream(stream.topology, stream.partition, offset, LogMark(stream.identity, stream.begun, stream.seed))


def _wrong(
    connection: Connection, stream: LogStream, mark: LogMark | None, checkpoint: Checkpoint | None
) -> Iterator[Flaw]:
    """What is wrong with a stream; the flaw of a stream that is another one goes from its beginning."""
    last = _farthest(stream, mark, checkpoint)
    if last > stream.newest:
        yield Flaw(stream.newest + 1, last, f"ends at {stream.newest}")
    for each in (mark, checkpoint.mark if checkpoint is not None else None):
        if each is not None and each.offset <= stream.newest and difference(connection, stream, "", each):
            yield Flaw(1, last, _FOREIGN)
    if checkpoint is not None and checkpoint.offset < stream.trimmed:
        yield Flaw(checkpoint.offset + 1, stream.trimmed, f"begins at {stream.trimmed + 1}")
    yield from (found for found in flaws(connection, stream) if isinstance(found, Flaw))


def _farthest(stream: LogStream, mark: LogMark | None, checkpoint: Checkpoint | None) -> int:
    known = [mark.offset] if mark is not None else []
    known += [checkpoint.offset] if checkpoint is not None else []
    return max([stream.newest, *known])


def _adopted(
    connection: Connection,
    stream: LogStream,
    wrong: Sequence[Flaw],
    made: tuple[str, Instant],
    known: tuple[LogMark | None, Checkpoint | None],
) -> AdoptedStream:
    """A foreign stream is gone over from end to end: nothing in it is applied. Of one's own, what is good is."""
    applied = known[1].offset if known[1] is not None else 0
    end = max(_farthest(stream, *known), *(flaw.last for flaw in wrong))
    foreign = any(flaw.reason in (_FOREIGN, CONTRADICTORY) for flaw in wrong)
    offset = end if foreign or applied > stream.newest else max(applied, stream.trimmed)
    lost = _joined((max(flaw.first, applied + 1), flaw.last) for flaw in wrong if flaw.last > applied)
    _bury(connection, stream, [flaw for flaw in wrong if flaw.first == flaw.last], made[1])
    stream.identity, stream.begun, stream.newest, stream.chain = made[0], end, end, None
    stream.trimmed = end if foreign else stream.trimmed
    text = "UPDATE log_stream SET identity = ?, begun = ?, newest = ?, trimmed = ?, chain = NULL WHERE stream = ?"
    run(connection, dialect.marked(connection.dialect, text), [(made[0], end, end, stream.trimmed, stream.number)])
    mark = LogMark(stream.identity, end, stream.end)
    return AdoptedStream(stream.topology, stream.partition, offset, mark, lost)


def _joined(several: Iterable[Range]) -> list[Range]:
    """The same offsets in ranges that do not overlap."""
    found: list[Range] = []
    for first, last in sorted(several):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found


def _bury(connection: Connection, stream: LogStream, several: Sequence[Flaw], at: Instant) -> None:
    """Records that are not as they were written go to the dead letters, and are read no more."""
    asked = dialect.marked(connection.dialect, "SELECT kind, payload FROM log_event WHERE place = ?")
    gone = dialect.marked(connection.dialect, "DELETE FROM log_event WHERE place = ?")
    buried = []
    for flaw in several:
        row = connection.exec_driver_sql(asked, (stream.base + flaw.first,)).one_or_none()
        if row is not None:
            identity = derive_id("log_flaw", stream.identity, stream.place, str(flaw.first))
            reason = f"the log {flaw.reason}; it was not applied"
            buried.append(
                DeadLetter(identity, "log", f"{stream.place}/{flaw.first}", "", row[0], reason, bytes(row[1]), at)
            )
    letters.write(connection, letters.BURIED, buried)
    run(connection, gone, [(stream.base + flaw.first,) for flaw in several])
