"""The demo over real servers, as `make run-kafka` starts it: its page names them, and nothing is left of it."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.conftest import free_port
from tests.kafka.brokers import ROOT
from tests.real_servers import lacking

COMMAND = "{python} -m telassure topics apply --yes && exec {python} -m telassure run --demo"


def answer(url: str) -> str:
    try:
        return httpx.get(url, trust_env=False, timeout=30).text
    except httpx.HTTPError:
        return ""


@pytest.mark.heavy
def test_the_demo_runs_over_real_servers_and_its_page_names_them(tmp_path: Path) -> None:
    if why := lacking():
        if os.environ.get("TELASSURE_REQUIRE_KAFKA") == "1":
            pytest.fail(why)
        pytest.skip(why)
    page, api = free_port(), free_port()
    ports = {"TELASSURE_DASHBOARDS__PORT": str(page), "TELASSURE_API__PORT": str(api)}
    command = [sys.executable, "-m", "tests.real_servers", "sh", "-c", COMMAND.format(python=sys.executable)]
    with (tmp_path / "said").open("wb") as said:
        running = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **ports}, stdout=said, stderr=said)
    try:
        deadline = time.monotonic() + 240
        wanted = {f"http://127.0.0.1:{page}/_dash-layout": "over Kafka, PostgreSQL"}
        wanted |= {f"http://127.0.0.1:{api}/ready": "ready", f"http://127.0.0.1:{page}/_dash-layout?feeds": "demo-fm"}
        for url, words in wanted.items():
            while words not in answer(url):
                assert running.poll() is None, (tmp_path / "said").read_text()[-2_000:]
                assert time.monotonic() < deadline, (url, (tmp_path / "said").read_text()[-2_000:])
                time.sleep(0.5)
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(120)
    folder = re.search(r"(\S*telassure-servers-\w+)", (tmp_path / "said").read_text())
    assert folder is not None
    assert not Path(folder[1]).exists()
