"""The metrics of signs of life say how old each is, and the alerts on them tell what stands still from what is well."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ingestion.sources.http.api import Limits
from telassure.observe.heartbeats import Heart, Restarts, uptime
from telassure.observe.metrics import registry
from telassure.observe.vitals import HeartbeatCollector
from tests.apis.conftest import Server
from tests.observe.test_dashboard import ALERTS
from tests.observe.worker import samples_of

CASES = """
rule_files: [{rules}]
evaluation_interval: 15s
tests:
  - interval: 15s
    input_series:
      - {{series: 'telassure_heartbeat_age_seconds{{process="worker-assurance"}}', values: '0 1 16 31 46 61'}}
      - {{series: 'telassure_heartbeat_age_seconds{{process="api"}}', values: '1 0 1 29 1 0'}}
      - {{series: 'telassure_heartbeat_age_seconds{{process="delivery"}}', values: '1 16 31 1 0 1'}}
      - {{series: 'telassure_recent_restarts{{process="worker-charging"}}', values: '1 2 3 3 3 3'}}
      - {{series: 'telassure_recent_restarts{{process="api"}}', values: '1 2 2 2 2 2'}}
    promql_expr_test:
      - expr: ALERTS{{alertname="TelassureProcessStandsStill", alertstate="firing"}}
        eval_time: 75s
        exp_samples:
          - labels: >-
              ALERTS{{alertname="TelassureProcessStandsStill", alertstate="firing", process="worker-assurance",
              severity="critical"}}
            value: 1
      - expr: ALERTS{{alertname="TelassureProcessRestarting", alertstate="firing"}}
        eval_time: 75s
        exp_samples:
          - labels: >-
              ALERTS{{alertname="TelassureProcessRestarting", alertstate="firing", process="worker-charging",
              severity="warning"}}
            value: 1
"""


def exposed(home: Path, later: float = 0.0) -> dict[str, float]:
    """What the endpoint's /metrics says over its socket, so many seconds later."""
    found = registry(HeartbeatCollector(home, lambda: uptime() + later))
    with Server(home / "log.db", Limits(), found) as server, server.client() as client:
        told = samples_of(client.get("/metrics").text)
    return {name: value for name, value in told.items() if name.startswith("telassure_")}


def test_the_age_of_each_process_is_that_of_its_newest_beat(tmp_path: Path) -> None:
    for name in ("worker-assurance", "api"):
        Heart(tmp_path, name, name).beat()
    told = exposed(tmp_path, later=40)
    assert [
        told[f"telassure_heartbeat_age_seconds{{process={name}}}"] // 10 for name in ("worker-assurance", "api")
    ] == [4, 4]


def test_one_that_was_told_to_end_has_no_age(tmp_path: Path) -> None:
    heart = Heart(tmp_path, "delivery", "delivery of notices")
    heart.beat()
    heart.stop()
    assert "telassure_heartbeat_age_seconds{process=delivery}" not in exposed(tmp_path)


def test_what_was_started_again_is_counted_for_ten_minutes(tmp_path: Path) -> None:
    kept = Restarts(tmp_path)
    for _ in range(3):
        kept.note("worker charging", "it stood still")
    counted = "telassure_recent_restarts{process=worker charging}"
    assert exposed(tmp_path)[counted] == 3
    assert counted not in exposed(tmp_path, later=700)


def test_the_alerts_name_what_stands_still_or_is_started_again_and_nothing_else(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")
    cases = tmp_path / "cases.yml"
    cases.write_text(CASES.format(rules=ALERTS))
    checked = subprocess.run([promtool, "test", "rules", str(cases)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
