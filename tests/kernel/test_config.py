"""Settings come from the file, the environment over it, and a wrong one is named."""

import re
from pathlib import Path

import pytest

from telassure.kernel.errors import ConfigurationError
from telassure.wiring.environment import environment
from telassure.wiring.settings import DatabaseSettings, RetentionSettings, Settings, isolated, load, settings_type
from telassure.wiring.variables import refuse_unknown
from tests.kernel.written_settings import defaults

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path))
    return tmp_path


def test_the_file_in_the_home_is_read(home):
    (home / "telassure.toml").write_text('zone = "Europe/Berlin"\n[api]\nport = 9000\n')
    assert (load().zone, load().api.port) == ("Europe/Berlin", 9000)


def test_the_environment_stands_over_the_file(home, monkeypatch):
    (home / "telassure.toml").write_text("[api]\nport = 9000\n")
    monkeypatch.setenv("TELASSURE_API__PORT", "9001")
    assert load().api.port == 9001


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[api]\nport = 99999\n", "api.port"),
        ("nonsense = 1\n", "nonsense"),
        ('zone = "Mars"\n', "Mars"),
        ('[network]\nzone = "Europe"\n', "network.zone.*Europe/Berlin"),
        ("[", "toml"),
    ],
)
def test_a_wrong_setting_is_named(home, written, said):
    (home / "telassure.toml").write_text(written)
    with pytest.raises(ConfigurationError, match=said):
        load()


@pytest.mark.parametrize(
    ("variable", "near"),
    [
        ("TELASSURE_DASHBOARD__PORT", "TELASSURE_DASHBOARDS__PORT"),
        ("TELASSURE_API_PORT", "TELASSURE_API__PORT"),
        ("TELASSURE_API__PROT", "TELASSURE_API__PORT"),
        ("TELASSURE_PARTITION", "TELASSURE_PARTITIONS"),
        ("telassure_kafka__broker", "TELASSURE_KAFKA__BROKERS"),
        ("TELASSURE_HOME__PORT", "TELASSURE_"),
        ("TELASSURE_XYZZY", "docs/settings.md"),
        ("TELASSURE_", "docs/settings.md"),
    ],
)
def test_a_variable_that_no_setting_reads_is_refused_with_the_nearest(home, monkeypatch, variable, near):
    monkeypatch.setenv(variable, "9000")
    with pytest.raises(ConfigurationError, match=rf"^{variable}: there is no such setting.*{near}"):
        load()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TELASSURE_SHARED", "/srv"),
        ("TELASSURE_REQUIRE_KAFKA", "1"),
        ("TELASSURE_PROOF_KILLS", "50"),
        ("TELASSURE_DASHBOARD__PORT", ""),
        ("TELASSURE_SOURCES__PM-NORTH__CLOCK_OFFSET", "-600"),
        ("TELASSURE_API_SERVICE_HOST", "10.0.0.1"),
        ("TELASSURE_API_SERVICE_PORT_HTTP", "8051"),
        ("TELASSURE_API_PORT", "tcp://10.0.0.1:8051"),
        ("TELASSURE_API_PORT_8051_TCP_ADDR", "10.0.0.1"),
        ("TELASSURE_PORT", "tcp://10.0.0.1:8050"),
        ("api__port", "9000"),
    ],
)
def test_a_variable_of_ours_that_is_no_setting_or_is_empty_harms_nobody(home, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    assert load().api.port == 8051


def test_every_setting_may_stand_in_the_environment(home):
    refuse_unknown(environment(isolated(home)), settings_type())


def test_every_variable_that_this_repository_reads_is_known():
    files = [each for folder in ("tests", "benchmarks") for each in (ROOT / folder).rglob("*.py")]
    text = "".join(each.read_text() for each in files)
    named = set(re.findall(r"environ(?:\.get\(|\[)\"(TELASSURE_[A-Z_]+)\"", text))
    assert {"TELASSURE_SHARED", "TELASSURE_INFLUXD"} <= named
    refuse_unknown(dict.fromkeys(named, "1"), settings_type())


def test_a_named_file_that_is_not_there_is_an_error(home):
    with pytest.raises(ConfigurationError, match="no such settings file"):
        load(home / "other.toml")


def test_every_setting_stands_in_the_documentation_once_with_its_default():
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \| (?:`(.*?)`)? ?\| (.+) \|$", text, re.MULTILINE)
    assert [(name, default) for name, default, _ in rows] == list(defaults())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("postgresql://u@db:5432/net", "postgresql://u@db:5432/net?sslmode=verify-full&sslrootcert=system"),
        ("postgresql://u@db/net?sslrootcert=/ca.pem", "postgresql://u@db/net?sslrootcert=/ca.pem&sslmode=verify-full"),
        ("postgresql://u@db/net?sslmode=disable", "postgresql://u@db/net?sslmode=disable"),
        ("postgresql://u@127.0.0.1/net", "postgresql://u@127.0.0.1/net"),
        (
            "postgresql:///net?host=db.example",
            "postgresql:///net?host=db.example&sslmode=verify-full&sslrootcert=system",
        ),
        ("", ""),
    ],
)
def test_a_database_beyond_loopback_proves_its_name_unless_told_otherwise(written, meant):
    assert DatabaseSettings(url=written).url == meant


def test_secrets_come_from_their_files_and_the_setting_stands_over_them(home, monkeypatch):
    given = home / "given"
    given.mkdir()
    for name in ("kafka_password", "database_password", "influx_token", "notify_url"):
        (given / name).write_text(f"{name} of a file\n")
    monkeypatch.setenv("TELASSURE_SECRETS", str(given))
    monkeypatch.setenv("TELASSURE_DATABASE__PASSWORD", "told")
    found = load()
    secrets = (found.kafka.password, found.database.password, found.influx.token)
    assert [each.get_secret_value() for each in secrets] == [
        "kafka_password of a file",
        "told",
        "influx_token of a file",
    ]
    assert found.notify_url == "notify_url of a file"
    assert not any(text in repr(found) for text in ("kafka_password of", "told", "influx_token of"))


def test_a_secret_that_cannot_be_read_is_named_and_not_shown(home, monkeypatch):
    (home / "kafka_password").write_bytes(b"\xff\xfesecret")
    monkeypatch.setenv("TELASSURE_SECRETS", str(home))
    with pytest.raises(ConfigurationError, match="kafka_password cannot be read: it is not UTF-8") as wrong:
        load()
    assert "secret" not in str(wrong.value).partition("cannot be read")[2]
    assert "TELASSURE_:" not in str(wrong.value)


def test_a_home_that_is_stated_stands_over_the_environment(home, tmp_path_factory):
    stated = tmp_path_factory.mktemp("stated")
    (stated / "telassure.toml").write_text("series_limit = 7\n")
    (home / "telassure.toml").write_text("series_limit = 8\n")
    assert (load(home=stated).home, load(home=stated).series_limit) == (stated, 7)


def test_what_is_stated_in_code_stands_over_the_environment(home, tmp_path_factory, monkeypatch):
    stated = tmp_path_factory.mktemp("stated")
    monkeypatch.setenv("TELASSURE_RETENTION__LOG_RECORDS", "5")
    monkeypatch.setenv("TELASSURE_RETENTION__METRICS_DAYS", "6")
    found = Settings(home=stated, retention=RetentionSettings(log_records=9))
    assert (found.home, found.retention.log_records) == (stated, 9)


def test_the_environment_stands_over_the_file_section_by_section(home, monkeypatch):
    (home / "telassure.toml").write_text("[retention]\nlog_records = 1\nmetrics_days = 2\n")
    monkeypatch.setenv("TELASSURE_RETENTION__METRICS_DAYS", "3")
    assert (load().retention.log_records, load().retention.metrics_days) == (1, 3)


def test_isolated_settings_hear_of_no_environment(home, tmp_path_factory, monkeypatch):
    apart = tmp_path_factory.mktemp("apart")
    monkeypatch.setenv("TELASSURE_PARTITIONS", "3")
    monkeypatch.setenv("TELASSURE_KAFKA__BROKERS", "broker:9092")
    monkeypatch.setenv("TELASSURE_DATABASE__URL", "postgresql://u@127.0.0.1/net")
    found = isolated(apart)
    assert (found.home, found.partitions, found.distributed) == (apart, 1, False)


def test_a_child_has_exactly_the_settings_that_it_is_given(home, tmp_path_factory, monkeypatch):
    given = isolated(tmp_path_factory.mktemp("given")).model_copy(update={"zone": "Europe/Berlin"})
    monkeypatch.setenv("TELASSURE_SERIES_LIMIT", "3")
    around = environment(given)
    for name in ("TELASSURE_HOME", "TELASSURE_SERIES_LIMIT"):
        monkeypatch.delenv(name)
    for name, value in around.items():
        monkeypatch.setenv(name, value)
    assert load() == given


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("alarms = 9", "kept as 'alarms'; write alarm"),
        ("case_decision = 9", "kept as 'case_decision'; write"),
        ("alarm = -1", "alarm is -1 days; give 1 or more"),
    ],
)
def test_records_that_cannot_be_removed_by_age_are_refused_with_what_can(home, written, said):
    (home / "telassure.toml").write_text(f"[retention.records_days]\n{written}\n")
    with pytest.raises(ConfigurationError, match=said):
        load()


def test_retention_of_records_is_set_by_the_environment_too(home, monkeypatch):
    monkeypatch.setenv("TELASSURE_RETENTION__RECORDS_DAYS", '{"alarm": 90}')
    assert load().retention.records_days == {"alarm": 90}
