"""The dashboard and the alerts speak of nothing that the processes do not expose, by name and by label."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ingestion.sources.http.api import Limits
from telassure.kernel.events import Notification
from telassure.kernel.ports import Delivered
from telassure.observe.deliveries import DeliveryMeter, ReceiverCollector
from telassure.observe.heartbeats import Heart, Restarts
from telassure.observe.metrics import StoreCollector, registry
from telassure.observe.vitals import HeartbeatCollector
from telassure.store.sql import SqlReader
from tests.apis.conftest import FixedClock, Server
from tests.observe.worker import working

ROOT = Path(__file__).resolve().parents[2]
BOARD = ROOT / "deploy" / "grafana" / "telassure.json"
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
ADDED_BY_PROMETHEUS = {"instance", "job"}
METRIC = re.compile(r"\b((?:telassure|process)_[a-z0-9_]+)(?:\{([^}]*)\})?")
GROUPED = re.compile(r"\b(?:by|on|without) \(([^)]*)\)")


def scraped(text: str) -> dict[str, set[str]]:
    """The labels of every sample's name."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What a worker and the API expose after some work, scraped over their sockets."""
    home = tmp_path_factory.mktemp("home")
    with working(home) as worker:
        told = DeliveryMeter(worker.registry)
        told("notify", Notification("n", "t", "c", "subject", "body", 0), Delivered(), 0.1)
        worker.registry.register(ReceiverCollector(lambda: {"notify": False}))
        worker.send()
        worker.send(b"no msgpack")
        worker.host.drain()
        worker.fail()
        found = scraped(worker.get("/metrics").text)
        reader = SqlReader(f"sqlite:///{home}/log.db", {"assurance": f"sqlite:///{home}/assurance.db"})
        Heart(home, "api", "ingestion endpoint").beat()
        Restarts(home).note("api", "it stood still")
        vitals = HeartbeatCollector(home)
        of_api = registry(StoreCollector(reader, FixedClock(), lambda: {"assurance": 0}), vitals)
        with Server(home / "api.db", Limits(), of_api) as server, server.client() as client:
            alarm = {"managed_object": "o", "perceived_severity": "major", "time": "2026-06-01T11:00:00Z"}
            client.post("/v1/ingest/alarms", json=alarm)
            found |= scraped(client.get("/metrics").text)
        reader.close()
    return found


def expressions() -> list[str]:
    board = json.loads(BOARD.read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    queries += [each["query"]["query"] for each in board["templating"]["list"] if isinstance(each["query"], dict)]
    return queries


def unknown(text: str, exposed: dict[str, set[str]]) -> list[str]:
    """Metric names, and labels in matchers, that nobody exposes."""
    found = []
    for name, matchers in METRIC.findall(text):
        if name not in exposed:
            found.append(name)
            continue
        labels = {each.split("=")[0].split("!")[0].strip() for each in matchers.split(",") if each.strip()}
        found += [f"{name}{{{label}}}" for label in sorted(labels - exposed[name] - ADDED_BY_PROMETHEUS)]
    return found


def ungrouped(text: str, exposed: dict[str, set[str]]) -> list[str]:
    """Labels that an expression groups by and that none of its metrics has."""
    names = [name for name, _ in METRIC.findall(text)]
    has = set().union(*(exposed.get(name, set()) for name in names)) | ADDED_BY_PROMETHEUS
    asked = {label.strip() for group in GROUPED.findall(text) for label in group.split(",")}
    return sorted(asked - has)


@pytest.mark.parametrize("query", expressions())
def test_every_query_of_the_dashboard_asks_for_what_is_exposed(query: str, exposed: dict[str, set[str]]):
    assert unknown(query, exposed) == []
    assert ungrouped(query, exposed) == []


def test_the_panels_of_the_dashboard_do_not_overlap_and_each_says_what_it_shows():
    panels = json.loads(BOARD.read_text(encoding="utf-8"))["panels"]
    taken = [
        (x, y)
        for at in (panel["gridPos"] for panel in panels)
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(taken) == len(set(taken))
    assert all(0 <= x < 24 for x, _ in taken)
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel.get("description") for panel in panels if panel["type"] != "row")


def alerts() -> dict[str, str]:
    """The text of each alert by its name."""
    _, *found = ALERTS.read_text(encoding="utf-8").split("- alert: ")
    return {text.split("\n", 1)[0]: text for text in found}


@pytest.mark.parametrize("name", alerts())
def test_every_alert_speaks_of_what_is_exposed_and_says_what_to_do(name: str, exposed: dict[str, set[str]]):
    text = alerts()[name]
    assert unknown(text, exposed) == []
    expression = text[text.index("expr:") : text.index("for:")]
    assert ungrouped(expression, exposed) == []
    assert "runbook: >-" in text
    assert re.search(r"severity: (warning|critical)\}", text)


def test_every_metric_that_is_exposed_is_explained(exposed: dict[str, set[str]]):
    text = (BOARD.parents[2] / "docs" / "observability.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"telassure_[a-z_]+", text))
    several = {re.sub(r"_(bucket|sum|count|created)$", "", name) for name in exposed if name.startswith("telassure_")}
    assert sorted(several - explained - {name.removesuffix("_total") for name in explained}) == []


def test_a_name_that_nobody_exposes_is_found():
    assert unknown('rate(telassure_rows_total{topologie="x"}[5m])', {"telassure_rows_total": {"topology"}}) == [
        "telassure_rows_total{topologie}"
    ]
    assert unknown("telassure_row_total", {"telassure_rows_total": set()}) == ["telassure_row_total"]
    assert ungrouped("sum by (feed) (telassure_rows_total)", {"telassure_rows_total": {"topology"}}) == ["feed"]


def test_prometheus_takes_the_alert_rules():
    promtool = os.environ.get("PROMTOOL") or shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus), and PROMTOOL names none")
    checked = subprocess.run([promtool, "check", "rules", str(ALERTS)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_alert_rules_are_yaml_of_the_shape_that_prometheus_reads():
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    (group,) = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    assert {rule["alert"] for rule in group["rules"]} == set(alerts())
    assert all({"expr", "for", "labels", "annotations"} <= rule.keys() for rule in group["rules"])
