"""`telassure doctor` finds each misconfiguration, made for real where that can be done, and says how to mend it."""

import json
import os
import socket
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
import typer
from pydantic import SecretStr
from typer.testing import CliRunner

from telassure import wiring
from telassure.app.cli.doctor import doctor
from telassure.app.diagnosis import work
from telassure.app.diagnosis.check import Check, Finding, Result, examine, fine
from telassure.app.diagnosis.installation import checks
from telassure.app.diagnosis.machine import LEAST_FREE, disk_free, port_ours, secret_texts, secrets_kept
from telassure.app.diagnosis.machine import checks as machine_checks
from telassure.kernel.codec import encode
from telassure.kernel.errors import ConfigurationError, TransientError
from telassure.kernel.events import DeadLetter, PolicyValue, Tick
from telassure.kernel.instant import HOUR, SECOND, Instant
from telassure.kernel.ports import Entry, OutboxRow, Turn
from telassure.wiring import WallClock
from telassure.wiring.settings import Settings
from tests.conftest import free_port
from tests.influx.api import Answer, serving

PASSWORD = "a-secret-that-is-never-shown"
app = typer.Typer()
app.command()(doctor)


class Clock:
    """The wall clock, `ahead` microseconds wrong."""

    def __init__(self, ahead: int = 0) -> None:
        self.ahead = ahead

    def now(self) -> Instant:
        return WallClock().now() + self.ahead


def diagnosis(settings: Settings, ahead: int = 0, of: Sequence[Check] | None = None) -> dict[str, Result]:
    """The results by name, of every check unless `of` says which; the time they may take is that of a busy machine."""
    several = checks(settings, Clock(ahead)) if of is None else of
    found = examine(several, 60, secret_texts(settings))
    return {each.name: each for each in found}


def wrongs(found: dict[str, Result]) -> list[str]:
    return sorted(each.name for each in found.values() if not each.ok)


@pytest.fixture
def embedded(tmp_path: Path) -> Settings:
    """An embedded installation whose home is made, with ports of its own and nothing running."""
    places_ = {"api": {"port": free_port()}, "dashboards": {"port": free_port()}}
    settings = Settings(home=tmp_path / "home", **places_)  # type: ignore[arg-type]  # pydantic reads dictionaries
    wiring.home(settings).secret("api_token")
    return settings


def distributed(home: Path, **more: object) -> Settings:
    """Kafka and PostgreSQL where nothing listens, unless `more` says where."""
    nowhere = free_port()
    base: dict[str, object] = {
        "kafka": {"brokers": f"127.0.0.1:{nowhere}", "password": PASSWORD},
        "database": {"url": f"postgresql://telassure@127.0.0.1:{nowhere}/telassure", "password": PASSWORD},
        "pseudonym_key": "5e" * 32,
    }
    ports = {"api": {"port": free_port()}, "dashboards": {"port": free_port()}}
    return Settings(home=home, **(base | ports | more))  # type: ignore[arg-type]  # pydantic reads dictionaries


def tick(settings: Settings, at: Instant) -> None:
    kind, payload = encode(Tick(at))
    entry = Entry("charging", 0, kind, payload, "tick", f"{at}/0", blake2b(payload).digest())
    with wiring.opened_log(settings) as log:
        log.append([entry])


# --- embedded ---


def test_a_sound_home_passes_every_check(embedded: Settings) -> None:
    found = diagnosis(embedded)
    assert wrongs(found) == []
    assert {"home", "disk", "secrets", "partitions", "database log", "work", "clock"} <= set(found)


def stored_policies(settings: Settings, *entries: PolicyValue) -> None:
    """In the catalogue of a partition, as an older release has left them."""
    with closing(wiring.state_store(settings, "assurance")) as store:
        store.commit(Turn("assurance", 0, 0, 1, b"", catalogue=entries))


def test_a_stored_policy_that_cannot_be_read_is_found_with_how_to_set_it(embedded: Settings) -> None:
    stored_policies(embedded, PolicyValue("leakage", "bill_delay_hours", "soon"))
    found = diagnosis(embedded)["policies"]
    assert (found.ok, found.mend) == (False, "set it anew: telassure policies set leakage.bill_delay_hours 36")


def test_a_stored_policy_that_nobody_knows_is_named(embedded: Settings) -> None:
    stored_policies(embedded, PolicyValue("detection", "treshold", "3"), PolicyValue("detection", "floor", "1"))
    found = diagnosis(embedded)["policies"]
    assert (found.ok, found.found, "detection.treshold" in found.mend) == (True, "2 are set", True)


def test_the_command_prints_one_object_and_exits_by_what_it_found(
    embedded: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"HOME": embedded.home, "API__PORT": free_port(), "DASHBOARDS__PORT": free_port()}.items():
        monkeypatch.setenv(f"TELASSURE_{name}", str(value))
    well = CliRunner().invoke(app, ["--json", "--seconds", "60"])
    embedded.home.chmod(0o755)
    ill = CliRunner().invoke(app, ["--json", "--seconds", "60"])
    assert (well.exit_code, ill.exit_code) == (0, 1)
    (only,) = [each for each in json.loads(ill.stdout)["checks"] if not each["ok"]]
    assert set(only) == {"name", "ok", "found", "mend"}
    assert (only["name"], only["mend"]) == ("home", f"run: chmod 700 {embedded.home}")


def test_settings_that_cannot_be_read_are_the_only_finding(tmp_path: Path) -> None:
    file = tmp_path / "telassure.toml"
    file.write_text("partitions = 0")
    ran = CliRunner().invoke(app, ["--json", "--config", str(file)])
    (only,) = json.loads(ran.stdout)["checks"]
    assert ran.exit_code == 1
    assert only["name"] == "settings"
    assert "partitions" in only["found"]


def test_another_number_of_partitions_than_the_home_was_begun_with(embedded: Settings) -> None:
    found = diagnosis(embedded.model_copy(update={"partitions": 4}))
    assert found["partitions"].mend == "set TELASSURE_PARTITIONS to 1"


def test_a_missing_table_of_a_sqlite_database(embedded: Settings) -> None:
    with closing(sqlite3.connect(embedded.home / "charging.db")) as database:
        database.execute("DROP TABLE charge")
    found = diagnosis(embedded)
    assert wrongs(found) == ["database charging"]
    assert "lacks the table charge" in found["database charging"].found


def test_a_damaged_sqlite_database(embedded: Settings) -> None:
    (embedded.home / "assurance.db").write_bytes(b"no database" * 1_000)
    found = diagnosis(embedded)
    assert "is damaged" in found["database assurance"].found
    assert "restore" in found["database assurance"].mend


def test_secrets_that_others_can_read(embedded: Settings) -> None:
    (embedded.home / "secrets" / "api_token").chmod(0o644)
    found = diagnosis(embedded)
    assert wrongs(found) == ["secrets"]
    assert "api_token" in found["secrets"].found


def test_a_process_needs_only_its_own_secrets_and_those_that_its_settings_use(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "api_token").write_text("5e" * 32)
    plain, sasl = distributed(tmp_path, secrets=given), distributed(tmp_path, secrets=given)
    sasl.kafka.security, sasl.kafka.password = "SASL_SSL", SecretStr("")
    well, lacks = secrets_kept(plain), secrets_kept(sasl)
    (given / "api_token").write_text("short")
    short = secrets_kept(plain)
    assert (well.ok, lacks.ok, short.ok) == (True, False, False)
    assert well.found.endswith("not for this process: dashboard_token (dashboards), pseudonym_key (api)")
    assert lacks.mend == f"put it into a file: {given / 'kafka_password'}"
    assert short.mend == "make one by: openssl rand -hex 32"


def test_a_port_that_a_stranger_has(embedded: Settings) -> None:
    with socket.create_server(("127.0.0.1", embedded.api.port)):
        found = diagnosis(embedded)
    assert wrongs(found) == ["port api"]
    assert "TELASSURE_API__PORT" in found["port api"].mend


def test_a_port_that_one_of_ours_answers_is_well() -> None:
    with serving() as api:
        port = api.url.rpartition(":")[2]
        api.answer = lambda asked: Answer(200, b'{"status": "live"}')  # type: ignore[method-assign]  # no token here
        assert port_ours("127.0.0.1", int(port), "/healthz", "TELASSURE_API__PORT").ok


def test_a_full_file_system(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "none", str(small)]
    if os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0:
        try:
            found = disk_free(small / "home", os.statvfs)
        finally:
            subprocess.run(["umount", small], check=True)
    else:
        room = SimpleNamespace(f_bavail=4096, f_frsize=4096, f_favail=9_999, f_files=99_999, f_flag=0)
        found = disk_free(small / "home", lambda _: room)
    assert not found.ok
    assert "16 MiB are free" in found.found
    assert "free 1,008 MiB" in found.mend


def test_a_file_system_that_takes_no_writes_or_no_more_files(tmp_path: Path) -> None:
    sound = {"f_bavail": LEAST_FREE, "f_frsize": 1, "f_favail": 9_999, "f_files": 99_999, "f_flag": 0}
    told = [
        disk_free(tmp_path, lambda _, changed=changed: SimpleNamespace(**{**sound, **changed}))  # type: ignore[misc]
        for changed in ({}, {"f_flag": os.ST_RDONLY}, {"f_favail": 3})
    ]
    assert [each.ok for each in told] == [True, False, False]
    assert "remount,rw" in told[1].mend


def test_a_clock_behind_that_of_the_host_that_ticked(embedded: Settings) -> None:
    tick(embedded, WallClock().now() - SECOND)
    well, behind = diagnosis(embedded), diagnosis(embedded, ahead=-HOUR)
    assert well["clock"].ok
    assert not behind["clock"].ok
    assert "timedatectl" in behind["clock"].mend


def test_input_that_no_worker_takes(embedded: Settings) -> None:
    with wiring.opened_log(embedded) as log:
        log.append([Entry("charging", 0, "usage", b"x", "feed", "1", b"1")])
    found = work.work_done(embedded, Clock(), lambda seconds: None)
    assert not found.ok
    assert found.found == "charging/0 has 1 records that no worker takes"
    assert found.mend == "start one, or restart the one that hangs: telassure worker --topology charging"


def test_a_partition_that_has_stopped_applying(embedded: Settings) -> None:
    tick(embedded, WallClock().now() - HOUR)
    found = diagnosis(embedded)
    assert wrongs(found) == ["work"]
    assert "charging/0 has applied nothing for 3,6" in found["work"].found


def test_open_letters_and_notices_that_do_not_leave(embedded: Settings) -> None:
    letter = DeadLetter("one", "a.csv", "7", "", "a.csv:7", "not a number", b"", 1)
    notice = OutboxRow("no-1", "notify", "notification", b"x", "p", WallClock().now() - HOUR)
    with closing(wiring.state_store(embedded, "assurance")) as store, wiring.opened_log(embedded) as log:
        log.append([Entry("assurance", 0, "tick", b"x", "feed", "1", b"1")])
        store.commit(Turn("assurance", 0, 0, 1, b"", letters=[letter], outbox=[notice]))
    found = diagnosis(embedded)
    assert wrongs(found) == ["notices"]
    assert found["dead letters"].found == "1 are open"
    assert "telassure letters replay" in found["dead letters"].mend
    assert found["notices"].found.startswith("1 wait, the oldest for 3,6")


# --- how checks run ---


def test_a_check_that_hangs_delays_nobody_and_no_secret_is_printed() -> None:
    never = Event()

    def fails() -> None:
        raise TransientError(f"postgresql://u:{PASSWORD}@db refused")

    several = [
        Check("hangs", lambda: fine(str(never.wait(60))), "pull the plug"),
        Check("fails", fails, "mend it"),  # type: ignore[arg-type]  # it never returns
        Check("breaks", lambda: fine(str(1 // 0)), "tell us"),
        Check("well", lambda: fine("all is well"), ""),
    ]
    found = examine(several, 1.0, [PASSWORD])
    never.set()
    assert [(each.ok, each.found) for each in found] == [
        (False, "no answer within 1 s"),
        (False, "postgresql://u:***@db refused"),
        (False, "the check itself failed: ZeroDivisionError: integer division or modulo by zero"),
        (True, "all is well"),
    ]
    assert [each.mend for each in found[:2]] == ["pull the plug", "mend it"]


def test_what_needs_a_check_that_fails_points_to_it_and_what_is_well_stays_so() -> None:
    several = [
        Check("base", lambda: fine(str(1 // 0)), "mend the base"),
        Check("fails", lambda: fine(str(1 // 0)), "mend it", ("base",)),
        Check("well", lambda: fine("all is well"), "", ("base",)),
    ]
    assert [(each.ok, each.mend) for each in examine(several, 60)] == [
        (False, "mend the base"), (False, "mend base first"), (True, ""),
    ]  # fmt: skip


def test_a_wrong_setting_says_itself_how_to_mend_it() -> None:
    def refuses() -> Finding:
        raise ConfigurationError("influx.token: it is refused; make another")

    (found,) = examine([Check("influxdb", refuses, "start it")], 60)
    assert (found.found, found.mend) == ("influx.token: it is refused", "make another")


# --- distributed ---


def test_a_home_over_kafka_may_be_a_small_folder_of_a_container(tmp_path: Path) -> None:
    settings = distributed(tmp_path)
    tmp_path.chmod(0o2777)
    room = SimpleNamespace(f_bavail=200 << 20, f_frsize=1, f_favail=9_999, f_files=99_999, f_flag=0)
    found = diagnosis(settings, of=machine_checks(settings, lambda _: room))
    assert wrongs(found) == []


def test_a_page_that_asks_for_its_token_is_one_of_ours() -> None:
    with serving() as api:
        port = int(api.url.rpartition(":")[2])
        api.answer = lambda asked: Answer(401, b"", {"WWW-Authenticate": 'Basic realm="Telassure"'})  # type: ignore[method-assign]
        assert port_ours("127.0.0.1", port, "/", "TELASSURE_DASHBOARDS__PORT").ok


def test_an_address_that_is_none_is_the_only_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "HOME": tmp_path,
        "KAFKA__BROKERS": "k:1",
        "DATABASE__URL": "x",
        "PSEUDONYM_KEY": "5e" * 32,
    }.items():
        monkeypatch.setenv(f"TELASSURE_{name}", str(value))
    ran = CliRunner().invoke(app, ["--json"])
    (only,) = json.loads(ran.stdout)["checks"]
    assert (ran.exit_code, only["name"]) == (1, "settings")
    assert only["mend"].startswith("write postgresql://")


def test_brokers_and_databases_that_cannot_be_reached(tmp_path: Path) -> None:
    settings = distributed(tmp_path)
    found = diagnosis(settings)
    assert {"kafka", "topics", "postgresql", "database charging", "work"} <= set(wrongs(found))
    assert found["kafka"].mend == f"start Kafka at {settings.kafka.brokers}, or mend TELASSURE_KAFKA__BROKERS"
    assert {found[name].mend for name in ("topics", "work")} == {"mend kafka first"}
    assert found["database charging"].mend == "mend postgresql first"
    assert found["postgresql"].mend.startswith("start PostgreSQL at 127.0.0.1:")
    assert PASSWORD not in repr(found)
