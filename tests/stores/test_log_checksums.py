"""Checksums of an embedded log's records: those of this release and of earlier ones, in one chain."""

import sqlite3
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telassure.kernel.errors import LogMismatch
from telassure.store.sql import SqlEventLog
from telassure.store.sql.log_audit import audit
from telassure.store.sql.log_streams import link, same_link
from tests.stores.adapters import entry, made

PLACE = ("charging", 0)
EVERYTHING = (1_000, 1 << 20)
BEFORE = bytes(range(8))


def earlier(before: bytes, offset: int, source: str, row: sqlite3.Row) -> bytes:
    """A record's checksum as log_0003 to log_0005 had it."""
    fields = (offset, row["kind"], source, row["position"], row["rows"], row["trace"])
    head = "".join(f"{each}\x1f" for each in fields)
    return blake2b(before + head.encode() + row["payload"], digest_size=8).digest()


def as_earlier_left_it(file: Path) -> None:
    """The same log with the checksums of the release before."""
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        stream = connection.execute("SELECT * FROM log_stream").fetchone()
        named = f"{stream['identity']} {stream['topology']} {stream['partition']}"
        chain = blake2b(named.encode(), digest_size=8).digest()
        rows = connection.execute("SELECT e.*, s.name FROM log_event e JOIN log_source s USING (source) ORDER BY place")
        for offset, row in enumerate(rows.fetchall(), 1):
            chain = earlier(chain, offset, row["name"], row)
            connection.execute("UPDATE log_event SET chain = ? WHERE place = ?", (chain, row["place"]))
        connection.execute("UPDATE log_stream SET chain = ?", (chain,))
        connection.commit()
    file.with_suffix(".mark").unlink()


@pytest.fixture
def upgraded(tmp_path: Path) -> tuple[str, Path]:
    """A log of which an earlier release wrote five records, and this one five more."""
    address, file = made(tmp_path, "log"), tmp_path / "store.db"
    for first in (0, 5):
        log = SqlEventLog(address)
        for number in range(first, first + 5):
            log.append([entry(str(number), b"payload %d" % number)])
        log.close()
        if first == 0:
            as_earlier_left_it(file)
    return address, file


def test_a_log_that_an_earlier_release_began_is_gone_on_with(upgraded: tuple[str, Path]) -> None:
    with closing(SqlEventLog(upgraded[0])) as log:
        read = log.read(*PLACE, 0, *EVERYTHING)
    assert [len(record.chain) for record in read] == [8] * 5 + [9] * 5
    assert (audit(upgraded[0]).ok, audit(upgraded[0]).entries) == (True, 10)


@pytest.mark.parametrize("bad", [1, 4, 5, 6, 10])
def test_a_changed_payload_is_noticed_whichever_release_wrote_it(upgraded: tuple[str, Path], bad: int) -> None:
    with closing(sqlite3.connect(upgraded[1])) as connection:
        connection.execute("UPDATE log_event SET payload = x'70' WHERE place % 1099511627776 = ?", (bad,))
        connection.commit()
    with closing(SqlEventLog(upgraded[0])) as log, pytest.raises(LogMismatch, match=f"record.* {bad} "):
        log.read(*PLACE, bad - 1, *EVERYTHING)


@given(
    payload=st.binary(min_size=1, max_size=3_000),
    at=st.floats(0, 1, exclude_max=True),
    other=st.binary(min_size=1, max_size=8),
)
def test_no_damage_within_eight_bytes_in_a_row_passes(payload: bytes, at: float, other: bytes) -> None:
    first = int(at * len(payload))
    damaged = payload[:first] + other[: len(payload) - first] + payload[first + len(other) :]
    sound = link(BEFORE, 7, "inbox", ("usage", payload, "3", 1, ""))
    assert same_link(sound, BEFORE, 7, "inbox", ("usage", damaged, "3", 1, "")) == (damaged == payload)


@pytest.mark.parametrize(
    "changed", [("alarm", b"p", "3", 1, ""), ("usage", b"p", "4", 1, ""), ("usage", b"p", "3", 1, "t")]
)
def test_every_field_is_covered(changed: tuple[str, bytes, str, int, str]) -> None:
    sound = link(BEFORE, 7, "inbox", ("usage", b"p", "3", 1, ""))
    assert not same_link(sound, BEFORE, 7, "inbox", changed)


def test_the_same_record_elsewhere_has_another_checksum() -> None:
    fields = ("usage", b"p", "3", 1, "")
    several = {link(BEFORE, 7, "inbox", fields), link(BEFORE, 8, "inbox", fields), link(b"8" * 8, 7, "inbox", fields)}
    assert len(several) == 3


def test_checksums_on_disk_stay_what_they_are() -> None:
    assert link(BEFORE, 7, "inbox", ("usage", b"p" * 100, "3", 1, "")).hex() == "9c1997669b8aa47e8a"
