"""Settings come from the file, the environment over it, and a wrong one is named."""

import re
from pathlib import Path

import pytest

from telassure.kernel.errors import ConfigurationError
from telassure.wiring.settings import DatabaseSettings, load
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
