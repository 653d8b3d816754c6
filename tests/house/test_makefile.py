"""A newcomer's `make`: whatever Python from 3.11 on is there is taken, and what is missing is said with its mend."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("make", "sh", "bash", "touch", "test", "dirname", "env")


@pytest.fixture
def machine(tmp_path):
    """A machine with make, a shell, and the Pythons that a test puts into its one folder of commands."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for tool in TOOLS:
        if found := shutil.which(tool):
            (commands / tool).symlink_to(found)
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        (tmp_path / name).touch()
    return tmp_path


def old(machine: Path, name: str) -> None:
    """A Python that is too old under this name: whatever it is asked, it fails, but for its version."""
    told = '#!/bin/sh\n[ "$1" = --version ] && { echo Python 3.9.2; exit 0; }\nexit 1\n'
    (machine / "bin" / name).write_text(told)
    (machine / "bin" / name).chmod(0o755)


def recent(machine: Path, name: str, body: str = 'exec "{python}" "$@"') -> None:
    (machine / "bin" / name).write_text("#!/bin/sh\n" + body.format(python=sys.executable) + "\n")
    (machine / "bin" / name).chmod(0o755)


def make(machine: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "PYTHON"))}
    return subprocess.run(
        ["make", *arguments],
        cwd=machine,
        env=kept | {"PATH": str(machine / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_recent_python_of_any_usual_name_is_taken(machine):
    old(machine, "python3")
    recent(machine, "python3.12")
    assert make(machine, "-n", "run").stdout.count('"python3.12" -m venv .venv') == 1


def test_python3_is_taken_where_it_is_recent_enough(machine):
    recent(machine, "python3")
    recent(machine, "python3.11")
    assert '"python3" -m venv .venv' in make(machine, "-n", "test").stdout


def test_without_a_recent_python_it_says_what_to_install(machine):
    old(machine, "python3")
    ran = make(machine, "run")
    assert ran.returncode != 0
    assert "needs Python 3.11 or later" in ran.stdout
    assert "apt install python3 python3-venv" in ran.stdout


def test_a_python_that_was_named_and_is_too_old_is_refused_with_its_version(machine):
    old(machine, "python3.9")
    ran = make(machine, "PYTHON=python3.9", "run")
    assert ran.returncode != 0
    assert "Python 3.9.2" in ran.stdout


def test_a_python_without_venv_names_the_package_that_brings_it(machine):
    recent(machine, "mine", 'case "$2" in *ensurepip*) exit 1;; esac\nexec "{python}" "$@"')
    ran = make(machine, "PYTHON=mine", "run")
    assert ran.returncode != 0
    assert f"apt install python{sys.version_info.major}.{sys.version_info.minor}-venv" in ran.stdout
