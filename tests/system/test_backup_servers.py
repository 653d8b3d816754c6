"""A backup of PostgreSQL is one snapshot, complete in itself, proven, and goes back into an empty database."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from telassure import wiring
from telassure.kernel.errors import ConfigurationError, InvalidInput, TransientError
from telassure.store.backup import manifest
from telassure.store.metrics_embedded.store import EmbeddedMetricStore
from telassure.store.sql import SqlPositionLedger, migrate, transcript
from telassure.store.sql.records import schema_tables
from telassure.wiring.places import LOG, database_url
from telassure.wiring.settings import InfluxSettings, Settings, isolated
from tests.influx.influxd import Influxd, influxd
from tests.postgres.installations import Servers, servers
from tests.postgres.server import PostgresServer, postgres
from tests.stores.adapters import START, applied, cell, charge, entry, letter, one_of_each, outgoing, turn
from tests.stores.test_metric_store_laws import scored

__all__ = ["influxd", "postgres", "servers"]  # fixtures
pytestmark = pytest.mark.heavy
KINDS = {LOG: "log", **dict.fromkeys(wiring.TOPOLOGIES, "state")}


@pytest.fixture
def settings(servers: Servers, tmp_path: Path) -> Settings:
    """An installation that has worked: every kind of record, cells, letters, claims, an outbox and points."""
    found = servers.settings(tmp_path / "home")
    wiring.home(found)
    for name in wiring.TOPOLOGIES:
        with closing(wiring.state_store(found, name)) as store:
            store.commit(turn(0, 5, name, 0, cells=[cell(f"k-{n}", bytes([n, 0, 255])) for n in range(9)]))
            store.commit(turn(5, 7, name, 0, records=one_of_each(), letters=[letter(f"l-{name}")]))
            store.commit(turn(7, 8, name, 0, outbox=[outgoing("o-1"), outgoing("o-2")], taken=[applied("p-1")]))
    with closing(SqlPositionLedger(database_url(found, LOG))) as ledger, ledger.claiming([[entry("a"), entry("b")]]):
        pass
    with closing(EmbeddedMetricStore(found.home / "metrics")) as points:
        points.write(scored({("cell-1", "load", START): 1.5, ("cell-2", "load", START): 2.5}), "detection/0", 3)
    return found


def rows(settings: Settings, server: PostgresServer) -> dict[str, list[tuple[object, ...]]]:
    """Everything that the schemas hold."""
    found = {}
    database = settings.database.url.rpartition("/")[2]
    with server.connect(dbname=database) as connection:
        for schema, kind in KINDS.items():
            for name in schema_tables(kind):
                said = connection.execute(f'SELECT * FROM {schema}."{name}"').fetchall()
                found[f"{schema}.{name}"] = sorted(map(tuple, said), key=repr)
    return found


def test_a_restored_database_holds_row_for_row_what_the_backed_up_one_held(
    settings: Settings, servers: Servers, tmp_path: Path
) -> None:
    made = wiring.backup(settings, tmp_path / "kept", secrets=False)
    assert made.digest == wiring.state_digest(settings)
    assert wiring.prove(tmp_path / "kept").ok
    elsewhere = servers.settings(tmp_path / "elsewhere")
    proof = wiring.restore(tmp_path / "kept", elsewhere)
    assert (proof.ok, proof.digest) == (True, made.digest)
    said = rows(settings, servers.server)
    assert all(said[f"charging.{name}"] for name in ("charge", "cell", "outbox", "dead_letter", "taken_position"))
    assert rows(elsewhere, servers.server) == said


def test_a_restored_installation_goes_on_from_its_offset(settings: Settings, servers: Servers, tmp_path: Path) -> None:
    wiring.backup(settings, tmp_path / "kept", secrets=False)
    elsewhere = servers.settings(tmp_path / "elsewhere")
    wiring.restore(tmp_path / "kept", elsewhere)
    with closing(wiring.state_store(elsewhere, "charging")) as store:
        assert store.checkpoint("charging", 0).offset == 8
        store.commit(turn(8, 9, cells=[cell("new", b"x", operator="another")], outbox=[outgoing("o-3")]))
        assert [each.outbox_id for each in store.outbox("charging", 9)] == ["o-1", "o-2", "o-3"]


def test_a_backup_is_one_snapshot_of_all_schemas(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, enter = wiring.state_digest(settings), transcript._enter

    def meanwhile(connection: object, schema: str) -> None:
        enter(connection, schema)  # type: ignore[arg-type]  # as it came
        if schema == "charging":
            with closing(wiring.state_store(settings, "charging")) as store:
                store.commit(turn(8, 9, records=[charge("too late")]))

    monkeypatch.setattr(transcript, "_enter", meanwhile)
    assert wiring.backup(settings, tmp_path / "kept", secrets=False).digest == before
    assert manifest.read(tmp_path / "kept").offsets["charging"] == [8]
    assert wiring.state_digest(settings) != before


def test_a_second_backup_writes_what_has_changed_alone_and_is_complete(
    settings: Settings, servers: Servers, tmp_path: Path
) -> None:
    many = [replace(charge(f"c-{n:05}"), account=f"account {n} " + "x" * 200) for n in range(20_000)]
    with closing(wiring.state_store(settings, "charging")) as store:
        store.commit(turn(8, 9, records=many))
    first = wiring.backup(settings, tmp_path / "kept", secrets=False)
    with closing(wiring.state_store(settings, "charging")) as store:
        store.commit(turn(9, 10, records=[replace(charge("c-00007"), account="another"), charge("c-99999")]))
        store.commit(turn(10, 11, cells=[cell("k-1", None), cell("k-2", b"changed")]))
    second = wiring.backup(settings, tmp_path / "kept", secrets=False)
    assert second.new_bytes < first.new_bytes / 2
    elsewhere = servers.settings(tmp_path / "elsewhere")
    assert wiring.restore(tmp_path / "kept", elsewhere).digest == wiring.state_digest(settings)
    assert rows(elsewhere, servers.server) == rows(settings, servers.server)


def test_a_folder_with_a_backup_of_another_database_takes_this_one_whole(
    settings: Settings, servers: Servers, tmp_path: Path
) -> None:
    other = servers.settings(tmp_path / "other")
    wiring.home(other)
    with closing(wiring.state_store(other, "charging")) as store:
        store.commit(turn(0, 1, cells=[cell("k-1", b"x", operator=name) for name in ("rate", "other", "charge")]))
    wiring.backup(other, tmp_path / "kept", secrets=False)
    wiring.backup(settings, tmp_path / "kept", secrets=False)
    elsewhere = servers.settings(tmp_path / "elsewhere")
    assert wiring.restore(tmp_path / "kept", elsewhere).ok
    assert rows(elsewhere, servers.server) == rows(settings, servers.server)


@pytest.mark.parametrize("schema", [LOG, "charging"])
def test_a_database_that_holds_something_is_not_restored_over(
    settings: Settings, servers: Servers, tmp_path: Path, schema: str
) -> None:
    wiring.backup(settings, tmp_path / "kept", secrets=False)
    used = servers.settings(tmp_path / "used")
    migrate.upgrade(database_url(used, schema), KINDS[schema])
    if schema == LOG:
        with closing(SqlPositionLedger(database_url(used, LOG))) as ledger:
            ledger.bury([letter("l-1")])
    else:
        with closing(wiring.state_store(used, schema)) as store:
            store.commit(turn(0, 1))
    held = used.database.url
    with pytest.raises(InvalidInput, match="not empty"):
        wiring.restore(tmp_path / "kept", used)
    assert not (tmp_path / "used").exists()
    with servers.server.connect(dbname=held.rpartition("/")[2]) as connection:
        assert connection.execute("SELECT count(*) FROM assurance.alarm").fetchone() == (0,)


def test_without_a_database_in_the_settings_it_says_which_to_set(settings: Settings, tmp_path: Path) -> None:
    wiring.backup(settings, tmp_path / "kept", secrets=False)
    with pytest.raises(ConfigurationError, match="TELASSURE_DATABASE__URL"):
        wiring.restore(tmp_path / "kept", isolated(tmp_path / "elsewhere"))


def test_another_number_of_partitions_is_refused(settings: Settings, servers: Servers, tmp_path: Path) -> None:
    wiring.backup(settings, tmp_path / "kept", secrets=False)
    with pytest.raises(ConfigurationError, match="1 partitions"):
        wiring.restore(tmp_path / "kept", servers.settings(tmp_path / "elsewhere", partitions=3))


def test_what_it_does_not_hold_is_named(settings: Settings, tmp_path: Path) -> None:
    named = wiring.backup(settings, tmp_path / "kept", secrets=False).left_out
    assert any("Kafka's topics telassure.*" in each for each in named)


@pytest.mark.parametrize("revision", ["state_0003", "state_9999"])
def test_a_database_of_another_release_is_not_copied(
    settings: Settings, servers: Servers, tmp_path: Path, revision: str
) -> None:
    with servers.server.connect(dbname=settings.database.url.rpartition("/")[2]) as connection:
        connection.execute("UPDATE assurance.alembic_version SET version_num = %s", (revision,))
    with pytest.raises(ConfigurationError, match=f"assurance is at {revision}"):
        wiring.backup(settings, tmp_path / "kept", secrets=False)
    assert manifest.names(tmp_path / "kept") == []


def test_a_database_that_nobody_has_made_is_said_to_be_missing(servers: Servers, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="has not been made yet"):
        wiring.backup(servers.settings(tmp_path / "home"), tmp_path / "kept", secrets=False)


def test_a_server_that_is_away_leaves_nothing_half_done(servers: Servers, settings: Settings, tmp_path: Path) -> None:
    wiring.backup(settings, tmp_path / "kept", secrets=False)
    elsewhere = servers.settings(tmp_path / "elsewhere")
    with servers.server.connect() as connection, pytest.MonkeyPatch.context() as patch:
        count = transcript._count_on

        def cut(to: object, schema: str, table: object) -> None:
            if schema == "charging":
                others = "FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                connection.execute(f"SELECT pg_terminate_backend(pid) {others}")
            count(to, schema, table)  # type: ignore[arg-type]  # as they came

        patch.setattr(transcript, "_count_on", cut)
        with pytest.raises(TransientError):
            wiring.restore(tmp_path / "kept", elsewhere)
    assert not (tmp_path / "elsewhere").exists()
    assert wiring.restore(tmp_path / "kept", elsewhere).ok


@pytest.mark.parametrize("database", [True, False])
def test_points_of_influxdb_are_in_it_and_go_back_into_an_empty_bucket(
    settings: Settings, servers: Servers, influxd: Influxd, tmp_path: Path, database: bool
) -> None:
    here = settings if database else isolated(tmp_path / "files")
    wiring.home(here)
    used = here.model_copy(update={"influx": bucket(influxd, "used", tmp_path)})
    with closing(wiring.metric_store(used, read_only=False)) as store:
        store.write(scored({(f"c-{n}", "load", START + n): n / 7 for n in range(99)}), "detection/0", 1)
    made = wiring.backup(used, tmp_path / "kept", secrets=False)
    assert made.digest == wiring.state_digest(used)
    again = wiring.backup(used, tmp_path / "kept", secrets=False)
    assert again.digest == made.digest
    there = servers.settings(tmp_path / "elsewhere") if database else isolated(tmp_path / "elsewhere")
    there = there.model_copy(update={"influx": bucket(influxd, "again", tmp_path)})
    assert wiring.restore(tmp_path / "kept", there).digest == wiring.state_digest(there) == made.digest
    with pytest.raises(InvalidInput, match="empty bucket"):
        wiring.restore(tmp_path / "kept", there.model_copy(update={"home": tmp_path / "third"}))


def bucket(server: Influxd, name: str, place: Path) -> InfluxSettings:
    """A bucket of one test's own, as the settings name it."""
    found = server.connection(f"{place}/{name}")
    return InfluxSettings(url=found.url, org=found.org, bucket=found.bucket, token=SecretStr(found.token))
