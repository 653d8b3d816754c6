"""The notebook's way in: the home that is asked for, and all of what lies there."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from streams.hosts.partition.effects import unscored
from telassure import wiring
from telassure.kernel.errors import ConfigurationError
from telassure.kernel.events import Measurements
from telassure.kernel.instant import DAY, MINUTE
from telassure.lab import Lab
from telassure.wiring.settings import Settings
from tests.stores.adapters import START, alarm, charge, turn

SERIES = 5_000


def with_series(home: Path, number: int) -> Path:
    """A home whose metric store holds one point of so many series."""
    settings, rows = Settings(home=home), np.arange(number, dtype=np.int32)
    wiring.home(settings)
    objects = tuple(f"cell-{n:05d}" for n in range(number))
    at, flags = np.full(number, START, np.int64), np.zeros(number, np.bool_)
    points = Measurements("d", "pm", 15 * MINUTE, objects, ("load",), rows, rows * 0, at, rows * 1.0, flags)
    with closing(wiring.metric_store(settings, read_only=False)) as store:
        store.write(unscored(points), "test", 1)
        store.flush()
    return home


def test_lab_kpis_at_5000_series(tmp_path: Path) -> None:
    with Lab(with_series(tmp_path, SERIES)) as lab:
        assert (len(lab.kpis()), len(lab.kpis("cell-0")), len(lab.kpis("-04999"))) == (SERIES, SERIES, 1)


def test_lab_a_with_telassure_home_b_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_series(tmp_path / "a", 3)
    with_series(tmp_path / "b", 5)
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "b"))
    with Lab(tmp_path / "a") as stated, Lab() as unsaid:
        assert (len(stated.kpis()), len(unsaid.kpis())) == (3, 5)


def test_a_lab_reads_with_the_settings_of_its_own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "b"))
    with_series(tmp_path / "a", 3)
    (tmp_path / "a" / "telassure.toml").write_text("wrong = 1\n")
    with pytest.raises(ConfigurationError, match=r"a/telassure\.toml"):
        Lab(tmp_path / "a")


def test_records_of_any_type_come_whole_with_times_as_timestamps(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    wiring.home(settings)
    with closing(wiring.state_store(settings, "charging")) as store:
        store.commit(turn(records=[charge(f"ch-{n}", n, START + n * DAY) for n in range(1_500)]))
    with Lab(tmp_path) as lab:
        found = lab.records("charge", {"account": "a-1"}, ("time",))
    assert list(found["amount_micros"]) == list(range(1_500))
    assert str(found["time"].dtype) == "datetime64[us, UTC]"


def test_what_is_not_kept_is_refused_with_what_is(tmp_path: Path) -> None:
    with (
        Lab(tmp_path) as lab,
        pytest.raises(ConfigurationError, match=r"'alarms'; there are .*alarm"),
    ):
        lab.records("alarms")


def test_alarms_of_a_state_come_whole(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    wiring.home(settings)
    with closing(wiring.state_store(settings, "assurance")) as store:
        several = [alarm(f"al-{n:04d}") for n in range(1_200)]
        store.commit(turn(topology="assurance", records=[*several, alarm("over", state="cleared")]))
    with Lab(tmp_path) as lab:
        assert (len(lab.alarms()), list(lab.alarms("cleared")["alarm_id"])) == (1_200, ["over"])
