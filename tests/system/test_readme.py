"""The README's examples with one's own input run as they are printed, with files that the repository makes itself."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.conftest import free_port
from tests.system.installation import ROOT, Installation, until

Install = Callable[..., Installation]
PAGE_PORT, API_PORT = "8050", "8051"  # as the README prints them; a test takes ports that are free


def examples() -> list[str]:
    """The commands under "With your own input", a line that goes on with a backslash as one, without the comments."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## With your own input")[2]
    block = re.search(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert block
    lines = block[1].replace("\\\n", " ").splitlines()
    return [re.sub(r"\s{2,}# .*$", "", line) for line in lines]


@pytest.fixture
def newcomer(install: Install, tmp_path: Path) -> Installation:
    """A folder with nothing in it but the environment that `make` has set up."""
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
    page, api = free_port(), free_port()
    system = install(API__PORT=api, DASHBOARDS__PORT=page)
    system.home = tmp_path / ".telassure"
    return system


def test_the_examples_run_as_printed(newcomer: Installation, tmp_path: Path) -> None:
    port, said = str(newcomer.settings["API__PORT"]), []
    for line in examples():
        if line.startswith("telassure run"):
            newcomer.start("run", folder=tmp_path)
            until(lambda: ready(port), 90, "the endpoint")
            continue
        command = f'export PATH="$PWD/.venv/bin:$PATH"\n{line.replace(API_PORT, port)}'
        ran = subprocess.run(
            ["bash", "-ec", command],
            cwd=tmp_path,
            env=newcomer.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ran.returncode == 0, f"{line}: {ran.stdout}{ran.stderr}"
        said.append(ran.stdout)
    assert '"accepted":1' in said[-1]
    inbox = tmp_path / ".telassure" / "inbox"
    until(lambda: len(list((inbox / "done").glob("*"))) == 2, 90, "both files of the inbox are taken")
    assert newcomer.reasons() == []


def ready(port: str) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ready", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
