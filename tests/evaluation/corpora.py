"""Where the shared corpora are."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORPORA = Path(os.environ.get("TELASSURE_SHARED", str(ROOT.parent / "shared"))) / "corpora"


def shared(name: str) -> Path:
    """A shared corpus; the test is skipped where there is none."""
    if not (CORPORA / name).is_dir():
        pytest.skip(f"{CORPORA / name} is missing; set TELASSURE_SHARED to the directory that holds corpora/")
    return CORPORA / name
