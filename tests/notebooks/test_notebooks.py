"""Every notebook runs to its end on a real home, and is paired with its text."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from telassure import wiring
from telassure.kernel.codec import encode
from telassure.wiring.settings import Settings
from telassure.kernel.events import Measurements
from telassure.kernel.instant import DAY, MINUTE
from telassure.kernel.ports import Entry

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
TEXTS = [path for path in NOTEBOOKS.glob("*.py") if path.name != "pair.py"]
BEGIN = 20_000 * DAY
BROKEN = 8  # points
BREAKDOWN = BEGIN + 4 * DAY - BROKEN * 15 * MINUTE


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with four days of one KPI that breaks down at the end."""
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path))
    settings = Settings(home=tmp_path)
    wiring.home(settings)
    times = BEGIN + np.arange(4 * 96) * 15 * MINUTE
    value = 50 + 10 * np.sin(2 * np.pi * (times % DAY) / DAY) + np.random.default_rng(1).normal(0, 0.5, len(times))
    value[-BROKEN:] = 0
    zeros = np.zeros(len(times), "i4")
    event = Measurements(
        "d",
        "replay:n",
        15 * MINUTE,
        ("cell-1",),
        ("DRB.UEThpDl",),
        zeros,
        zeros,
        times,
        value,
        np.zeros(len(times), "?"),
    )
    kind, payload = encode(event)
    with wiring.opened_log(settings) as log, wiring.worker(settings, [], live=False) as host:
        log.append([Entry("detection", 0, kind, payload, "test", "1", b"1", len(event))])
        host.drain()
    return tmp_path


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)
def test_a_notebook_runs_to_its_end(text, home):
    left = runpy.run_path(str(text))
    found = [at.value // 1_000 for at in left["anomalous"].index.as_unit("ns")]
    assert found[0] == BREAKDOWN
    assert 1 < len(found) <= BROKEN
    np.testing.assert_allclose(left["why"].sum(axis=1), left["anomalous"]["score"])


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)
def test_a_notebook_is_paired_with_its_text(text):
    made = runpy.run_path(str(NOTEBOOKS / "pair.py"))["notebook"](text.read_text())
    assert text.with_suffix(".ipynb").read_text() == made
