"""The migrations: they make what the tables say, once, whoever starts first."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from telassure.kernel.errors import ConfigurationError
from telassure.store.sql import SqlEventLog, SqlStateStore, migrate
from telassure.store.sql.records import schema_tables
from tests.postgres.server import PostgresServer
from tests.stores.adapters import ROOT, entry, turn, url
from tests.stores.databases import asked, created, made_by_migrations


@pytest.mark.parametrize("kind", migrate.KINDS)
def test_the_migrations_make_exactly_the_tables_that_are_declared(tmp_path: Path, kind: str) -> None:
    assert made_by_migrations(tmp_path / "a", kind) == created(tmp_path / "b", kind)


@pytest.mark.parametrize("kind", migrate.KINDS)
def test_the_migrations_make_the_same_tables_on_a_server(postgres: PostgresServer, kind: str) -> None:
    migrate.upgrade(postgres.url(f"by_migrations_{kind}"), kind)
    with postgres.connect() as connection:
        connection.execute(f"CREATE SCHEMA by_declarations_{kind}")
    engine = create_engine(postgres.url(f"by_declarations_{kind}"))
    with engine.begin() as connection:
        for table in schema_tables(kind).values():
            table.create(connection)
    engine.dispose()
    assert described(postgres, f"by_migrations_{kind}") == described(postgres, f"by_declarations_{kind}")


def described(postgres: PostgresServer, schema: str) -> list[tuple[object, ...]]:
    """Every column and index of a schema but for what Alembic and the migrations keep for themselves."""
    theirs = "('alembic_version', 'compatibility')"
    columns = (
        "SELECT table_name, ordinal_position, column_name, data_type, collation_name, is_nullable,"
        f" replace(column_default, table_schema || '.', '') FROM information_schema.columns"
        f" WHERE table_schema = '{schema}' AND table_name NOT IN {theirs} ORDER BY 1, 2"
    )
    indexes = (
        "SELECT tablename, indexname, replace(indexdef, schemaname || '.', '') FROM pg_indexes"
        f" WHERE schemaname = '{schema}' AND tablename NOT IN {theirs} ORDER BY 1, 2"
    )
    with postgres.connect() as connection:
        return [*connection.execute(columns).fetchall(), *connection.execute(indexes).fetchall()]


@pytest.mark.parametrize("kind", migrate.KINDS)
def test_the_newest_revision_is_the_one_that_the_release_expects(kind: str) -> None:
    config = Config()
    scripts = Path(migrate.__file__).with_name("migrations")
    config.set_main_option("script_location", str(scripts))
    config.set_main_option("version_locations", str(scripts / kind))
    config.set_main_option("path_separator", "newline")
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.heads()[kind]]


def test_an_up_to_date_database_is_opened_without_alembic(tmp_path: Path) -> None:
    migrate.upgrade(url(tmp_path), "state")
    program = (
        "import sys; from telassure.store.sql import SqlStateStore;"
        " SqlStateStore(sys.argv[1]).close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program, url(tmp_path)], cwd=ROOT, check=False).returncode == 0


def test_many_may_start_at_once(tmp_path: Path) -> None:
    program = "import sys; from telassure.store.sql import SqlEventLog; SqlEventLog(sys.argv[1]).close()"
    command = [sys.executable, "-c", program, url(tmp_path)]
    several = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]
    assert [process.wait() for process in several] == [0, 0, 0]


def test_threads_of_one_process_may_start_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: SqlStateStore(url(tmp_path)), range(4)))
    stores[0].commit(turn())
    found = [store.checkpoint("charging", 0).offset for store in stores]
    for store in stores:
        store.close()
    assert found == [1, 1, 1, 1]


def test_a_database_of_the_other_kind_is_refused(tmp_path: Path) -> None:
    migrate.upgrade(url(tmp_path), "state")
    with pytest.raises(ConfigurationError, match="no log database of this release"):
        SqlEventLog(url(tmp_path))


def test_a_database_survives_being_opened_again(tmp_path: Path) -> None:
    for position in ("1", "2"):
        log = SqlEventLog(url(tmp_path))
        log.append([entry(position)])
        log.close()
    log = SqlEventLog(url(tmp_path))
    found = [r.position for r in log.read("charging", 0, 0, 10, 1 << 20)]
    log.close()
    assert found == ["1", "2"]


@pytest.mark.parametrize("kind", migrate.KINDS)
def test_an_empty_file_is_made_as_one_that_was_migrated_step_by_step(tmp_path: Path, kind: str) -> None:
    """The statements that make a new database at once say no more and no less than the migrations one by one."""
    migrate.upgrade(url(tmp_path), kind)
    engine = create_engine(f"sqlite:///{tmp_path}/steps.db")
    with engine.begin() as connection:
        migrate._by_alembic(connection, kind, "steps")
    engine.dispose()
    everything = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    kept = "SELECT version_num FROM alembic_version UNION ALL SELECT compatible_since FROM compatibility"
    for question in (everything, kept):
        assert asked(url(tmp_path), question) == asked(f"sqlite:///{tmp_path}/steps.db", question)
