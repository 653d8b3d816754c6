"""The guide "Adding a source of input", done: its module alone gives it settings, a way to run, health and a check."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from ingestion.sources.health import HealthRecord, health_of
from ingestion.sources.source import InputSource, sources
from telassure import wiring
from telassure.app.cli.supervise import Supervisor
from telassure.app.diagnosis import input_sources
from telassure.kernel.codec import decode
from telassure.kernel.errors import ConfigurationError
from telassure.kernel.instant import HOUR, MINUTE
from telassure.observe.heartbeats import beats, ill, uptime
from telassure.wiring.settings import Settings, load
from tests.adding import added, guide

PATH = "ingestion/sources/datagrams.py"
TEXT = guide("source").files[PATH]
ALARM = {"managed_object": "olt-3", "perceived_severity": "major", "time": "2026-06-01T10:00:00Z"}


class Clock:
    def __init__(self, at: int) -> None:
        self.at = at

    def now(self) -> int:
        return self.at


@pytest.fixture
def way() -> str:
    return "THREAD"


@pytest.fixture
def house(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The settings of a home with the guide's source in it, on a port that is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TELASSURE_DATAGRAMS__PORT", str(port))
    with added(PATH, TEXT.replace("THREAD", way), tmp_path):
        yield load()


def datagrams() -> InputSource:
    return next(each for each in sources() if each.name == "datagrams")


def check(settings: Settings, at: int) -> object:
    return next(each.look() for each in input_sources.checks(settings, Clock(at)) if each.name == "source datagrams")


def test_its_section_is_read_from_the_environment_and_from_the_file(house: Settings, monkeypatch) -> None:
    house.home.mkdir(exist_ok=True)
    (house.home / "telassure.toml").write_text('[datagrams]\nhost = "127.0.0.9"\nport = 9\n')
    found = load().of(datagrams())
    assert (found.host, found.port) == ("127.0.0.9", house.of(datagrams()).port)
    monkeypatch.setenv("TELASSURE_DATAGRAMS__PORT", "70000")
    with pytest.raises(ConfigurationError, match=r"TELASSURE_DATAGRAMS__PORT: datagrams\.port"):
        load()


def test_without_a_port_it_is_not_wanted(house: Settings, monkeypatch) -> None:
    monkeypatch.setenv("TELASSURE_DATAGRAMS__PORT", "0")
    assert "datagrams" not in [each.name for each in wiring.wanted_sources(load())]


def test_it_is_started_takes_input_and_keeps_its_health(house: Settings) -> None:
    wiring.home(house)
    stop = Event()
    with wiring.opened_log(house) as log:
        directory = wiring.CatalogueFollower(house, log).directory
        runner = wiring.source_runner(house, datagrams(), log, directory)
        running = Thread(target=runner.run, args=(stop,))
        running.start()
        alarms = [decode(each.kind, each.payload) for each in sent_until_read(house, log)]
        stop.set()
        running.join(timeout=30)
    health = health_of(house.home, "datagrams")
    assert [alarm.managed_object for alarm in alarms] == ["olt-3"]
    assert (health.records, health.letters, health.ended) == (1, 0, True)
    assert health.input_at >= health.started_at > 0


def sent_until_read(settings: Settings, log) -> list:
    """A datagram may come before anybody listens: it is sent until it is read; the log takes it once."""
    place = settings.of(datagrams())
    pause = Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(600):
            sender.sendto(json.dumps(ALARM).encode(), (place.host, place.port))
            if found := log.read("assurance", 0, 0, 10, 1 << 20):
                return found
            pause.wait(0.05)
    raise AssertionError("nothing came through within half a minute")


def test_doctor_has_a_check_of_it_that_tells_a_dead_one_from_one_that_ended(house: Settings) -> None:
    clock = Clock(1_780_308_000_000_000)
    assert check(house, clock.at).found == "alarms in UDP packets: has not run here yet"
    record = HealthRecord(house.home, "datagrams", clock)
    record.write()
    assert check(house, clock.at).ok
    dead = check(house, clock.at + HOUR)
    assert (dead.ok, dead.mend) == (False, "start it: telassure api")
    assert dead.found.startswith("no sign of life since 2026-06-01T10:00:00Z")
    record.write("OSError: no route")
    assert check(house, clock.at).found == "it fails and is started again: OSError: no route"
    record.write(ended=True)
    assert check(house, clock.at + HOUR).ok


@pytest.mark.parametrize("way", ["PROCESS"])
def test_one_with_a_process_of_its_own_is_started_by_telassure_run(house: Settings, monkeypatch) -> None:
    from telassure.app.cli import serve

    children = []
    monkeypatch.setattr(Supervisor, "run", lambda self: children.extend(self.children))
    monkeypatch.setattr(serve, "free_of", lambda *_: None)
    serve.run(demo=False, config=None)
    assert ["source", "datagrams"] in [list(child.arguments) for child in children]


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    twin = TEXT.replace('name="datagrams"', 'name="files"')
    with (
        added(PATH, twin, tmp_path),
        pytest.raises(ConfigurationError, match="two sources of input have the name files"),
    ):
        sources()


def test_one_whose_loop_beats_is_alive_as_long_as_it_does(house: Settings) -> None:
    """Its process lives and writes on: that is no sign of life of a loop that stands still."""
    clock = Clock(1_780_308_000_000_000)
    record = HealthRecord(house.home, "datagrams", clock)
    record.beat()
    clock.at += 2 * MINUTE
    record.write()
    assert check(house, clock.at).found.startswith("no sign of life since 2026-06-01T10:00:00Z")
    record.took(5)
    record.write()
    assert check(house, clock.at).ok


def test_one_that_stands_still_is_named_where_processes_are(house: Settings) -> None:
    record = HealthRecord(house.home, "datagrams", Clock(1))
    record.beat()
    assert ill(house.home, uptime() + 59) == []
    assert ill(house.home, uptime() + 61) == ["our source datagrams has stood still for 61 s"]


def test_one_that_never_beats_or_was_told_to_end_is_not_waited_for(house: Settings) -> None:
    silent, ended = (HealthRecord(house.home, name, Clock(1)) for name in ("silent", "datagrams"))
    silent.took(3)
    silent.write()
    ended.beat()
    ended.write(ended=True)
    assert beats(house.home) == []
