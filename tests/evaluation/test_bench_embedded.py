"""`telassure bench embedded` measures a system of its own, whatever the environment says."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from telassure.app.cli.main import app


@pytest.mark.heavy
def test_telassure_bench_embedded_with_telassure_home_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "b"))
    monkeypatch.setenv("TELASSURE_PARTITIONS", "3")
    ran = CliRunner().invoke(app, ["bench", "embedded", "--scale", "0.01", "--json"])
    assert (ran.exit_code, (tmp_path / "b").exists()) == (0, False)
