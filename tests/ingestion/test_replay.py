"""Replays of whole recordings: every row counted, in the order of time, and a second time refused entirely."""

import shutil

import numpy as np
import pytest

from ingestion.sources.files.replay import Recordings, replay
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import AlarmNotification, CatalogueChange, EndOfFeed, Measurements, PerceivedSeverity
from telassure.kernel.instant import parse_instant


def test_the_recorded_alarms_and_their_topology_go_through_once(world, shared):
    recordings = Recordings(alarms=[shared / "alarms/24V_439N_Microwave"], origin=parse_instant("2024-01-01"))
    first = replay(world.gateway, recordings)
    ends = world.ends()
    again = replay(world.gateway, recordings)
    alarms = [event for event in world.events("assurance") if isinstance(event, AlarmNotification)]
    devices = next(event for event in world.events("assurance") if isinstance(event, CatalogueChange)).entries
    assert (first.records, first.dead_letters, len(alarms)) == (64_598, 0, 64_598)
    assert sum(alarm.ends_at is None for alarm in alarms) == 64_416
    assert {alarm.perceived_severity for alarm in alarms} == {PerceivedSeverity.INDETERMINATE}
    assert {alarm.domain for alarm in alarms} == {"24V_439N_Microwave"}
    assert (len(devices), sum(len(device.adjacent) for device in devices)) == (439, 790)
    assert (again.records, again.duplicates, world.ends()) == (64_598, 64_598, ends)


def test_another_origin_is_another_recording(world, shared):
    folder = shared / "alarms/18V_55N_Wireless"
    replay(world.gateway, Recordings(alarms=[folder], origin=parse_instant("2024-01-01")))
    again = replay(world.gateway, Recordings(alarms=[folder], origin=parse_instant("2025-01-01")))
    assert (again.records, again.duplicates) == (34_838, 0)


def test_the_series_of_a_corpus_are_merged_by_time(world, shared):
    report = replay(world.gateway, Recordings(kpis=[shared / "cloudkpi"]))
    again = replay(world.gateway, Recordings(kpis=[shared / "cloudkpi"]))
    points = [event for event in world.events("detection") if isinstance(event, Measurements)]
    times = np.concatenate([event.time for event in points])
    assert (np.diff(times) >= 0).all()
    assert (report.records, report.dead_letters, again.duplicates) == (len(times), 0, len(times))
    assert {event.domain for event in points} == {"cloudkpi"}
    assert "mongodb-machine-rps/machine-01" in {name for event in points for name in event.objects}


def test_the_performance_files_of_the_corpus_leave_their_broken_ones_as_dead_letters(world, shared):
    report = replay(world.gateway, Recordings(pm_xml=[shared / "pm_xml"]))
    assert (report.files, report.records, report.dead_letters) == (19, 42, 5)
    assert all(place.startswith("pm_xml/") and ":" in place for place, _ in world.reasons())


def test_each_feed_ends_once_and_in_every_partition(world, shared):
    for _ in range(2):
        replay(world.gateway, Recordings(pm_xml=[shared / "pm_xml"]))
    ended = [event for topology in ("detection", "charging") for event in world.events(topology)]
    assert [event.feed for event in ended if isinstance(event, EndOfFeed)] == ["replay:pm_xml"] * 5


def test_where_the_recording_lies_does_not_matter(world, shared, tmp_path):
    replay(world.gateway, Recordings(pm_xml=[shared / "pm_xml"]))
    shutil.copytree(shared / "pm_xml", tmp_path / "elsewhere/pm_xml")
    again = replay(world.gateway, Recordings(pm_xml=[tmp_path / "elsewhere/pm_xml"]))
    assert again.duplicates == 42


def test_usage_follows_the_catalogue_of_its_folder_and_progress_is_told(world, tmp_path):
    folder = tmp_path / "january"
    folder.mkdir()
    folder.joinpath("zz.toml").write_text('[[subscribers]]\nmsisdn = "491711"\naccount = "a-7"\n')
    line = "r-1,491711,sms,2020-01-01,1\n"
    folder.joinpath("usage.csv").write_text("record_id,subscriber,service,time,volume\n" + line)
    told = []
    report = replay(world.gateway, Recordings(usage=[folder]), told.append)
    (usage,) = [event for event in world.events("charging") if not isinstance(event, CatalogueChange | EndOfFeed)]
    assert usage.accounts == ("a-7",)
    assert (report.records, told[-1]) == (1, 1)


def test_the_ground_truth_beside_simulated_events_is_not_taken_in(world, tmp_path):
    tmp_path.joinpath("usage.csv").write_text("record_id,account,service,time,volume\nr-1,a-7,sms,2020-01-01,1\n")
    tmp_path.joinpath("ground_truth.jsonl").write_text('{"fault_id": "f-1", "kind": "fibre_cut"}\n')
    report = replay(world.gateway, Recordings(usage=[tmp_path]))
    assert (report.records, report.dead_letters) == (1, 0)


@pytest.mark.parametrize("kind", ["alarms", "kpis", "pm_xml"])
def test_a_folder_without_what_it_should_hold_is_refused(world, tmp_path, kind):
    with pytest.raises(InvalidInput, match="there is no"):
        replay(world.gateway, Recordings(**{kind: [tmp_path]}))
