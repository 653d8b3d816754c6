"""The wheel alone in a clean environment: the demo runs from it, with nothing of the checkout at hand."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from telassure import __version__
from tests.conftest import free_port
from tests.system.installation import ROOT, gone, until
from tests.system.test_demo import answers, first_live_fault

pytestmark = pytest.mark.heavy
PACKAGES = ("telassure", "models", "streams", "ingestion", "bss_sync", "dashboards")


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of commands of a new virtual environment that holds the locked dependencies and the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    source, environment = folder / "source", folder / "environment"
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    pip = [environment / "bin" / "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "-q", "--no-deps", "-w", folder, source], check=True)
    subprocess.run([*pip, "install", "-q", "-r", ROOT / "requirements.lock"], check=True)
    subprocess.run([*pip, "install", "-q", "--no-deps", *folder.glob("telassure-*.whl")], check=True)
    shutil.rmtree(source)
    yield environment / "bin"
    shutil.rmtree(environment)


@pytest.fixture
def elsewhere(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has no checkout: nothing of ours in it but a home of their own."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("TELASSURE_", "PYTHON"))}
    return kept | {"TELASSURE_HOME": str(tmp_path / "home"), "TELASSURE_LOG_LEVEL": "WARNING"}


def test_the_wheel_says_its_release(commands: Path, elsewhere: dict[str, str], tmp_path: Path) -> None:
    asked = [commands / "telassure", "--version"]
    said = subprocess.run(asked, cwd=tmp_path, env=elsewhere, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == f"telassure {__version__}"


def test_the_wheel_alone_runs_the_demo(commands: Path, elsewhere: dict[str, str], tmp_path: Path) -> None:
    page, api = free_port(), free_port()
    settings = {"API__PORT": api, "DASHBOARDS__PORT": page, "DEMO__HISTORY_DAYS": 1, "DEMO__CUSTOMERS": 400}
    environment = elsewhere | {f"TELASSURE_{name}": str(value) for name, value in settings.items()}
    with (tmp_path / "run.log").open("wb") as said:
        running = subprocess.Popen(
            [commands / "telassure", "run", "--demo"], cwd=tmp_path, env=environment, stdout=said, stderr=said
        )
    try:
        until(lambda: answers(f"http://127.0.0.1:{page}/"), 120, "the page")
        until(lambda: first_live_fault(tmp_path / "home"), 240, "the first live fault")
        assert httpx.get(f"http://127.0.0.1:{api}/ready", timeout=10).status_code == 200
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)
    assert gone(running.pid)
    assert "starting it again" not in (tmp_path / "run.log").read_text(errors="replace")
