"""`telassure bench detect` says what its contract names, at a size that takes seconds."""

from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from telassure.app.cli.main import app
from telassure.evaluation import detect

PROMISED = {"points_per_second", "series", "state_bytes_per_series", "peak_memory_mb", "baselines"}


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(detect, "HISTORY", 2)
    monkeypatch.setattr(detect, "DOMAIN", 150)
    monkeypatch.setattr(detect, "ENVELOPE", 100)
    monkeypatch.setattr(detect, "RIVER_SECONDS", 0.01)
    ran = CliRunner().invoke(app, ["bench", "detect", "--series", "400", "--rounds", "1", "--json"])
    found: dict[str, Any] = orjson.loads(ran.stdout)
    return found


def test_it_prints_every_figure_of_the_contract(figures: dict[str, Any]) -> None:
    assert figures.keys() >= PROMISED
    assert figures["series"] == 400
    assert figures["state_bytes_per_series"] <= 1_000 < figures["stored_bytes_per_series"] < 1_100
    assert figures["peak_memory_mb"] > 0
    assert figures["baselines"].keys() >= {"river_gaussian_scorer", "river_half_space_trees", "river_snarimax"}
