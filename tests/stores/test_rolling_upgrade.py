"""State of earlier releases is gone on with by this one, and refused by them once it is ours; marks say where."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from telassure.kernel.errors import ConfigurationError
from telassure.store.sql import SqlEventLog, SqlReader, SqlStateStore, migrate
from tests.stores.adapters import ROOT, START, cell, charge, entry, outgoing, turn
from tests.stores.databases import Databases, asked
from tests.stores.golden.record import PREVIOUS, RECORDED, checked_out, restore

SCENARIO = ROOT / "tests/stores/golden/scenario.py"


def run_by(release: Path, home: Path, half: str) -> "subprocess.CompletedProcess[str]":
    """A half of the scenario, run by the code of a release."""
    command = [sys.executable, str(SCENARIO), str(home), half]
    return subprocess.run(command, cwd=release, capture_output=True, text=True, check=False)


def ran(home: Path, half: str) -> dict[str, Any]:
    """What a half of the scenario leaves behind, run by this release."""
    done = run_by(ROOT, home, half)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def concluded(found: Mapping[str, Any]) -> dict[str, Any]:
    """Without the cells, whose bytes a release may lay out in its own way."""
    return {name: value for name, value in found.items() if not name.endswith("_cells")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What this release leaves that ran both halves by itself."""
    found = ran(tmp_path_factory.mktemp("whole"), "both")
    assert all(found["counts"][name] for name in ("trouble_ticket", "charge", "alarm"))
    return found


@pytest.mark.parametrize("release", RECORDED)
def test_this_release_goes_on_from_what_an_earlier_one_has_left(
    tmp_path: Path, release: str, whole: dict[str, Any]
) -> None:
    restore(tmp_path, release)
    assert concluded(ran(tmp_path, "second")) == concluded(whole)


def test_the_recordings_are_of_different_schemas(tmp_path: Path) -> None:
    revisions = []
    for release in RECORDED:
        restore(tmp_path / release, release)
        revisions += asked(f"sqlite:///{tmp_path}/{release}/charging.db", "SELECT version_num FROM alembic_version")
    assert revisions == [("state_0001",), ("state_0006",)]


@pytest.mark.heavy
def test_the_release_before_refuses_what_this_one_has_written(tmp_path: Path) -> None:
    known = subprocess.run(["git", "cat-file", "-e", PREVIOUS], cwd=ROOT, capture_output=True, check=False)
    if known.returncode:
        pytest.skip(f"the history here does not reach back to {PREVIOUS}")
    (tmp_path / "release").mkdir()
    release = checked_out(PREVIOUS, tmp_path / "release")
    ran(tmp_path / "home", "first")
    refused = run_by(release, tmp_path / "home", "second")
    assert (refused.returncode, "releases below log_0006 cannot use it" in refused.stderr) == (1, True)


def mark(url: str, revision: str, since: str) -> None:
    """Make a database look as a later release has left it."""
    store = SqlStateStore(url)
    with store._database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
        connection.exec_driver_sql(f"UPDATE compatibility SET compatible_since = '{since}'")
    store.close()


def test_a_database_that_a_later_release_has_expanded_is_used_as_it_is(databases: Databases) -> None:
    url = databases.url("state", "expanded")
    mark(url, "state_0099", "state_0002")
    try:
        with closing(SqlStateStore(url)) as store:
            store.commit(turn(cells=[cell("a")]))
        assert asked(url, "SELECT version_num FROM alembic_version") == [("state_0099",)]
    finally:
        _restored(url)


def test_a_database_that_a_later_release_has_contracted_is_refused(databases: Databases) -> None:
    url = databases.url("state", "contracted")
    mark(url, "state_0099", "state_0098")
    try:
        with pytest.raises(ConfigurationError, match="releases below state_0098 cannot use it"):
            SqlStateStore(url)
    finally:
        _restored(url)


def _restored(url: str) -> None:
    """The schemas of a server are shared by the tests of a session."""
    database = migrate.dialect.writer(migrate.make_url(url), 1)
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'state_0002'")
        connection.exec_driver_sql("UPDATE compatibility SET compatible_since = 'state_0001'")
    database.dispose()


def test_what_the_release_before_writes_beside_this_one_is_counted_and_found(databases: Databases) -> None:
    url = databases.url("state", "beside")
    with closing(SqlStateStore(url)) as store, closing(SqlReader(url, {"charging": url})) as reader:
        store.commit(turn(counters={"records": 2, "feed:cdr": START}, outbox=[outgoing("new")]))
        with store._database.writing() as connection:  # as release 1 does it
            connection.exec_driver_sql("INSERT INTO counter (topology, name, count) VALUES ('charging', 'records', 3)")
            newest = f"('charging', 'cdr', {START + 1})"
            connection.exec_driver_sql(f"INSERT INTO feed (topology, name, newest) VALUES {newest}")
            for name, position in (("old-0", "op/0/5/a/0"), ("old-12", "op/12/5/a/0"), ("odd", "no slash")):
                values = f"('charging', '{name}', 'notify', 'tick', '', '{position}', 0, '')"
                columns = "(topology, outbox_id, target, kind, payload, position, created_at, trace)"
                connection.exec_driver_sql(f"INSERT INTO outbox {columns} VALUES {values}")
        assert (store.counters("charging"), reader.feeds()) == ({"records": 5}, {"cdr": START + 1})
        assert [row.outbox_id for row in store.outbox("charging", 9, partition=0)] == ["new", "old-0"]
        assert [row.outbox_id for row in store.outbox("charging", 9, partition=12)] == ["old-12"]


def test_the_outbox_of_the_first_release_gets_its_new_column_and_the_catalogue_stays(tmp_path: Path) -> None:
    restore(tmp_path, "state_0001")
    database = sqlite3.connect(tmp_path / "charging.db")
    row = "('charging', 'o-1', 'notify', 'tick', x'', 'charge/3/17/a-1/0', 0, '')"
    columns = "(topology, outbox_id, target, kind, payload, position, created_at, trace)"
    database.execute(f"INSERT INTO outbox {columns} VALUES {row}")
    database.commit()
    database.close()
    with closing(SqlStateStore(f"sqlite:///{tmp_path}/charging.db")) as store:
        assert [row.outbox_id for row in store.outbox("charging", 9, partition=3)] == ["o-1"]
        assert list(store.catalogue("charging", 0)) != []


def test_a_log_of_the_release_before_refuses_its_repeats(tmp_path: Path) -> None:
    restore(tmp_path, "state_0001")
    with closing(SqlEventLog(f"sqlite:///{tmp_path}/log.db")) as log:
        (first,) = log.read("charging", 0, 0, 1, 1)
        again = entry(first.position, first.payload, source=first.source)
        assert log.append([again]).accepted == 0


def test_sums_stay_right_when_releases_take_turns(databases: Databases) -> None:
    url = databases.url("state", "turns")
    with closing(SqlStateStore(url)) as store, closing(SqlReader(url, {"charging": url})) as reader:
        store.commit(turn(0, 1, records=[charge("a", 10), charge("b", 20)]))
        with store._database.writing() as connection:  # as release 1 sums an hour again
            connection.exec_driver_sql("UPDATE charged_hour SET micros = (SELECT sum(amount_micros) FROM charge)")
        store.commit(turn(1, 2, records=[charge("a", 15), charge("c", 3)]))
        assert reader.charged_since(0) == {"EUR": 38}
