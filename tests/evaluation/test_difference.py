"""A past day of a home, replayed as it was and with something changed; the home is only read."""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ingestion.batches.batch import Batch, Origin
from telassure import wiring
from telassure.app.cli.main import app
from telassure.evaluation.difference.answer import compare_day
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Alarm, Charge, TroubleTicket
from telassure.kernel.instant import MINUTE, iso, parse_instant
from telassure.store.sql import SqlEventLog
from telassure.wiring.settings import Settings

DAY = parse_instant("2026-03-02T00:00:00Z")
NAMES = ("alarms", "tickets", "notices", "charges", "leakage")
RESOURCES = [
    {"resource_id": "pwr-1", "kind": "power", "domain": "east"},
    {"resource_id": "enb-1", "kind": "enodeb", "domain": "east", "depends_on": ["pwr-1"]},
    {"resource_id": "enb-2", "kind": "enodeb", "domain": "east"},
]
BASE = {"service": "voice", "prefix": "", "kind": "per_unit", "rate": "0.10", "per": 60, "increment": 60}


def tariff(rate: str) -> Mapping[str, Any]:
    price = BASE | {"rate": rate}
    return {"tariff_id": "t", "valid_from": "2026-01-01T00:00:00Z", "currency": "EUR", "prices": [price]}


CATALOGUE = {
    "resources": RESOURCES,
    "customers": [{"customer_id": "c", "name": "C"}],
    "products": [{"product_id": "p", "name": "P", "monthly_fee": "0", "currency": "EUR", "tariff": "t"}],
    "accounts": [
        {"account_id": name, "customer": "c", "product": "p", "payment": "postpaid", "currency": "EUR"}
        | {"opening_balance": "0"}
        for name in ("a-1", "a-2")
    ],
    "services": [
        {"service_id": "s", "kind": "line", "account": "a-1", "product": "p", "supported_by": ["enb-1"]},
    ],
    "tariffs": [tariff("0.10")],
}


def alarm(name: str, at: int, severity: str = "critical") -> Mapping[str, Any]:
    return {
        "managed_object": name, "perceived_severity": severity, "probable_cause": "powerProblem", "time": iso(at),
        "specific_problem": "power", "event_type": "equipmentAlarm",
    }  # fmt: skip


def call(name: str, account: str, at: int) -> Mapping[str, Any]:
    return {"record_id": name, "account": account, "service": "voice", "time": iso(at), "volume": 61}


def kpi(at: int, value: float) -> Mapping[str, Any]:
    return {"time": iso(at), "managed_object": "enb-2", "measurement": "load", "value": value, "granularity_s": 900}


@dataclass(frozen=True)
class RecordedHome:
    settings: Settings
    folder: Path

    def diff(self, *stated: tuple[str, Mapping[str, Any]], day: int = DAY, days: int = 1) -> Mapping[str, Any]:
        body: dict[str, list[Any]] = {}
        for section, row in stated:
            body.setdefault(section, []).append(row)
        file = self.folder / f"{blake2b(json.dumps(body).encode()).hexdigest()[:12]}.json"
        file.write_text(json.dumps(body))
        return compare_day(self.settings, day, days, file, 3)

    def digests(self) -> Mapping[str, str]:
        files = [each for each in sorted(self.settings.home.rglob("*")) if each.is_file()]
        # what SQLite maps to let readers in is no content
        return {str(f): blake2b(f.read_bytes()).hexdigest() for f in files if not f.name.endswith(("-shm", "-wal"))}


def recorded(folder: Path, **rows: Sequence[Mapping[str, Any]]) -> RecordedHome:
    settings = Settings(home=folder / "home")
    wiring.home(settings)
    with wiring.opened_log(settings) as log:
        gateway = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        receipts = [gateway.submit(Batch("catalogue", CATALOGUE, "1"), Origin("replay:inventory", "load"))]
        for kind, several in rows.items():
            receipts.append(gateway.submit(Batch(kind, several, "1"), Origin(f"replay:{kind}", kind)))
        assert [each.rejected for each in receipts] == [()] * len(receipts)
        with wiring.worker(settings, [], live=False) as host:
            host.drain()
    return RecordedHome(settings, folder)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> RecordedHome:
    """Alarms and calls of three days, of which the second is asked about."""
    hours = [DAY + h * 60 * MINUTE for h in (-20, 9, 10, 34)]
    told = (("pwr-1", 0, "critical"), ("enb-1", 1, "critical"), ("enb-2", 5, "major"))
    alarms = [alarm(name, at + after * MINUTE, severity) for at in hours for name, after, severity in told]
    alarms += [alarm(name, at + 30 * MINUTE, "cleared") for at in hours for name, _, _ in told]
    alarms.sort(key=lambda row: str(row["time"]))
    calls = [call(f"r-{n}", ("a-1", "a-2")[n % 2], at) for n, at in enumerate(hours)]
    return recorded(tmp_path_factory.mktemp("recorded"), alarms=alarms, usage=calls)


def policy(area: str, name: str, value: str, **more: str) -> tuple[str, Mapping[str, Any]]:
    return "policies", {"area": area, "name": name, "value": value, **more}


def changed(found: Mapping[str, Any], *names: str) -> Mapping[str, tuple[int, int, int]]:
    return {name: tuple(found[name][each] for each in ("added", "removed", "changed")) for name in names or NAMES}


def test_a_file_of_nothing_makes_no_difference(home: RecordedHome) -> None:
    found = home.diff()
    assert (changed(found), found["examples"], found["charged"]) == (dict.fromkeys(NAMES, (0, 0, 0)), [], {})


def test_what_is_in_force_already_is_a_repeat_and_makes_no_difference(home: RecordedHome) -> None:
    found = home.diff(("tariffs", tariff("0.10")), ("resources", RESOURCES[1]))
    assert (found["stated"], found["examples"]) == ({"new": 0, "changed": 0, "repeats": 2}, [])


def test_a_policy_that_silences_takes_the_tickets_of_that_day_away_and_no_alarm(home: RecordedHome) -> None:
    found = home.diff(policy("ticketing", "minimum_severity", "5"))
    assert changed(found, "tickets") == {"tickets": (0, 2, 0)}
    assert changed(found, "alarms", "charges") == {"alarms": (0, 0, 0), "charges": (0, 0, 0)}


def test_a_price_changes_the_charges_of_that_day_alone(home: RecordedHome) -> None:
    found = home.diff(("tariffs", tariff("0.25")))
    assert changed(found, "charges", "tickets") == {"charges": (0, 0, 2), "tickets": (0, 0, 0)}
    assert found["charged"] == {"EUR": {"before": "0.40", "after": "1.00", "difference": "0.60"}}
    amounts = [(each["before"]["amount"], each["after"]["amount"]) for each in found["examples"]]
    assert amounts == [("0.20", "0.50")] * 2


def test_several_days_are_asked_about_together(home: RecordedHome) -> None:
    assert home.diff(("tariffs", tariff("0.25")), days=2)["charges"]["changed"] == 3


def test_another_link_of_the_inventory_makes_other_problems(home: RecordedHome) -> None:
    found = home.diff(("resources", RESOURCES[2] | {"depends_on": ["pwr-1"]}))
    assert sum(found["problems"].values()) > 0
    assert changed(found, "alarms") == {"alarms": (0, 0, 0)}


def test_a_threshold_of_detection_changes_episodes_and_what_follows_from_them(tmp_path: Path) -> None:
    day = [kpi(DAY + (n - 960) * 15 * MINUTE, 100.0 + n % 7 + 40.0 * (n % 1_000 > 985)) for n in range(1_056)]
    home = recorded(tmp_path, measurements=day)
    found = home.diff(policy("detection", "threshold", "40"), policy("detection", "floor", "500"))
    assert found["episodes"]["removed"] > 0 < found["tickets"]["removed"] + found["problems"]["removed"]
    assert home.diff()["examples"] == []


def test_the_home_is_only_read(home: RecordedHome) -> None:
    before = home.digests()
    home.diff(("tariffs", tariff("0.25")))
    assert home.digests() == before


def test_as_it_was_is_what_was_told(home: RecordedHome) -> None:
    from telassure.evaluation.difference.run import DayReplay
    from telassure.evaluation.difference.stretch import stretch

    whole = {p: stretch(r, DAY, DAY + 2 * 86_400_000_000) for p, r in wiring.recorded_log(home.settings).items()}
    replayed = DayReplay(whole, {}, DAY).day()
    with closing(wiring.reader(home.settings)) as told:
        kinds = (Alarm, TroubleTicket, Charge)
        assert [set(replayed.records[kind].values()) for kind in kinds] == [set(told.every(kind)) for kind in kinds]


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        (policy("detection", "treshold", "3"), "threshold"),
        (("tariffs", tariff("0,25")), "0.25"),
        (("resources", RESOURCES[0] | {"depends_on": ["enb-1"]}), "depend on itself"),
    ],
)
def test_a_bad_file_is_refused_with_its_place_and_reason(home: RecordedHome, stated: Any, reason: str) -> None:
    with pytest.raises(InvalidInput, match=rf"\.json:1: .*{reason}"):
        home.diff(stated)


def test_a_day_of_which_the_log_holds_nothing_is_refused(home: RecordedHome) -> None:
    with pytest.raises(InvalidInput, match="holds nothing of 2020-01-01"):
        home.diff(day=parse_instant("2020-01-01T00:00:00Z"))


def test_a_log_that_no_longer_reaches_back_is_said(tmp_path: Path) -> None:
    home = recorded(tmp_path, usage=[call("r-1", "a-1", DAY - 60 * MINUTE), call("r-2", "a-1", DAY + MINUTE)])
    with closing(SqlEventLog(f"sqlite:///{home.settings.home / 'log.db'}")) as log:
        log.trim("charging", 0, 1)
    found = home.diff(("tariffs", tariff("0.25")))
    assert (found["charges"]["changed"], found["charged"]["EUR"]["difference"]) == (1, "0.30")
    assert [each.partition(":")[0] for each in found["missing"]] == ["charging/0"]


def test_the_command_prints_one_object(home: RecordedHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELASSURE_HOME", str(home.settings.home))
    file = home.folder / "dearer.json"
    file.write_text(json.dumps({"tariffs": [tariff("0.25")]}))
    ran = CliRunner().invoke(app, ["diff", "--day", "2026-03-02", "--with", str(file), "--json"])
    assert (ran.exit_code, json.loads(ran.stdout)["charges"]) == (0, {"added": 0, "removed": 0, "changed": 2})
