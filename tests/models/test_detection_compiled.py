"""Compiled kernels on disk are taken only while every kernel's source is as it was."""

import subprocess
import sys
from pathlib import Path

INNER = "from models.detection.compiled import compiled\n\n\n@compiled\ndef inner(x):\n    return x + {}\n"
OUTER = """from models.detection.compiled import compiled
from models.detection.inner import inner


@compiled
def outer(x):
    return inner(x) * 10
"""


GIVEN = """from typing import NamedTuple


class {name}(NamedTuple):
    number: int
"""
TAKES = """from models.detection.compiled import compiled
from models.detection.given import {name} as Given


@compiled
def takes(given):
    return given.number


def outer(number):
    return takes(Given(number))
"""


def package_in(place: Path) -> Path:
    """models/detection with nothing but what compiles a kernel."""
    package = place / "models" / "detection"
    package.mkdir(parents=True)
    for folder in (package.parent, package):
        (folder / "__init__.py").touch()
    ours = Path(__file__).resolve().parents[2] / "models" / "detection" / "compiled.py"
    (package / "compiled.py").write_bytes(ours.read_bytes())
    return package


def test_a_kernel_is_compiled_anew_when_one_that_it_calls_has_changed(tmp_path: Path) -> None:
    package = package_in(tmp_path)
    (package / "outer.py").write_text(OUTER)
    (package / "inner.py").write_text(INNER.format(1))
    assert _outer(tmp_path) == 20
    (package / "inner.py").write_text(INNER.format(2))
    assert _outer(tmp_path) == 30


def test_a_kernel_is_compiled_anew_when_what_it_takes_has_another_name(tmp_path: Path) -> None:
    package = package_in(tmp_path)
    for name in ("Before", "After"):
        (package / "given.py").write_text(GIVEN.format(name=name))
        (package / "outer.py").write_text(TAKES.format(name=name))
        assert _outer(tmp_path) == 1


def _outer(place: Path) -> int:
    """outer(1), by a process of its own."""
    code = "from models.detection.outer import outer; print(outer(1))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=True)
    return int(ran.stdout)
