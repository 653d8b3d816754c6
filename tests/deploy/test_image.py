"""What the Dockerfile's builder makes of the files that it is let to see, without an engine: a wheel that is whole."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.deploy.written import DEPLOY, ROOT, run

pytestmark = pytest.mark.heavy
SKIPPED = shutil.ignore_patterns("__pycache__", "*.pyc")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content, built from nothing but what the Dockerfile copies."""
    source, made = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("made")
    for line in (DEPLOY / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for name in line.split()[1:-1]:
                place = ROOT / name
                if place.is_dir():
                    shutil.copytree(place, source / name, ignore=SKIPPED)
                else:
                    shutil.copy(place, source / name)
    run([sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-deps", "-w", made, source])
    (wheel,) = made.glob("telassure-*.whl")
    zipfile.ZipFile(wheel).extractall(made / "site")
    return made / "site"


def test_the_wheel_holds_every_module_and_asset_of_the_packages(installed: Path) -> None:
    tracked = run(["git", "ls-files", "telassure", "models", "streams", "ingestion", "bss_sync", "dashboards"])
    missing = [name for name in tracked.split() if (ROOT / name).exists() and not (installed / name).exists()]
    assert missing == []


def test_the_image_warms_its_kernels_and_goes_on_with_them(installed: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    environment = {**os.environ, "PYTHONPATH": str(installed), "NUMBA_CACHE_DIR": str(cache)}
    warm = [sys.executable, str(DEPLOY / "image" / "warm.py")]
    assert "kernels are compiled" in run_in(tmp_path, warm, environment)
    compiled = {place: place.stat().st_mtime_ns for place in cache.rglob("*.nbc")}
    assert len(compiled) >= 5

    run_in(tmp_path, warm, environment)

    assert {place: place.stat().st_mtime_ns for place in cache.rglob("*.nbc")} == compiled


def run_in(folder: Path, command: list[str], environment: dict[str, str]) -> str:
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_health_check_tells_what_is_well_from_what_is_not(answers: dict[int, str]) -> None:
    script = DEPLOY / "image" / "healthcheck.py"
    codes = {}
    for status, url in answers.items():
        environment = {**os.environ, "HEALTHCHECK_URL": url}
        codes[status] = subprocess.run([sys.executable, "-I", script], env=environment, check=False).returncode
    assert codes == {200: 0, 204: 0, 401: 0, 404: 1, 503: 1, 0: 1}
