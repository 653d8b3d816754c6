"""A home is its owner's alone: one that is open to others is refused with the command that closes it."""

import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from telassure import wiring
from telassure.kernel.errors import ConfigurationError
from telassure.wiring.home import Home
from telassure.wiring.settings import isolated


def mode(place: Path) -> int:
    return stat.S_IMODE(place.stat().st_mode)


@pytest.mark.parametrize("mask", [0o755, 0o750, 0o777, 0o701])
def test_a_begun_home_that_is_open_is_refused_with_what_closes_it(tmp_path: Path, mask: int) -> None:
    root = tmp_path / "the home"
    Home(root).prepare()
    root.chmod(mask)
    with pytest.raises(ConfigurationError, match="open to others") as refused:
        Home(root).prepare()
    subprocess.run(shlex.split(str(refused.value).partition("close it by: ")[2]), check=True)
    Home(root).prepare()
    assert mode(root) == 0o700


@pytest.mark.parametrize("mask", [0o755, 0o777])
def test_an_empty_folder_is_closed_and_begun(tmp_path: Path, mask: int) -> None:
    root = tmp_path / "home"
    root.mkdir()
    root.chmod(mask)
    (root / "telassure.toml").write_text("")
    Home(root).prepare()
    assert mode(root) == 0o700


def test_a_home_of_the_release_before_is_closed_already(tmp_path: Path) -> None:
    """It made its folder so, whatever the files in it are."""
    settings = isolated(tmp_path / "home")
    wiring.home(settings)
    (settings.home / "log.db").touch(0o644)
    wiring.home(settings)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_whose_folder_it_is_decides_about_one_that_is_not_ours(tmp_path: Path) -> None:
    root = tmp_path / "volume"
    Home(root).prepare()
    os.chown(root, 65_534, 65_534)
    root.chmod(0o777)
    Home(root).prepare()
    assert mode(root) == 0o777


def test_what_the_command_writes_is_its_owners(tmp_path: Path) -> None:
    out = tmp_path / "samples"
    subprocess.run([sys.executable, "-m", "telassure", "samples", str(out)], check=True, capture_output=True)
    assert {mode(each) & 0o077 for each in (out, *out.rglob("*"))} == {0}
