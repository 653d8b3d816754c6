"""What the guides "Adding a ..." print is code as the house writes it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.house import GUIDES, PACKAGES, ROOT
from tests.adding import guide

NAMES = sorted(path.stem for path in GUIDES.glob("*.md"))


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_pass_the_linter(name: str, tmp_path: Path) -> None:
    """At their own paths, so that imports are sorted as they will be."""
    shown = guide(name)
    assert shown.files
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, text in shown.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    ours = f"lint.isort.known-first-party = {json.dumps(PACKAGES)}"
    checked = [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", ours, *shown.files]
    ran = subprocess.run(checked, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("name", NAMES)
def test_an_addition_is_at_most_one_line_in_a_file_that_exists(name: str) -> None:
    lines = guide(name).lines
    assert sum(len(text.strip().splitlines()) for text in lines.values()) <= 1
    assert all((ROOT / path).is_file() for path in lines)
