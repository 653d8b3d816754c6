"""The embedded system as it is put together: homes, secrets, the catalogue that every process follows, its figures."""

import json
import logging
from contextlib import closing
from threading import Barrier, Thread

import pytest
from prometheus_client import generate_latest

from ingestion.batches.batch import Batch, Origin
from telassure import wiring
from telassure.kernel.codec import decode
from telassure.kernel.errors import ConfigurationError, OwnedElsewhere, TransientError
from telassure.kernel.events import PolicyValue
from telassure.kernel.instant import SECOND, iso
from telassure.observe.logs import JsonLines
from telassure.observe.metrics import StoreCollector, registry
from telassure.wiring.home import Home
from telassure.wiring.settings import NetworkSettings, Settings

RESOURCE = {"resource_id": "site-1", "kind": "site", "name": "Site 1", "domain": "east"}
ALARM = {"managed_object": "site-1", "perceived_severity": "major", "time": "2026-01-05T10:00:00Z"}
LOADED = Origin("replay:inventory", "test")


@pytest.fixture
def settings(tmp_path):
    found = Settings(home=tmp_path)
    wiring.home(found)
    return found


def test_a_directory_follows_what_another_process_loads(settings):
    with wiring.opened_log(settings) as log:
        follower = wiring.CatalogueFollower(settings, log)
        other = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        other.submit(Batch("catalogue", {"resources": [RESOURCE]}, "1"), LOADED)
        follower.catch_up()
        assert follower.directory.domain_of("site-1") == "east"


def test_a_directory_starts_from_what_is_applied_and_what_still_waits(settings):
    with wiring.opened_log(settings) as log:
        way_in = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        way_in.submit(Batch("catalogue", {"resources": [RESOURCE]}, "1"), LOADED)
        with wiring.worker(settings, [], live=False) as host:
            host.drain()
        way_in.submit(Batch("catalogue", {"resources": [RESOURCE | {"resource_id": "site-2"}]}, "2"), LOADED)
        directory = wiring.CatalogueFollower(settings, log).directory
        assert (directory.domain_of("site-1"), directory.domain_of("site-2")) == ("east", "east")


def test_the_network_s_zone_is_put_into_the_log_once_for_every_change_of_the_setting(settings):
    def started(zone):
        with wiring.opened_log(settings) as log:
            follower = wiring.CatalogueFollower(settings, log)
            told = settings.model_copy(update={"network": NetworkSettings(zone=zone)})
            wiring.announce(told, follower, wiring.gateway(settings, log, follower.directory))
            return log.end("detection", 0)

    zones = ("", "Europe/Berlin", "Europe/Berlin", "Asia/Tokyo", "Europe/Berlin", "Asia/Tokyo", "Asia/Tokyo", "")
    assert [started(zone) for zone in zones] == [0, 2, 2, 4, 6, 8, 8, 8]


ZONE = ("network", "zone", "")


class HalfDown:
    """A log of which the brokers of detection are away: what goes to the others has arrived when an append fails."""

    def __init__(self, log):
        self.log = log

    def append(self, entries):
        self.log.append([entry for entry in entries if entry.topology != "detection"])
        raise TransientError("not acknowledged")


def test_a_zone_that_reached_only_some_partitions_is_put_into_the_log_again(settings):
    told = settings.model_copy(update={"network": NetworkSettings(zone="Asia/Tokyo")})
    with wiring.opened_log(settings) as log:
        follower = wiring.CatalogueFollower(settings, log)
        with pytest.raises(TransientError):
            wiring.announce(told, follower, wiring.gateway(settings, HalfDown(log), follower.directory))
        again = wiring.CatalogueFollower(settings, log)
        wiring.announce(told, again, wiring.gateway(settings, log, again.directory))

        zones = [decode(r.kind, r.payload).entries[0] for r in log.read("detection", 0, 0, 10, 10**6)]
    assert (again.stated(ZONE), zones[0]) == ("Asia/Tokyo", PolicyValue("network", "zone", "Asia/Tokyo"))


def test_the_zone_in_the_log_survives_a_restart_of_what_has_applied_it(settings):
    told = settings.model_copy(update={"network": NetworkSettings(zone="Asia/Tokyo")})
    with wiring.opened_log(settings) as log:
        follower = wiring.CatalogueFollower(settings, log)
        wiring.announce(told, follower, wiring.gateway(settings, log, follower.directory))
        with wiring.worker(settings, [], live=False) as host:
            host.drain()
        assert wiring.CatalogueFollower(settings, log).stated(ZONE) == "Asia/Tokyo"


def test_a_topology_has_one_owner(settings):
    with (
        wiring.worker(settings, ["charging"], live=False),
        pytest.raises(OwnedElsewhere),
        wiring.worker(settings, ["charging"], live=False),
    ):
        pass


def test_an_unknown_topology_is_named(settings):
    with pytest.raises(ConfigurationError, match="'rating'"):
        wiring.topologies(["rating"])


def test_a_secret_is_made_once_and_is_for_its_owner_only(settings):
    home = wiring.home(settings)
    assert home.secret("api_token") == home.secret("api_token")
    assert (home.root / "secrets" / "api_token").stat().st_mode & 0o077 == 0


def test_a_damaged_secret_is_named(settings):
    home = wiring.home(settings)
    (home.root / "secrets" / "api_token").write_text("short")
    with pytest.raises(ConfigurationError, match="api_token"):
        home.secret("api_token")


def test_the_metrics_page_counts_what_every_process_did(settings):
    with (
        wiring.opened_log(settings) as log,
        wiring.worker(settings, [], live=False) as host,
        closing(wiring.reader(settings)) as read,
    ):
        way_in = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        way_in.submit(Batch("alarms", ALARM, "1"), Origin("replay:a", "test"))
        host.drain()
        collector = StoreCollector(read, wiring.WallClock(), lambda: wiring.depths(settings, log))
        page = generate_latest(registry(collector)).decode()
    assert 'telassure_active_alarms{severity="major"} 1.0' in page
    assert 'telassure_lag_records{topology="assurance"} 0.0' in page


def test_a_log_line_is_one_json_object():
    record = logging.makeLogRecord({"msg": "turn of %s", "args": ("charging",), "levelname": "INFO", "records": 3})
    line = json.loads(JsonLines().format(record))
    assert (line["message"], line["records"]) == ("turn of charging", 3)


def test_a_home_keeps_the_number_of_partitions_it_was_begun_with(tmp_path):
    wiring.home(Settings(home=tmp_path, partitions=3))
    wiring.home(Settings(home=tmp_path, partitions=3))
    with pytest.raises(ConfigurationError, match=r"TELASSURE_PARTITIONS is 2, but .* was begun with 3: set it to 3"):
        wiring.home(Settings(home=tmp_path, partitions=2))


def test_of_processes_that_begin_a_home_at_once_one_number_of_partitions_stands(tmp_path):
    begun = Home(tmp_path)
    begun.prepare()
    together, answers = Barrier(8), []

    def begin(number):
        together.wait()
        try:
            begun.keep_partitions(number)
        except ConfigurationError:
            return
        answers.append(number)

    threads = [Thread(target=begin, args=(number % 4 + 1,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorded = int((tmp_path / "partitions").read_text())
    assert answers == [recorded, recorded]
    assert [place.name for place in tmp_path.iterdir() if place.name.startswith(".")] == []


@pytest.mark.parametrize(("seconds", "ahead", "kept"), [(5, 3, True), (5, 30, False), (60, 30, True), (0, 3, False)])
def test_how_far_ahead_an_alarm_may_be_is_a_setting(settings, seconds, ahead, kept):
    chosen = settings.model_copy(update={"arrival_seconds": seconds})
    stated = wiring.WallClock().now() + ahead * SECOND
    with wiring.opened_log(chosen) as log:
        way_in = wiring.gateway(chosen, log, wiring.CatalogueFollower(chosen, log).directory)
        way_in.submit(Batch("alarms", [ALARM | {"time": iso(stated)}], "1"), Origin("ems", "test"))
        (found,) = [decode(each.kind, each.payload) for each in log.read("assurance", 0, 0, 10, 1 << 20)]
    assert (found.time == stated) is kept


@pytest.mark.parametrize(("seconds", "held"), [(60, 0), (20, 1), (0, 1)])
def test_how_far_ahead_rows_may_be_is_a_setting(settings, seconds, held):
    chosen = settings.model_copy(update={"held_seconds": seconds})
    row = {"managed_object": "c-1", "measurement": "load", "value": 1.0}
    with wiring.opened_log(chosen) as log:
        way_in = wiring.gateway(chosen, log, wiring.CatalogueFollower(chosen, log).directory)
        time = iso(wiring.WallClock().now() + 40 * SECOND)
        way_in.submit(Batch("measurements", [row | {"time": time}], "1"), Origin("pm", "test"))
        assert log.end("detection", 0) == 1 - held
