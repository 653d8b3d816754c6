"""Settings come from the file, the environment over it, and a wrong one is named."""

import pytest

from telassure.config import load
from telassure.errors import ConfigurationError


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
    [("[api]\nport = 99999\n", "api.port"), ("nonsense = 1\n", "nonsense"), ('zone = "Mars"\n', "Mars"), ("[", "toml")],
)
def test_a_wrong_setting_is_named(home, written, said):
    (home / "telassure.toml").write_text(written)
    with pytest.raises(ConfigurationError, match=said):
        load()


def test_a_named_file_that_is_not_there_is_an_error(home):
    with pytest.raises(ConfigurationError, match="no such settings file"):
        load(home / "other.toml")
