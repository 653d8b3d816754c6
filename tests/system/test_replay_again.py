"""A second replay of the same input changes nothing; the real recordings give the figures known of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from telassure.kernel.instant import iso
from tests.system.installation import Installation
from tests.system.recordings import Mixed, mixed

Install = Callable[..., Installation]


def twice(system: Installation, *options: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """The results of a replay and of its repetition; what stands in the stores did not change between them."""
    first = system.run("replay", *options, "--json").json
    standing = system.standing()
    again = system.run("replay", *options, "--json").json
    assert system.standing() == standing
    assert again["duplicates"] == again["records"] == first["records"]
    assert again["state_digest"] == first["state_digest"]
    return first, again


def test_a_second_replay_of_recordings_of_every_kind_changes_nothing(install: Install, tmp_path: Path) -> None:
    recordings: Mixed = mixed(tmp_path / "recordings", days=1)
    first, _ = twice(install(), *recordings.options)
    assert all(first[kind] > 0 for kind in ("episodes", "problems", "tickets", "charges", "alarms", "leakage"))
    assert first["dead_letters"] == 1


@pytest.mark.corpora
def test_the_real_alarm_log_goes_through_whole_and_once(install: Install, corpora: Path) -> None:
    first, _ = twice(install(), "--alarms", corpora / "alarms" / "24V_439N_Microwave")
    assert first["records"] == 64_598
    assert first["dead_letters"] == 0
    assert first["alarms_reraised_before_known_end"] == 2_957
    assert first["alarms"] + first["alarms_reraised"] == 64_598
    assert first["tickets"] > 0


@pytest.mark.corpora
def test_the_real_series_and_files_go_through_once_and_broken_files_say_where(install: Install, corpora: Path) -> None:
    system = install()
    first, _ = twice(system, "--kpis", corpora / "cloudkpi", "--pm-xml", corpora / "pm_xml")
    assert first["records"] == 142_017 + 42
    assert first["episodes"] > 0
    reasons = system.reasons()
    assert len(reasons) == first["dead_letters"] == 5
    for place, reason in reasons:
        file, _, line = place.rpartition(":")
        assert (corpora / file).is_file()
        assert line.isdigit()
        assert reason


def test_the_origin_of_a_recorded_alarm_log_dates_its_alarms(install: Install, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    folder.joinpath("Alarm.csv").write_text("alarm_id,device_id,start_timestamp,end_timestamp\n11,55,60,60\n")
    system = install()
    system.run("replay", "--alarms", folder, "--origin", "2024-05-01T00:00:00Z", "--json")
    assert [iso(alarm.raised_at) for alarm in system.alarms()] == ["2024-05-01T00:01:00Z"]
