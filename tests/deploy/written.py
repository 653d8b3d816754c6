"""What the files of deploy/ say: environment variables, command lines, images; and the linters that judge them."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import BaseModel

from telassure.wiring.settings import Settings

ROOT: Final = Path(__file__).resolve().parents[2]
DEPLOY: Final = ROOT / "deploy"
CHART: Final = DEPLOY / "helm" / "telassure"
EVERYTHING_ON: Final = CHART / "ci" / "tested-values.yaml"
OURS: Final = ("telassure",)  # what the names of our own image begin with


def texts() -> dict[str, str]:
    """Every file of deploy/ that is written by hand and not a secret, by its place."""
    kept = [p for p in DEPLOY.rglob("*") if p.is_file() and "secrets" not in p.parts and p.name != ".env"]
    return {str(p.relative_to(ROOT)): p.read_text(encoding="utf-8") for p in sorted(kept)}


def setting_names(model: type[BaseModel] = Settings, before: str = "TELASSURE_") -> Iterator[str]:
    """The environment variable of every setting."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from setting_names(kind, f"{before}{name.upper()}__")
        else:
            yield f"{before}{name.upper()}"


def compose(**variables: str) -> dict[str, Any]:
    """compose.yaml as it is read where these variables are set and no others."""
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed (requirements-dev.lock)")

    def filled(found: re.Match[str]) -> str:
        name, _, default = found.group(1).partition(":-")
        return variables.get(name, default)

    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{([^}]+)\}", filled, text))
    return read


def our_services(read: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The services of our own image."""
    return {name: it for name, it in read["services"].items() if it["image"].startswith(OURS)}


def environment_of(service: Mapping[str, Any]) -> dict[str, str]:
    """A service's variables as its processes see them: a value filled with nothing is empty."""
    return {name: "" if value is None else str(value) for name, value in service["environment"].items()}


def tool(name: str) -> str:
    """Where a linter is: on PATH or in TELASSURE_LINTERS. The test is skipped without it, or fails where linters are
    required (TELASSURE_REQUIRE_LINTERS=1)."""
    place = f"{os.environ.get('TELASSURE_LINTERS', ROOT / 'build' / 'linters')}{os.pathsep}{os.environ.get('PATH', '')}"
    found = shutil.which(name, path=place)
    if found is None:
        reason = f"{name} is not on this machine; tests/deploy/linters.sh build/linters brings it"
        if os.environ.get("TELASSURE_REQUIRE_LINTERS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def run(command: Sequence[str | Path], **environment: str) -> str:
    """A command's standard output; the test fails with what it said where it ended badly."""
    ran = subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"{command[0]} ended with {ran.returncode}:\n{ran.stdout}{ran.stderr}"
    return ran.stdout
