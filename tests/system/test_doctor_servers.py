"""`telassure doctor` against real brokers and a real PostgreSQL: what is wrong with them is found and named."""

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from telassure import wiring
from telassure.app.diagnosis import brokers, databases
from telassure.app.diagnosis.check import Result
from telassure.kernel.instant import HOUR
from telassure.kernel.ports import Entry
from telassure.store.kafka.examine import topics
from telassure.store.kafka.log import KafkaEventLog
from telassure.store.sql.ledger import SqlPositionLedger
from telassure.wiring import WallClock, places
from telassure.wiring.kafka_topics import make_topics
from telassure.wiring.settings import Settings
from tests.kafka.brokers import RealBroker, create
from tests.kafka.fixtures import Cluster, real_kafka, secured_kafka  # noqa: F401 - fixtures
from tests.postgres.server import PASSWORD, PostgresServer, postgres  # noqa: F401 - a fixture
from tests.system.installation import until
from tests.system.test_doctor import Clock, diagnosis, distributed, wrongs

TOPICS = ("detection", "assurance", "charging")
DAY_MS = 86_400_000

pytestmark = pytest.mark.heavy


def over(cluster: Cluster, home: Path, **more: object) -> Settings:
    """The settings of an installation whose topics are this cluster's."""
    here = {"brokers": cluster.bootstrap, "prefix": cluster.prefix, "api_version": "" if cluster.real else "2.0"}
    return distributed(home, **({"kafka": here, "partitions": 4} | more))


def on(server: PostgresServer, home: Path, password: str = PASSWORD) -> Settings:
    """The settings of an installation in a database of its own on this server."""
    name = server.fresh("doctor")
    with server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = make_url(server.address).set(database=name).render_as_string(hide_password=False)
    return distributed(home, database={"url": url, "password": password})


def kafka_of(settings: Settings) -> dict[str, Result]:
    return diagnosis(settings, of=brokers.checks(settings))


def database_of(settings: Settings, ahead: int = 0) -> dict[str, Result]:
    return diagnosis(settings, of=databases.checks(settings, Clock(ahead)))


def test_topics_are_well_once_applied_and_their_partitions_are_those_of_the_settings(
    real_kafka: RealBroker,  # noqa: F811
    tmp_path: Path,
) -> None:
    cluster = Cluster(real_kafka.bootstrap, real=True)
    settings, fewer = over(cluster, tmp_path), over(cluster, tmp_path, partitions=3)
    missing = brokers.topics_sound(settings)
    make_topics(settings)
    until(lambda: brokers.topics_sound(settings).ok)  # a new topic takes a moment to be known
    shrinks = brokers.topics_sound(fewer)
    assert (missing.ok, missing.mend) == (False, "run: telassure topics apply")
    assert f"there is no topic {cluster.prefix}.charging" in missing.found
    assert f"{cluster.prefix}.charging has partitions 4, the settings say 3" in shrinks.found
    assert "set partitions = 4" in shrinks.mend


def test_a_topic_that_forgets_too_soon_or_is_compacted(real_kafka: RealBroker, tmp_path: Path) -> None:  # noqa: F811
    cluster = Cluster(real_kafka.bootstrap, real=True)
    create(cluster.bootstrap, f"{cluster.prefix}.charging", 4, retention_ms=str(DAY_MS))
    create(cluster.bootstrap, f"{cluster.prefix}.assurance", 4, cleanup_policy="compact")
    settings = over(cluster, tmp_path)
    names = [f"{cluster.prefix}.{each}" for each in ("charging", "assurance")]
    until(lambda: all(topics(cluster.client, names).values()))  # a new topic takes a moment to be known
    found = brokers.topics_sound(settings)
    assert f"charging has retention.ms {DAY_MS}, the settings say {7 * DAY_MS}" in found.found
    assert "assurance has cleanup.policy compact, the settings say delete" in found.found
    assert found.mend == "run: telassure topics apply"


def test_too_few_brokers_for_the_replicas(real_kafka: RealBroker, tmp_path: Path) -> None:  # noqa: F811
    cluster = Cluster(real_kafka.bootstrap, real=True)
    here = {"brokers": cluster.bootstrap, "replication": 3}
    found = kafka_of(distributed(tmp_path, kafka=here))
    assert "TELASSURE_KAFKA__REPLICATION to 1" in found["kafka"].mend


def test_a_password_that_the_brokers_refuse(
    secured_kafka: RealBroker,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("telassure.store.kafka.examine._OPEN_MS", 30_000)  # a busy machine answers late
    assert secured_kafka.certificates is not None
    here = {
        "brokers": secured_kafka.sasl_bootstrap, "security": "SASL_SSL", "username": "telassure",
        "password": "never-shown", "ca_file": str(secured_kafka.certificates.ca),
    }  # fmt: skip
    found = kafka_of(distributed(tmp_path, kafka=here))
    assert "refuse 'telassure'" in found["kafka"].found
    assert "TELASSURE_KAFKA__PASSWORD (or the secret kafka_password)" in found["kafka"].mend
    assert found["topics"].mend == "mend kafka first"
    assert "never-shown" not in repr(found)


def test_a_migrated_database_passes_and_a_missing_table_is_named(postgres: PostgresServer, tmp_path: Path) -> None:  # noqa: F811
    settings = on(postgres, tmp_path)
    wiring.home(settings)
    well = database_of(settings)
    name = make_url(settings.database.url).database
    with postgres.connect(dbname=name) as connection:
        connection.execute("DROP TABLE charging.charge")
    ill = database_of(settings)
    sound = {"postgresql", "postgresql clock", *(f"database {each}" for each in ("log", *TOPICS))}
    assert sound <= {each.name for each in well.values() if each.ok}
    assert "lacks the table charge" in ill["database charging"].found
    assert "restore all schemas from one backup" in ill["database charging"].mend


def test_schemas_that_were_never_made_and_looking_makes_none(postgres: PostgresServer, tmp_path: Path) -> None:  # noqa: F811
    settings = on(postgres, tmp_path)
    found = database_of(settings)
    with postgres.connect(dbname=make_url(settings.database.url).database) as connection:
        schemas = connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'charging'").fetchone()
    assert "has no tables" in found["database charging"].found
    assert found["database charging"].mend.startswith("run once: telassure topics apply as the owner")
    assert schemas == (0,)


def test_tables_that_the_user_may_not_write(postgres: PostgresServer, tmp_path: Path) -> None:  # noqa: F811
    settings = on(postgres, tmp_path)
    wiring.home(settings)
    url = make_url(settings.database.url)
    role = postgres.fresh("reader")
    with postgres.connect(dbname=url.database) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        for schema in ("log", *TOPICS):
            connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
            connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}")
    here = {"url": url.set(username=role).render_as_string(hide_password=False), "password": PASSWORD}
    found = database_of(distributed(tmp_path, database=here))
    assert "cannot be written" in found["database charging"].found
    assert "GRANT SELECT, INSERT, UPDATE, DELETE" in found["database charging"].mend


def test_a_password_that_postgresql_refuses(postgres: PostgresServer, tmp_path: Path) -> None:  # noqa: F811
    found = database_of(on(postgres, tmp_path, "never-shown"))
    assert "TELASSURE_DATABASE__PASSWORD" in found["postgresql"].mend
    assert "never-shown" not in repr(found)


def test_a_database_that_is_not_there(postgres: PostgresServer, tmp_path: Path) -> None:  # noqa: F811
    url = make_url(postgres.address).set(database="absent").render_as_string(hide_password=False)
    found = database_of(distributed(tmp_path, database={"url": url, "password": PASSWORD}))
    assert found["postgresql"].mend.startswith("run: createdb absent")


@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
def test_a_clock_that_postgresql_does_not_share(postgres: PostgresServer, tmp_path: Path, ahead: int) -> None:  # noqa: F811
    found = database_of(on(postgres, tmp_path), ahead)
    assert not found["postgresql clock"].ok
    assert ("behind" if ahead > 0 else "ahead of") in found["postgresql clock"].found
    assert "postgresql clock" in wrongs(found)


def test_a_sound_distributed_installation_passes_every_check(
    real_kafka: RealBroker,  # noqa: F811
    postgres: PostgresServer,  # noqa: F811
    tmp_path: Path,
) -> None:
    cluster = Cluster(real_kafka.bootstrap, real=True)
    base = on(postgres, tmp_path / "home")
    here = {"url": base.database.url, "password": PASSWORD}
    settings = over(cluster, tmp_path / "home", database=here)
    wiring.home(settings)
    make_topics(settings)
    until(lambda: brokers.topics_sound(settings).ok)
    idle = diagnosis(settings)
    ledger = SqlPositionLedger(places.database_url(settings, places.LOG))
    log = KafkaEventLog(cluster.client, cluster.prefix, ledger, WallClock(), 7)
    with closing(ledger), closing(log):
        log.append([Entry("charging", 2, "usage", b"x", "feed", "1", b"1")])
    waiting = diagnosis(settings)
    assert wrongs(idle) == []
    assert wrongs(waiting) == ["work"]
    assert waiting["work"].found == "charging/2 has 1 records that no worker takes"
