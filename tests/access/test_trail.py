"""The audit trail: what was altered, dropped, swapped, hashed anew or cut off is found, and nothing else is."""

import hmac
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ingestion.batches.batch import Batch, Origin
from telassure import wiring
from telassure.access.principal import Principal
from telassure.access.register import FRESH_SECONDS, Register
from telassure.access.trail import AuditTrail
from telassure.app.cli.main import app
from telassure.kernel.commands import Instruction, house_own, unpermitted
from telassure.kernel.errors import NotPermitted, TelassureError
from telassure.kernel.ports import Deed, Entry
from telassure.store.sql import SqlEventLog
from telassure.store.sql.access import SqlAccess
from telassure.store.sql.audit_rows import AuditRows
from telassure.wiring.settings import Settings, isolated

KEY = b"a key of the tests"
ENTRIES = 6
Harm = Callable[[sqlite3.Connection, int, int], None]


class StillClock:
    def now(self) -> int:
        return 1_000_000


def opened(folder: Path) -> tuple[SqlAccess, AuditTrail]:
    store = SqlAccess(f"sqlite:///{folder / 'access.db'}")
    return store, AuditTrail(store, StillClock(), KEY)


def written(folder: Path, entries: int = ENTRIES) -> AuditTrail:
    """A trail of so many entries."""
    trail = opened(folder)[1]
    for number in range(entries):
        trail.record(Deed("eve", f"deed {number}", f"thing {number}", "done"))
    return opened(folder)[1]


@pytest.mark.parametrize("entries", [0, 1, 7])
def test_a_trail_that_nobody_touched_is_proven(tmp_path: Path, entries: int) -> None:
    found = written(tmp_path, entries).prove()
    assert (found.entries, found.ok, found.first_bad) == (entries, True, None)


def alter(column: str) -> Harm:
    def harm(database: sqlite3.Connection, one: int, _: int) -> None:
        text = "at = at + 1" if column == "at" else f"{column} = {column} || 'x'"
        database.execute(f"UPDATE audit_entry SET {text} WHERE number = ?", (one,))  # ours

    return harm


def drop(database: sqlite3.Connection, one: int, _: int) -> None:
    database.execute("DELETE FROM audit_entry WHERE number = ?", (one,))


def swap(database: sqlite3.Connection, one: int, other: int) -> None:
    steps = ((one, -1), (other, one), (-1, other))
    for before, after in steps:
        database.execute("UPDATE audit_entry SET number = ? WHERE number = ?", (after, before))


def swap_words(database: sqlite3.Connection, one: int, other: int) -> None:
    rows = dict(database.execute("SELECT number, deed FROM audit_entry"))
    for here, there in ((one, other), (other, one)):
        database.execute("UPDATE audit_entry SET deed = ? WHERE number = ?", (rows[there], here))


def hash_anew(database: sqlite3.Connection, one: int, _: int) -> None:
    """All that can be done without the key: another deed, and every chain from there on made by another one."""
    database.execute("UPDATE audit_entry SET deed = 'nothing at all' WHERE number = ?", (one,))
    chain = bytes(32)
    for row in list(database.execute("SELECT number, at, actor, deed, subject, outcome FROM audit_entry ORDER BY 1")):
        chain = hmac.digest(b"another key", chain + orjson.dumps(list(row)), "sha256")
        database.execute("UPDATE audit_entry SET chain = ? WHERE number = ?", (chain, row[0]))
    database.execute("UPDATE audit_head SET chain = ?", (chain,))


def cut_off(database: sqlite3.Connection, one: int, _: int) -> None:
    """All from one on, and a head that says so."""
    database.execute("DELETE FROM audit_entry WHERE number >= ?", (one,))
    last = database.execute("SELECT chain FROM audit_entry WHERE number = ?", (one - 1,)).fetchone() or (b"",)
    database.execute("UPDATE audit_head SET number = ?, chain = ?", (one - 1, *last))


def drop_head(database: sqlite3.Connection, _: int, __: int) -> None:
    database.execute("DELETE FROM audit_head")


HARMS = [
    *map(alter, ("at", "actor", "deed", "subject", "outcome")),
    drop,
    swap,
    swap_words,
    hash_anew,
    cut_off,
    drop_head,
]


@cache
def _whole() -> bytes:
    """A database that nobody touched, made once."""
    with TemporaryDirectory() as made:
        written(Path(made))
        return (Path(made) / "access.db").read_bytes()


@given(st.sampled_from(HARMS), st.integers(1, ENTRIES), st.integers(1, ENTRIES))
def test_whatever_was_done_to_it_is_found(harm: Harm, one: int, other: int) -> None:
    with TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "access.db").write_bytes(_whole())
        trail = opened(folder)[1]
        with closing(sqlite3.connect(folder / "access.db")) as database:
            before = list(database.execute("SELECT * FROM audit_entry ORDER BY 1")) + list(
                database.execute("SELECT * FROM audit_head")
            )
            harm(database, one, other)
            database.commit()
            after = list(database.execute("SELECT * FROM audit_entry ORDER BY 1")) + list(
                database.execute("SELECT * FROM audit_head")
            )
        assert trail.prove().ok is (before == after)


@pytest.mark.parametrize(
    ("harm", "first_bad"), [(alter("deed"), 3), (drop, 3), (swap, 3), (hash_anew, 1), (cut_off, 3)]
)
def test_the_first_entry_that_is_wrong_is_named(tmp_path: Path, harm: Harm, first_bad: int) -> None:
    trail = written(tmp_path)
    with closing(sqlite3.connect(tmp_path / "access.db")) as database:
        harm(database, 3, 5)
        database.commit()
    assert trail.prove().first_bad == first_bad


def test_what_was_put_back_whole_is_found_by_a_head_that_was_kept(tmp_path: Path) -> None:
    trail = written(tmp_path, 2)
    old = (tmp_path / "access.db").read_bytes()
    written(tmp_path, 3)
    kept = opened(tmp_path)[1].head()
    for place in tmp_path.glob("access.db*"):
        place.unlink()
    (tmp_path / "access.db").write_bytes(old)
    trail = opened(tmp_path)[1]
    assert (trail.prove().ok, trail.prove(kept).first_bad) == (True, 3)


def test_it_goes_on_after_a_restart(tmp_path: Path) -> None:
    written(tmp_path, 2)
    assert written(tmp_path, 3).prove().entries == 5


@pytest.mark.parametrize("text", ["a\nb", "\x1b[31m", "x" * 10_000, "\ud800"])
def test_what_anybody_wrote_is_kept_on_one_line_with_an_end(tmp_path: Path, text: str) -> None:
    _, trail = opened(tmp_path)
    trail.record(Deed(text, "ack", "thing", "done"))
    (entry,) = trail.newest(1)
    assert (entry.actor.isprintable() and len(entry.actor) <= 400, trail.prove().ok) == (True, True)


def test_a_change_of_access_and_its_entry_are_one_transaction(tmp_path: Path) -> None:
    store, trail = opened(tmp_path)
    register = Register(store, StillClock(), trail, by="admin")
    register.enrol(Principal("eve", frozenset({"operator"})))
    register.rotate("eve")
    register.revoke("eve")
    assert [(each.actor, each.deed, each.subject) for each in reversed(trail.newest(9))] == [
        ("admin", "access add", "eve"),
        ("admin", "access rotate", "eve"),
        ("admin", "access revoke", "eve"),
    ]


def test_a_flood_of_failed_logins_is_one_entry_a_second(tmp_path: Path) -> None:
    store, trail = opened(tmp_path)
    up = [0.0]
    register = Register(store, StillClock(), trail, elapsed=lambda: up[0])
    for _ in range(50):
        register.principal("a guess")
    up[0] += FRESH_SECONDS
    register.principal("a guess")
    assert [each.outcome.rpartition(" ")[2] for each in reversed(trail.newest(9))] == ["1", "50"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = isolated(tmp_path / "home")
    wiring.home(found)
    return found


POLICY = {"area": "leakage", "name": "bill_delay_hours", "value": "48"}


def state(settings: Settings, *rows: dict[str, str], actor: str = "kim") -> None:
    with wiring.opened_log(settings) as log:
        gateway = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        gateway.submit(
            Batch("catalogue", {"policies": list(rows)}, "1"), Origin("policies", "policies:set", actor=actor)
        )


def told(settings: Settings) -> dict[str, list[tuple[str, str, str]]]:
    """Who did what to what, by database, the oldest first."""
    return {
        trail.database: [(each.actor, each.deed, each.subject) for each in reversed(trail.newest(9))]
        for trail in wiring.audit_trails(settings)
    }


def test_a_change_of_a_policy_is_written_down_with_what_it_says_now(settings: Settings) -> None:
    state(settings, POLICY)
    assert told(settings) == {"access": [], "log": [("kim", "state policies", "leakage.bill_delay_hours=48")]}


def test_a_statement_that_says_what_is_in_force_is_no_deed(settings: Settings) -> None:
    state(settings, POLICY)
    state(settings, POLICY)
    assert len(told(settings)["log"]) == 1


def test_every_change_before_the_first_worker_is_taken(settings: Settings) -> None:
    hours = ["40", "41", "42", "40", "41"]
    for value in hours:
        state(settings, {**POLICY, "value": value})
    assert [subject.rpartition("=")[2] for _, _, subject in told(settings)["log"]] == hours


def test_a_statement_that_is_refused_is_written_down_all_the_same(settings: Settings) -> None:
    state(settings, {**POLICY, "value": "a while"}, actor="mallory")
    assert told(settings) == {"access": [("mallory", "state policies", "policies:set")], "log": []}


@pytest.mark.parametrize(("permit", "outcome"), [(False, "may not"), (True, "refused")])
def test_a_command_that_is_refused_is_written_down(settings: Settings, permit: bool, outcome: str) -> None:
    asked = Instruction("ack", "no-such-alarm", "eve", face="page", permit=house_own if permit else unpermitted)
    with wiring.opened_log(settings) as log, closing(wiring.reader(settings)) as reader:
        with pytest.raises(TelassureError) as raised:
            wiring.commands(settings, log, reader, 0).give(asked)
        assert isinstance(raised.value, NotPermitted) is not permit
    (entry,) = wiring.audit_trail(settings).newest(5)
    assert (entry.actor, entry.deed, entry.outcome) == ("eve", "ack", f"{outcome}, asked by page")


@pytest.mark.parametrize(
    ("kind", "row", "deed"),
    [
        (
            "actions",
            {"action_id": "x-1", "alarm_id": "a-1", "action": "clear", "user": "eve", "time": "2026-06-01T10:00:00Z"},
            ("eve", "clear", "a-1"),
        ),
        (
            "verdicts",
            {
                "verdict_id": "v-1",
                "domain": "north",
                "feed": "pm",
                "managed_object": "cell-1",
                "measurement": "load",
                "started_at": "2026-06-01T10:00:00Z",
                "verdict": "false_positive",
                "user": "kim",
                "why": "a test of the line",
                "given_at": "2026-06-01T11:00:00Z",
            },
            ("kim", "false_positive", "cell-1"),
        ),
    ],
)
def test_an_act_that_comes_as_a_row_is_written_down_once(
    settings: Settings, kind: str, row: dict[str, str], deed: tuple[str, str, str]
) -> None:
    with wiring.opened_log(settings) as log:
        gateway = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        for position in ("1", "2"):
            gateway.submit(Batch(kind, [row], position), Origin("operators", "desk", actor="desk"))
    assert told(settings)["log"] == [deed]


def test_what_cannot_be_written_down_is_not_done(tmp_path: Path) -> None:
    def breaks(rows: AuditRows, deeds: Sequence[Deed]) -> None:
        raise RuntimeError("no ink")

    act = Entry("assurance", 0, "act", b"{}", "acts", "1", b"1", deed=Deed("eve", "ack", "a-1", "durable"))
    plain = replace(act, position="2", deed=None)
    with closing(SqlEventLog(f"sqlite:///{tmp_path / 'log.db'}", scribe=breaks)) as log:
        with pytest.raises(RuntimeError):
            log.append([plain, act])
        assert (log.end("assurance", 0), log.append([plain]).accepted) == (0, 1)


def verified(settings: Settings, *more: str) -> tuple[int, dict[str, Any]]:
    """The exit of `telassure audit verify --json`, and what it says."""
    environment = {"TELASSURE_HOME": str(settings.home)}
    ran = CliRunner().invoke(app, ["audit", "verify", "--json", *more], env=environment)
    return ran.exit_code, orjson.loads(ran.stdout)


@pytest.fixture
def busy(settings: Settings) -> Settings:
    """A home with four entries in each trail."""
    for number in range(4):
        state(settings, {**POLICY, "value": str(40 + number)})
        wiring.audit_trail(settings).record(Deed("eve", f"deed {number}", f"thing {number}", "done"))
    return settings


def test_all_trails_are_verified_together(busy: Settings) -> None:
    code, found = verified(busy)
    assert (code, found["entries"], found["ok"], found["first_bad"]) == (0, 8, True, None)


@pytest.mark.parametrize("database", ["access", "log"])
@pytest.mark.parametrize(
    ("harm", "first_bad"),
    [(alter("actor"), 2), (alter("subject"), 2), (drop, 2), (swap, 2), (hash_anew, 1), (cut_off, 2)],
)
def test_harm_to_any_trail_is_found_and_named(busy: Settings, database: str, harm: Harm, first_bad: int) -> None:
    with closing(sqlite3.connect(busy.home / f"{database}.db")) as opened_one:
        harm(opened_one, 2, 3)
        opened_one.commit()
    code, found = verified(busy)
    assert (code, found["ok"], found["first_bad"], found["database"]) == (1, False, first_bad, database)


def test_the_trail_of_another_database_is_not_proven_in_its_place(busy: Settings) -> None:
    with closing(sqlite3.connect(busy.home / "log.db")) as log:
        log.execute("ATTACH ? AS other", (str(busy.home / "access.db"),))
        for table in ("audit_entry", "audit_head"):
            log.execute(f"DELETE FROM main.{table}")  # ours
            log.execute(f"INSERT INTO main.{table} SELECT * FROM other.{table}")
        log.commit()
    code, found = verified(busy)
    assert (code, found["first_bad"], found["database"]) == (1, 1, "log")


def test_a_trail_that_was_emptied_is_found_by_a_head_that_was_kept(busy: Settings, tmp_path: Path) -> None:
    heads = CliRunner().invoke(app, ["audit", "head", "--json"], env={"TELASSURE_HOME": str(busy.home)}).stdout
    (tmp_path / "heads").write_text(heads)
    with closing(sqlite3.connect(busy.home / "log.db")) as log:
        for table in ("audit_entry", "audit_head"):
            log.execute(f"DELETE FROM {table}")  # ours
        log.commit()
    assert verified(busy)[1]["ok"]
    code, found = verified(busy, "--head", str(tmp_path / "heads"))
    assert (code, found["ok"], found["first_bad"], found["database"]) == (1, False, 1, "log")


def test_a_head_that_the_release_before_kept_is_that_of_access(busy: Settings, tmp_path: Path) -> None:
    head = wiring.audit_trail(busy).head()
    assert head is not None
    kept = {"entries": head.number, "chain": head.chain.hex(), "signature": head.signature.hex()}
    (tmp_path / "head").write_bytes(orjson.dumps(kept))
    assert verified(busy, "--head", str(tmp_path / "head"))[0] == 0


@pytest.mark.parametrize("files", [(), ("log.db",)])
def test_a_log_that_is_not_made_yet_has_an_empty_trail(settings: Settings, files: Sequence[str]) -> None:
    wiring.audit_trail(settings).record(Deed("eve", "a deed", "a thing", "done"))
    _without(settings, "log.db", "log.db-wal", "log.db-shm", "log.mark")
    for name in files:
        (settings.home / name).touch()
    code, found = verified(settings)
    assert (code, found["entries"], found["ok"]) == (0, 1, True)


@pytest.mark.parametrize("order", ["head", "list"])
def test_trails_are_told_before_there_is_a_log(settings: Settings, order: str) -> None:
    wiring.audit_trail(settings).record(Deed("eve", "a deed", "a thing", "done"))
    _without(settings, "log.db", "log.db-wal", "log.db-shm", "log.mark")
    ran = CliRunner().invoke(app, ["audit", order, "--json"], env={"TELASSURE_HOME": str(settings.home)})
    assert (ran.exit_code, "access" in ran.stdout) == (0, True)


def test_a_log_of_a_release_without_trails_has_an_empty_one(settings: Settings) -> None:
    wiring.audit_trail(settings).record(Deed("eve", "a deed", "a thing", "done"))
    _without(settings, "log.db", "log.db-wal", "log.db-shm", "log.mark")
    with closing(sqlite3.connect(settings.home / "log.db")) as log:
        log.executescript(
            "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('log_0006')"
        )
    assert verified(settings)[0] == 0


def test_a_log_that_is_gone_is_missed_by_a_head_that_was_kept(busy: Settings, tmp_path: Path) -> None:
    heads = CliRunner().invoke(app, ["audit", "head", "--json"], env={"TELASSURE_HOME": str(busy.home)}).stdout
    (tmp_path / "heads").write_text(heads)
    _without(busy, "log.db", "log.db-wal", "log.db-shm", "log.mark")
    code, found = verified(busy, "--head", str(tmp_path / "heads"))
    assert (code, found["database"]) == (1, "log")


def test_a_log_that_is_gone_is_missed_by_its_mark(busy: Settings) -> None:
    assert (busy.home / "log.mark").exists()
    _without(busy, "log.db", "log.db-wal", "log.db-shm")
    ran = CliRunner().invoke(app, ["audit", "verify", "--json"], env={"TELASSURE_HOME": str(busy.home)})
    assert ran.exit_code == 1


def test_a_log_that_has_lost_its_trail_is_not_one_without(busy: Settings) -> None:
    with closing(sqlite3.connect(busy.home / "log.db")) as log:
        log.executescript("DROP TABLE audit_entry; DROP TABLE audit_head")
    ran = CliRunner().invoke(app, ["audit", "verify", "--json"], env={"TELASSURE_HOME": str(busy.home)})
    assert ran.exit_code == 1


def _without(settings: Settings, *names: str) -> None:
    for name in names:
        (settings.home / name).unlink(missing_ok=True)
