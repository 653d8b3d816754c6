"""Who may do what with a PostgreSQL database, and what of its address may be seen."""

import subprocess
import sys
from contextlib import closing

import pytest
from sqlalchemy import make_url

from telassure.kernel.errors import ConfigurationError, TransientError
from telassure.store.sql import SqlStateStore, migrate, schema_url
from tests.postgres.server import PASSWORD, PostgresServer
from tests.stores.adapters import ROOT, applied, cell, one_of_each, outgoing, turn
from tests.stores.databases import asked


def test_many_processes_may_make_one_schema_at_once(postgres: PostgresServer) -> None:
    program = "import sys; from telassure.store.sql import SqlStateStore; SqlStateStore(sys.argv[1]).close()"
    command = [sys.executable, "-c", program, postgres.url("made_at_once")]
    several = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]
    assert [process.wait() for process in several] == [0, 0, 0]
    assert asked(postgres.url("made_at_once"), "SELECT version_num FROM alembic_version") == [
        (migrate.heads()["state"],)
    ]


def test_each_schema_is_a_database_of_its_own(postgres: PostgresServer) -> None:
    with closing(SqlStateStore(postgres.url("own_one"))) as one, closing(SqlStateStore(postgres.url("own_two"))) as two:
        one.commit(turn(0, 5))
        assert (one.checkpoint("charging", 0).offset, two.checkpoint("charging", 0).offset) == (5, 0)
    with pytest.raises(ConfigurationError, match="no log database of this release"):
        migrate.upgrade(postgres.url("own_one"), "log")


def test_a_user_without_rights_to_make_anything_may_use_what_is_there(postgres: PostgresServer) -> None:
    schema, refused = postgres.fresh("granted"), postgres.fresh("refused")
    migrate.upgrade(postgres.url(schema), "state")
    with postgres.connect() as owner:
        owner.execute("DROP ROLE IF EXISTS worker")
        owner.execute("CREATE ROLE worker LOGIN PASSWORD 'worker'")
        owner.execute(f"GRANT USAGE ON SCHEMA {schema} TO worker")
        owner.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO worker")
        owner.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO worker")
    address = postgres.address.replace("telassure@", "worker@")
    with closing(SqlStateStore(schema_url(address, schema, "worker"))) as store:
        store.commit(turn(cells=[cell("a")], outbox=[outgoing("o")], records=one_of_each(), taken=[applied("1")]))
    with pytest.raises(ConfigurationError, match="permission denied"):
        SqlStateStore(schema_url(address, refused, "worker"))


def test_a_server_proves_its_name(postgres_ssl: PostgresServer, postgres: PostgresServer) -> None:
    with closing(SqlStateStore(postgres_ssl.url("secured"))) as store:
        store.commit(turn())
        secured = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        assert asked(postgres_ssl.url("secured"), secured) == [(True,)]
    stranger = postgres_ssl.address.replace(str(postgres_ssl.port), str(postgres.port))
    with pytest.raises(TransientError, match="SSL"):
        SqlStateStore(schema_url(stranger, "secured", PASSWORD))


@pytest.mark.parametrize("wrong", ["password", "port", "database", "parameter"])
def test_no_error_names_a_password(postgres: PostgresServer, wrong: str) -> None:
    address, secret = postgres.address, PASSWORD
    if wrong == "password":
        secret = "wr0ng/secret"
    elif wrong == "port":
        address = address.replace(str(postgres.port), "1")
    elif wrong == "database":
        address = address.replace("/telassure", "/nowhere")
    else:
        address += "?sslmood=x"
    with pytest.raises((TransientError, ConfigurationError)) as raised:
        SqlStateStore(schema_url(address, "charging", secret))
    told: BaseException | None = raised.value
    while told is not None:
        assert secret not in str(told)
        assert secret.replace("/", "%2F") not in str(told)
        told = told.__cause__ or told.__context__


@pytest.mark.parametrize(
    "address", ["", "mysql://u:s3cret@h/d", "postgresql://u:s3cret@h", "postgresql://u:s3cret@h:x/d"]
)
def test_a_setting_that_is_no_address_is_refused_without_being_shown(address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"database\.url") as raised:
        schema_url(address, "charging")
    assert "s3cret" not in str(raised.value)


def test_the_parameters_of_the_setting_stay(postgres: PostgresServer) -> None:
    address = postgres.address + "?sslmode=disable&connect_timeout=3&options=-cstatement_timeout%3D7000"
    url = schema_url(address, "charging", PASSWORD)
    assert asked(url, "SELECT current_setting('search_path'), current_setting('statement_timeout')") == [
        ("charging", "7s")
    ]
    assert make_url(url).query["connect_timeout"] == "3"
