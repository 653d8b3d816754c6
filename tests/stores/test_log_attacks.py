"""A log that somebody has worked on: records swapped, dropped, altered, cut off, put behind the end or chained anew."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from telassure.kernel.errors import LogMismatch
from telassure.kernel.ports import Checkpoint, LogMark
from telassure.store.sql import SqlEventLog
from telassure.store.sql.log_adoption import adopt
from telassure.store.sql.log_audit import audit
from telassure.store.sql.log_streams import WIDTH, LogStream, link
from tests.stores.adapters import START, entry
from tests.stores.test_log_identity import EVERYTHING, PLACE, Logged

WRITTEN = [b"payload %d" % number for number in range(10)]
Attack = Callable[[sqlite3.Connection], None]
_RECORD = "SELECT kind, payload, position, rows, trace FROM log_event WHERE place = ?"
_BASE = WIDTH  # of the first stream, which is the only one


def chain_of(connection: sqlite3.Connection, offset: int) -> bytes:
    (found,) = connection.execute("SELECT chain FROM log_event WHERE place = ?", (_BASE + offset,)).fetchone()
    return bytes(found)


def chained_anew(connection: sqlite3.Connection, first: int, last: int = 10) -> None:
    """Checksums over what is there now, as whoever knows how they are made can make them."""
    (name,) = connection.execute("SELECT name FROM log_source").fetchone()
    (identity,) = connection.execute("SELECT identity FROM log_stream").fetchone()
    seed = LogStream(1, *PLACE, last, identity, 0, None, 0, None).seed
    before = chain_of(connection, first - 1) if first > 1 else seed
    for offset in range(first, last + 1):
        record = connection.execute(_RECORD, (_BASE + offset,)).fetchone()
        before = link(before, offset, name, record)
        connection.execute("UPDATE log_event SET chain = ? WHERE place = ?", (before, _BASE + offset))
    connection.execute("UPDATE log_stream SET chain = ?", (before,))


def altered(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE log_event SET payload = x'00' WHERE place = ?", (_BASE + 4,))


def altered_and_chained_anew(connection: sqlite3.Connection) -> None:
    altered(connection)
    chained_anew(connection, 4)


def swapped(connection: sqlite3.Connection) -> None:
    for there, here in ((4, 900), (6, 4), (900, 6)):
        connection.execute("UPDATE log_event SET place = ? WHERE place = ?", (_BASE + here, _BASE + there))


def swapped_and_chained_anew(connection: sqlite3.Connection) -> None:
    swapped(connection)
    chained_anew(connection, 4)


def dropped_and_closed_up(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM log_event WHERE place = ?", (_BASE + 5,))
    for offset in range(6, 11):
        connection.execute("UPDATE log_event SET place = place - 1 WHERE place = ?", (_BASE + offset,))
    connection.execute("UPDATE log_stream SET newest = 9")


def dropped_and_chained_anew(connection: sqlite3.Connection) -> None:
    dropped_and_closed_up(connection)
    chained_anew(connection, 5, 9)


def cut_off(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM log_event WHERE place > ?", (_BASE + 8,))
    connection.execute("UPDATE log_stream SET newest = 8, chain = ?", (chain_of(connection, 8),))


def put_behind(connection: sqlite3.Connection) -> None:
    (name,) = connection.execute("SELECT name FROM log_source").fetchone()
    kind, _, _, rows, trace = connection.execute(_RECORD, (_BASE + 10,)).fetchone()
    made = link(chain_of(connection, 10), 11, name, (kind, b"foreign", "foreign", rows, trace))
    columns = "SELECT ?, kind, x'666f726569676e', source, 'foreign', rows, trace, ? FROM log_event WHERE place = ?"
    connection.execute(f"INSERT INTO log_event {columns}", (_BASE + 11, made, _BASE + 10))


def put_far_behind(connection: sqlite3.Connection) -> None:
    put_behind(connection)
    connection.execute("UPDATE log_event SET place = ? WHERE place = ?", (_BASE + 17, _BASE + 11))


def said_to_begin_after_it(connection: sqlite3.Connection) -> None:
    altered(connection)
    connection.execute("UPDATE log_stream SET begun = newest")


def stream_gone(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM log_stream")
    connection.execute("DELETE FROM log_event")


def trimmed_away(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE log_stream SET trimmed = 6, trimmed_chain = ?", (chain_of(connection, 6),))
    connection.execute("DELETE FROM log_event WHERE place <= ?", (_BASE + 6,))


ATTACKS: dict[str, Attack] = {
    each.__name__.replace("_", " "): each
    for each in (
        altered,
        altered_and_chained_anew,
        swapped,
        swapped_and_chained_anew,
        dropped_and_closed_up,
        dropped_and_chained_anew,
        cut_off,
        put_behind,
        put_far_behind,
        said_to_begin_after_it,
        stream_gone,
    )
}


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[Logged]:
    found = Logged(tmp_path)
    yield found
    found.log.close()


def attack(logged: Logged, how: Attack) -> None:
    logged.log.close()
    with closing(sqlite3.connect(logged.file)) as connection:
        how(connection)
        connection.commit()


def read_through(log: SqlEventLog, after: int) -> list[bytes]:
    """Every payload that a worker would be given, up to the refusal."""
    found: list[bytes] = []
    try:
        while several := log.read(*PLACE, after, *EVERYTHING):
            found += [record.payload for record in several]
            after = several[-1].offset
    except LogMismatch:
        pass
    return found


@pytest.mark.parametrize("how", ATTACKS)
def test_verifying_finds_what_was_done(logged: Logged, how: str) -> None:
    attack(logged, ATTACKS[how])
    assert not audit(logged.url).ok


@pytest.mark.parametrize("how", ATTACKS)
def test_verifying_finds_it_by_the_checkpoints_where_the_file_of_ends_is_gone(logged: Logged, how: str) -> None:
    stands = logged.mark(10)
    attack(logged, ATTACKS[how])
    logged.file.with_suffix(".mark").unlink()
    assert not audit(logged.url, witnesses=lambda: [(PLACE, stands)]).ok


@pytest.mark.parametrize(("read", "ok"), [(3, False), (5, False), (6, True), (10, True)])
def test_verifying_misses_records_that_are_gone_before_they_were_read(logged: Logged, read: int, ok: bool) -> None:
    attack(logged, trimmed_away)
    assert audit(logged.url, witnesses=lambda: [(PLACE, LogMark("", read))]).ok == ok


@pytest.mark.parametrize("how", ATTACKS)
def test_nothing_is_read_but_the_first_records_as_they_were_written(logged: Logged, how: str) -> None:
    attack(logged, ATTACKS[how])
    logged.log = SqlEventLog(logged.url)
    found = read_through(logged.log, 0)
    assert found == WRITTEN[: len(found)]


@pytest.mark.parametrize("how", [put_behind, put_far_behind])
def test_nothing_is_added_where_something_lies_behind_the_end(logged: Logged, how: Attack) -> None:
    attack(logged, how)
    logged.log = SqlEventLog(logged.url)
    with pytest.raises(LogMismatch, match="behind its end"):
        logged.log.append([entry("new")])


@pytest.mark.parametrize("how", ATTACKS)
def test_adoption_applies_nothing_that_was_not_written_and_gives_no_offset_twice(logged: Logged, how: str) -> None:
    stands = Checkpoint(3, b"", logged.mark(3))
    attack(logged, ATTACKS[how])
    (found,) = adopt(logged.url, {PLACE: stands}, START)
    logged.log = SqlEventLog(logged.url)
    logged.log.append([entry("new", b"new")])
    applied = read_through(logged.log, found.offset)
    assert applied[-1] == b"new"
    assert [each for each in applied[:-1] if each not in WRITTEN] == []
    assert logged.log.end(*PLACE) > 10
    assert audit(logged.url).ok
