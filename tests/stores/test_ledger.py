"""The ledger is append-only: whoever alters, drops, swaps or seals lines anew is found, with the line or the seal."""

import gzip
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import orjson
import pytest
from sqlalchemy import create_engine, text

from streams.operators.charging.purse import PURSE
from streams.topologies.charging import CHARGING
from telassure import wiring
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Charge
from telassure.kernel.instant import DAY, HOUR
from telassure.store.archive import Archive
from telassure.store.sql import SqlStateStore, migrate, seals
from telassure.store.sql.charge_lines import table_of
from telassure.store.sql.ledger_audit import Elsewhere, LedgerAudit, audit_ledger
from telassure.wiring.ledger import purse_end
from telassure.wiring.settings import Settings
from tests.driver import Driver
from tests.operators.test_balance_acts import ACCOUNTS, act
from tests.stores.databases import Databases, asked
from tests.topologies.test_charging import CATALOGUE, MONDAY, recharge, usage

RECORDS = 6


def charged(url: str, records: int = RECORDS) -> None:
    """Two accounts' usage and a recharge, a commit each, over a database; a crash before each use."""
    with closing(SqlStateStore(url)) as store:
        driver = Driver(CHARGING)
        driver.use_store(store)
        driver.change(*CATALOGUE)
        driver.pipe(recharge("3"))
        for number in range(records):
            driver.crash()
            account = ("a-post", "a-pre")[number % 2]
            driver.pipe(usage(f"u-{number}", 60 + number, account=account, at=MONDAY + number * HOUR))


def audited(url: str, known: dict[str, str] | None = None) -> LedgerAudit:
    return audit_ledger(url, "charge", Elsewhere(list, purse_end, known or {}))


def altered(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def line_of(url: str, account: str, sequence: int) -> str:
    found = asked(url, f"SELECT charge_id FROM charge WHERE account = '{account}' AND sequence = {sequence}")
    return str(found[0][0])


@pytest.fixture
def url(databases: Databases) -> str:
    found = databases.url("state", "ledger")
    charged(found)
    return found


def test_an_untouched_ledger_is_as_it_was_appended_and_comes_to_its_balances(url: str) -> None:
    found = audited(url)
    assert (found.lines, found.ok, found.first_bad, found.sum_equals_balance_change) == (RECORDS + 1, True, "", True)


def test_the_lines_of_an_account_are_counted_and_say_what_priced_them(url: str) -> None:
    asked_for = (
        "SELECT sequence, tariff, zone, rate_row, corrects FROM charge WHERE account = 'a-post' ORDER BY sequence"
    )
    assert asked(url, asked_for) == [(number, "t-1", "", 1, "") for number in (1, 2, 3)]


def test_acts_on_balances_are_lines_that_are_counted_too(databases: Databases) -> None:
    url = databases.url("state", "acts")
    with closing(SqlStateStore(url)) as store:
        driver = Driver(CHARGING)
        driver.use_store(store)
        driver.change(*ACCOUNTS)
        driver.pipe(act(1, "topup", "p", "amount=5"), act(2, "adjust", "p", "amount=-2"))
        driver.pipe(act(3, "transfer", "p", "amount=4", "to=q"), act(4, "topup", "q", "amount=1"))
    found = audited(url)
    assert (found.lines, found.ok, found.sum_equals_balance_change) == (5, True, True)


@pytest.mark.parametrize(
    "change",
    ["amount_micros = amount_micros - 1", "account = 'a-other'", "volume = 1", "tariff = 't-2'", "balance_micros = 0"],
)
def test_a_line_that_was_altered_is_named(url: str, change: str) -> None:
    bad = line_of(url, "a-post", 2)
    altered(url, f"UPDATE charge SET {change} WHERE charge_id = '{bad}'")
    assert f"line {bad}" in audited(url).first_bad


def test_a_line_whose_amount_was_altered_no_longer_comes_to_the_balance(url: str) -> None:
    altered(url, "UPDATE charge SET amount_micros = amount_micros - 1 WHERE account = 'a-pre' AND sequence = 2")
    assert not audited(url).sum_equals_balance_change


@pytest.mark.parametrize("sequence", [1, 2, 3])
def test_a_line_that_was_dropped_is_missed_wherever_it_stood(url: str, sequence: int) -> None:
    altered(url, f"DELETE FROM charge WHERE account = 'a-post' AND sequence = {sequence}")
    found = audited(url)
    assert (found.ok, found.lines, found.sum_equals_balance_change) == (False, RECORDS, False)


def test_the_amounts_of_two_lines_swapped_are_found(url: str) -> None:
    altered(
        url,
        "UPDATE charge SET amount_micros = CASE sequence WHEN 1 THEN 130000 ELSE 60000 END "
        "WHERE account = 'a-post' AND sequence IN (1, 3)",
    )
    altered(url, "UPDATE charge SET sequence = 4 - sequence WHERE account = 'a-post' AND sequence IN (1, 3)")
    assert not audited(url).ok


def resealed(url: str, account: str, sequence: int) -> None:
    """Alter a line and seal it anew, alone under its own commit, as one would who knows the chain's rule."""
    with closing(SqlStateStore(url)) as store, store._database.writing() as connection:
        table = table_of(Charge)
        chosen = (table.table.c.account == account) & (table.table.c.sequence == sequence)
        row = list(connection.execute(table.table.select().where(chosen)).one())
        row[7] -= 10
        content = seals.text_of(tuple(row))
        before = connection.exec_driver_sql(
            "SELECT digest FROM charge WHERE seal <> '' ORDER BY CAST(substr(seal, 3) AS INTEGER) DESC"
        ).all()
        digests = [each[0] for each in before]
        previous = digests[digests.index(row[-1]) + 1]
        link = seals.linked(previous, seals.contents([content]))
        new = {"amount_micros": row[7], "checksum": crc32(content), "digest": link}
        connection.execute(table.table.update().where(chosen).values(**new))


def test_a_line_that_was_sealed_anew_breaks_the_chain_behind_it(url: str) -> None:
    resealed(url, "a-post", 2)
    found = audited(url)
    assert "seal 0/" in found.first_bad


def test_the_last_line_sealed_anew_does_not_fit_the_head(url: str) -> None:
    resealed(url, "a-pre", 4)
    assert "its head is at" in audited(url).first_bad


def test_a_whole_new_chain_does_not_go_through_where_the_old_one_stood(url: str, databases: Databases) -> None:
    known = dict(audited(url).heads)
    other = databases.url("state", "made_up")
    charged(other, RECORDS - 1)
    assert (audited(other).ok, audited(other, known).ok, audited(url, known).ok) == (True, False, True)


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({"7": "3/abc"}, "partition 7: the chain does not go through 3/abc"),
        ({"-1": "2/abc"}, "were 2/abc before"),
        ({"-1": "0/"}, ""),
        ({}, ""),
    ],
)
def test_every_chain_that_was_seen_before_is_looked_for(url: str, known: dict[str, str], told: str) -> None:
    found = audited(url, known).first_bad
    assert (told in found, bool(found)) == (True, bool(told))


@pytest.mark.parametrize("table", ["ledger_head", "charge", "cell"])
def test_a_ledger_of_which_a_table_is_missing_is_not_as_it_was(url: str, table: str) -> None:
    altered(url, f"ALTER TABLE {table} RENAME TO hidden")
    try:
        found = audited(url)
    finally:  # the schema of a server serves other tests
        altered(url, f"ALTER TABLE hidden RENAME TO {table}")
    assert found.first_bad.startswith(f"no {table}: upgrade")


@pytest.mark.parametrize("left", [None, b""])
def test_a_database_that_is_gone_is_missed_by_who_has_seen_it(tmp_path: Path, left: bytes | None) -> None:
    url = f"sqlite:///{tmp_path / 'charging.db'}"
    if left is not None:
        (tmp_path / "charging.db").write_bytes(left)
    assert (audited(url).ok, audited(url, {"0": "1/a"}).first_bad[:18]) == (True, "the ledger is gone")


@pytest.mark.parametrize("named", ["x", "", "1.5"])
def test_heads_of_what_is_no_partition_are_refused(tmp_path: Path, named: str) -> None:
    settings, known = home_of(tmp_path, lambda home: None), tmp_path / "known"
    known.write_bytes(orjson.dumps({"heads": {named: "1/a"}}))
    with pytest.raises(InvalidInput, match="ledger verify"):
        wiring.audited_ledger(settings, known)


def test_lines_from_before_seals_that_were_sealed_anew_are_told(tmp_path: Path) -> None:
    settings = home_of(tmp_path, before_seals)
    known = dict(wiring.audited_ledger(settings).heads)
    url = wiring.places.database_url(settings, "charging")
    altered(url, "DELETE FROM charge")
    altered(url, "UPDATE ledger_head SET lines = 0, digest = ''")
    assert (known["-1"][:2], "lines were sealed are 0/" in audited(url, known).first_bad) == ("7/", True)


def home_of(tmp_path: Path, change: Callable[[Path], None]) -> Settings:
    settings = Settings(home=tmp_path / "home")
    wiring.home(settings)
    charged(wiring.places.database_url(settings, "charging"))
    change(settings.home)
    return settings


def archive(home: Path) -> None:
    with closing(SqlStateStore(f"sqlite:///{home}/charging.db")) as store:
        assert store.remove(Charge, HOUR, MONDAY + 9 * DAY, Archive(home / "archive").keep)


def test_lines_that_were_archived_are_still_of_the_chain(tmp_path: Path) -> None:
    found = wiring.audited_ledger(home_of(tmp_path, archive))
    assert (found.ok, found.lines, found.sum_equals_balance_change) == (True, RECORDS + 1, True)


def test_a_line_that_was_altered_in_the_archive_is_named(tmp_path: Path) -> None:
    def alter(home: Path) -> None:
        archive(home)
        kept = Archive(home / "archive")
        (file,) = kept.files("charge")
        place = home / "archive" / "charge" / file.file
        lines = [orjson.loads(line) for line in gzip.decompress(place.read_bytes()).splitlines()]
        lines[0]["amount_micros"] += 1
        place.unlink()
        (home / "archive" / "charge" / "manifest.json").unlink()
        kept.keep([Charge(**line) for line in lines])

    assert "is not as it was appended" in wiring.audited_ledger(home_of(tmp_path, alter)).first_bad


def before_seals(home: Path) -> None:
    """The database as the release before left it: the same lines, without what seals them."""
    engine = create_engine(f"sqlite:///{home}/charging.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE ledger_head")
        for name in ("digest", "checksum", "seal", "corrects", "rate_row", "zone", "catalogue_version", "sequence"):
            connection.exec_driver_sql(f'ALTER TABLE charge DROP COLUMN "{name}"')
        purses = "FROM cell WHERE family = (SELECT family FROM cell_family WHERE operator = 'charge')"
        for key, blob in connection.exec_driver_sql(f"SELECT key, blob {purses}").all():
            uncounted = PURSE.pack(replace(PURSE.unpack(blob), sequence=0))
            connection.exec_driver_sql(f"UPDATE cell SET blob = ? {purses[10:]} AND key = ?", (uncounted, key))
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'state_0016'")
        connection.exec_driver_sql("UPDATE compatibility SET compatible_since = 'state_0010'")
    engine.dispose()
    migrate.upgrade(f"sqlite:///{home}/charging.db", "state")


@pytest.mark.parametrize(
    ("change", "ok"),
    [
        ("SELECT 1", True),
        ("UPDATE charge SET volume = volume + 1 WHERE account = 'a-pre'", False),
        ("DELETE FROM charge WHERE account = 'a-pre' AND amount_micros < 0", False),
    ],
)
def test_lines_of_the_release_before_are_sealed_when_they_are_migrated(tmp_path: Path, change: str, ok: bool) -> None:
    settings = home_of(tmp_path, before_seals)
    with closing(sqlite3.connect(settings.home / "charging.db")) as connection:
        connection.execute(change)
        connection.commit()
    assert wiring.audited_ledger(settings).ok is ok
