"""A log knows itself: what was lost, replaced, shortened or changed is noticed before it is written to or applied."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telassure.kernel.errors import LogMismatch
from telassure.kernel.ports import Checkpoint, LogMark
from telassure.store.sql import SqlEventLog
from telassure.store.sql.end_marks import EndMarks
from telassure.store.sql.log_adoption import adopt
from telassure.store.sql.log_audit import audit
from tests.stores.adapters import START, entry, made, url

PLACE = ("charging", 0)
EVERYTHING = (1_000, 1 << 20)


class Logged:
    """A log in a folder, written to through offset 10, and what is done to its files."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "store.db"
        self.url = made(folder, "log")
        self.log = SqlEventLog(self.url)
        self.append(10)

    def append(self, count: int) -> None:
        first = self.log.end(*PLACE)
        for number in range(first, first + count):
            self.log.append([entry(str(number), b"payload %d" % number)])

    def again(self) -> SqlEventLog:
        """The log as the next process opens it."""
        self.log.close()
        self.log = SqlEventLog(self.url)
        return self.log

    def mark(self, offset: int) -> LogMark:
        """What a checkpoint at an offset would say."""
        identity = self.log.recognise(*PLACE, offset, None)
        return LogMark(identity, offset, self.log.read(*PLACE, offset - 1, 1, 1)[0].chain)

    def log_mark(self) -> LogMark:
        """Where the log says that it ends."""
        return EndMarks(self.file.with_suffix(".mark")).read()[PLACE]

    def spoil(self, statement: str) -> None:
        """What a broken disk or a careless hand does to the file while nothing has it open."""
        self.log.close()
        with closing(sqlite3.connect(self.file)) as connection:
            connection.execute(statement)
            connection.commit()


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[Logged]:
    found = Logged(tmp_path)
    yield found
    found.log.close()


SPOILED = {
    "a payload": ("UPDATE log_event SET payload = x'00' WHERE place % 1099511627776 = 7", 7),
    "a position": ("UPDATE log_event SET position = 'x' WHERE place % 1099511627776 = 3", 3),
    "a count of rows": ("UPDATE log_event SET rows = 9 WHERE place % 1099511627776 = 10", 10),
    "a source": ("UPDATE log_source SET name = 'other'", 1),
    "a record gone": ("DELETE FROM log_event WHERE place % 1099511627776 = 5", 5),
    "the first gone": ("DELETE FROM log_event WHERE place % 1099511627776 = 1", 1),
    "the last ones gone": ("DELETE FROM log_event WHERE place % 1099511627776 > 8", 9),
}


@pytest.mark.parametrize("what", SPOILED)
def test_a_changed_record_is_not_read_and_those_before_it_are(logged: Logged, what: str) -> None:
    statement, bad = SPOILED[what]
    logged.spoil(statement)
    log = logged.again()
    before = log.read(*PLACE, 0, *EVERYTHING) if bad > 1 else []
    with pytest.raises(LogMismatch, match=f"record.* {bad}"):
        log.read(*PLACE, bad - 1, *EVERYTHING)
    assert [record.offset for record in before] == list(range(1, bad))


@pytest.mark.parametrize("what", SPOILED)
def test_looking_through_the_log_finds_the_first_that_is_changed(logged: Logged, what: str) -> None:
    statement, bad = SPOILED[what]
    sound = audit(logged.url)
    logged.spoil(statement)
    found = audit(logged.url)
    assert (sound.ok, sound.entries) == (True, 10)
    assert not found.ok
    assert f"{bad}" in found.first_bad


@given(cuts=st.lists(st.integers(1, 9), max_size=4), trims=st.lists(st.integers(0, 30), max_size=3))
def test_however_it_was_written_and_trimmed_a_sound_log_is_read_to_its_end(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], trims: list[int]
) -> None:
    logged = Logged(tmp_path_factory.mktemp("log"))
    for count in cuts:
        logged.append(count)
    for through in trims:
        logged.log.trim(*PLACE, through)
    end = logged.again().end(*PLACE)
    read = [record.offset for record in logged.log.read(*PLACE, 0, *EVERYTHING)]
    found = audit(logged.url)
    logged.log.close()
    assert read == list(range(min(max([0, *trims]), end) + 1, end + 1))
    assert (found.ok, found.entries) == (True, len(read))


def gone(logged: Logged) -> None:
    for place in logged.file.parent.glob("store.db*"):
        place.unlink()


def restored_older(logged: Logged) -> None:
    """The file alone is put back as it was at offset 10, after 15 were acknowledged."""
    logged.log.close()
    before = logged.file.read_bytes()
    logged.log = SqlEventLog(logged.url)
    logged.append(5)
    logged.log.close()
    logged.file.write_bytes(before)


def another(logged: Logged) -> None:
    """A log of another home, written further than ours."""
    other = logged.file.parent / "other"
    other.mkdir()
    foreign = Logged(other)
    foreign.spoil("UPDATE log_stream SET identity = 'ffff', chain = x'0102030405060708'")
    shutil.copy(foreign.file, logged.file.with_suffix(".new"))
    logged.log.close()
    gone(logged)
    logged.file.with_suffix(".new").rename(logged.file)


def forked(logged: Logged) -> None:
    """The file is put back as it was, and a release that keeps no marks wrote something else after it."""
    logged.log.close()
    before = logged.file.read_bytes()
    logged.log = SqlEventLog(logged.url)
    logged.append(2)
    logged.log.close()
    logged.file.write_bytes(before)
    marks = EndMarks(logged.file.with_suffix(".mark"))
    kept = marks.read()
    logged.file.with_suffix(".mark").unlink()
    logged.log = SqlEventLog(logged.url)
    logged.log.append([entry("a", b"other"), entry("b", b"other")])
    logged.log.close()
    marks.replace(list(kept.items()))


DAMAGE: dict[str, tuple[Callable[[Logged], None], str]] = {
    "gone": (gone, "is gone"),
    "restored older": (restored_older, "the records 11 to 15 are lost"),
    "another": (another, "another log"),
    "forked": (forked, "not those that were written"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_log_that_is_not_the_one_that_was_written_takes_nothing(logged: Logged, damage: str) -> None:
    spoil, said = DAMAGE[damage]
    spoil(logged)
    with pytest.raises(LogMismatch, match=said):
        logged.again().append([entry("new")])


@pytest.mark.parametrize("damage", DAMAGE)
def test_without_the_file_of_ends_the_checkpoints_tell(logged: Logged, damage: str) -> None:
    spoil, _ = DAMAGE[damage]
    spoil(logged)
    stands = EndMarks(logged.file.with_suffix(".mark")).read()[PLACE]
    logged.file.with_suffix(".mark").unlink()
    logged.log.close()
    logged.log = SqlEventLog(logged.url, witnesses=lambda: [(PLACE, stands)])
    with pytest.raises(LogMismatch):
        logged.log.append([entry("new")])


@pytest.mark.parametrize("removed", ["store.db*", "store.db"])
def test_what_is_written_into_a_file_that_was_removed_is_not_acknowledged(logged: Logged, removed: str) -> None:
    for place in logged.file.parent.glob(removed):
        place.unlink()
    with pytest.raises(LogMismatch):
        logged.log.append([entry("new")])
    with pytest.raises(LogMismatch):
        logged.log.append([entry("new")])


def test_a_write_ahead_log_that_was_removed_is_noticed_and_what_it_held_is_kept(logged: Logged) -> None:
    logged.file.with_name("store.db-wal").unlink()
    with pytest.raises(LogMismatch, match="db-wal was removed"):
        logged.log.append([entry("new")])
    again = logged.log.append([entry("new")])
    assert (again.accepted, audit(logged.url).entries) == (1, 11)


def test_what_is_written_into_a_file_that_was_replaced_is_not_acknowledged(logged: Logged) -> None:
    copy = logged.file.with_suffix(".copy")
    with closing(sqlite3.connect(logged.file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    os.replace(copy, logged.file)
    with pytest.raises(LogMismatch, match="replaced"):
        logged.log.append([entry("new")])


def test_a_file_that_is_brought_back_is_gone_on_with(logged: Logged) -> None:
    away = logged.file.parent / "away"
    away.mkdir()
    logged.log.close()
    logged.file.rename(away / "store.db")
    with pytest.raises(LogMismatch):
        logged.log.append([entry("new")])
    (away / "store.db").rename(logged.file)
    assert logged.log.append([entry("new")]).accepted == 1
    assert logged.log.end(*PLACE) == 11


@pytest.mark.parametrize("frame", [1, 3, 9])
def test_records_that_recovery_of_the_write_ahead_log_loses_are_missed(logged: Logged, frame: int) -> None:
    """SQLite's recovery ends at the first frame whose checksum is wrong, and says nothing."""
    copied = logged.file.parent / "crashed"
    copied.mkdir()
    for place in logged.file.parent.glob("store.*"):
        shutil.copy(place, copied / place.name)
    (copied / "store.db-shm").unlink()
    wal = bytearray((copied / "store.db-wal").read_bytes())
    wal[32 + frame * (4_096 + 24) + 24 + 100] ^= 1
    (copied / "store.db-wal").write_bytes(wal)
    log = SqlEventLog(url(copied))
    with pytest.raises(LogMismatch, match=r"lost|empty"):
        log.append([entry("new")])
    log.close()


@pytest.mark.parametrize("offset", [11, 400])
def test_a_checkpoint_beyond_the_end_is_refused(logged: Logged, offset: int) -> None:
    with pytest.raises(LogMismatch, match="ends at 10"):
        logged.log.recognise(*PLACE, offset, None)


def test_a_checkpoint_of_another_log_is_refused(logged: Logged) -> None:
    with pytest.raises(LogMismatch, match="another log"):
        logged.log.recognise(*PLACE, 5, LogMark("0" * 32, 5, b"12345678"))


def test_a_checkpoint_of_other_records_is_refused(logged: Logged) -> None:
    mark = logged.mark(5)
    assert logged.log.recognise(*PLACE, 5, mark) == mark.identity
    with pytest.raises(LogMismatch, match="not those"):
        logged.log.recognise(*PLACE, 5, LogMark(mark.identity, 5, b"12345678"))


def test_a_checkpoint_that_is_older_than_the_log_reaches_back_is_refused(logged: Logged) -> None:
    logged.log.trim(*PLACE, 6)
    logged.log.recognise(*PLACE, 6, None)
    with pytest.raises(LogMismatch, match="begins at 7"):
        logged.log.recognise(*PLACE, 5, None)


def test_a_mark_that_a_crash_has_torn_refuses_nothing(logged: Logged) -> None:
    place = logged.file.with_suffix(".mark")
    place.write_bytes(place.read_bytes()[:30])
    assert logged.again().append([entry("new")]).accepted == 1
    assert EndMarks(place).read()[PLACE].offset == 11


# --- going on --------------------------------------------------------------------------------------------------------


def adopted(logged: Logged, checkpoint: Checkpoint) -> tuple[int, list[tuple[int, int]], int]:
    """Where the state goes on, what is lost to it, and where the log goes on."""
    logged.log.close()
    (found,) = adopt(logged.url, {PLACE: checkpoint}, START)
    logged.log = SqlEventLog(logged.url)
    return found.offset, found.lost, found.mark.offset + 1


def test_a_sound_log_is_not_adopted(logged: Logged) -> None:
    mark = logged.mark(8)
    logged.log.close()
    assert adopt(logged.url, {PLACE: Checkpoint(8, b"", mark)}, START) == []


@pytest.mark.parametrize(
    ("damage", "applied", "expected"),
    [
        ("gone", 4, (10, [(5, 10)], 11)),
        ("gone", 10, (10, [], 11)),
        ("restored older", 4, (4, [(11, 15)], 16)),
        ("restored older", 12, (15, [(13, 15)], 16)),
        ("another", 4, (10, [(5, 10)], 11)),
        ("forked", 4, (12, [(5, 12)], 13)),
    ],
)
def test_what_an_adopted_log_has_lost_is_named_and_no_offset_is_given_twice(
    logged: Logged, damage: str, applied: int, expected: tuple[int, list[tuple[int, int]], int]
) -> None:
    mark = logged.mark(min(applied, 10))
    DAMAGE[damage][0](logged)
    assert adopted(logged, Checkpoint(applied, b"", mark if applied <= 10 else None)) == expected


@pytest.mark.parametrize("damage", DAMAGE)
def test_an_adopted_log_takes_records_again_and_knows_itself(logged: Logged, damage: str) -> None:
    DAMAGE[damage][0](logged)
    offset, _, following = adopted(logged, Checkpoint(3, b""))
    logged.log.append([entry("new", b"new")])
    found = logged.again().read(*PLACE, offset, *EVERYTHING)
    assert (found[-1].offset, found[-1].payload) == (following, b"new")
    assert audit(logged.url).ok


@pytest.mark.parametrize("applied", [3, 8])
@pytest.mark.parametrize("damage", DAMAGE)
def test_an_adoption_that_was_cut_off_before_the_states_were_moved_loses_nothing_that_came_since(
    logged: Logged, damage: str, applied: int
) -> None:
    stale = Checkpoint(applied, b"", logged.mark(applied))
    DAMAGE[damage][0](logged)
    logged.log.close()
    adopt(logged.url, {PLACE: stale}, START)
    logged.again().append([entry("since", b"since")])
    offset, lost, _ = adopted(logged, stale)
    assert lost == []
    assert logged.log.read(*PLACE, offset, *EVERYTHING)[-1].payload == b"since"
    assert adopt(logged.url, {PLACE: Checkpoint(offset, b"", logged.log_mark())}, START) == []


@pytest.mark.parametrize("what", SPOILED)
def test_of_a_log_with_changed_records_the_others_are_applied(logged: Logged, what: str) -> None:
    logged.spoil(SPOILED[what][0])
    offset, lost, following = adopted(logged, Checkpoint(0, b""))
    kept = [record.offset for record in logged.log.read(*PLACE, offset, *EVERYTHING)]
    missing = [n for first, last in lost for n in range(first, last + 1)]
    assert sorted({*kept, *missing}) == list(range(1, 11))
    assert not set(kept) & set(missing)
    assert following == 11


def test_an_older_state_goes_on_where_the_log_begins(logged: Logged) -> None:
    logged.log.trim(*PLACE, 6)
    assert adopted(logged, Checkpoint(2, b"")) == (6, [(3, 6)], 11)
