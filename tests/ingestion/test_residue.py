"""Files that were taken go after their days; what is new, links and what they lead to stay."""

import os
import time
from pathlib import Path

import pytest

from ingestion.sources.files.residue import Residue
from telassure.kernel.instant import DAY


def now() -> int:
    return time.time_ns() // 1_000


@pytest.fixture
def done(tmp_path: Path) -> Path:
    folder = tmp_path / "done"
    (folder / "pm" / "site-1").mkdir(parents=True)
    (folder / "a.csv").write_text("a")
    (folder / "pm" / "site-1" / "b.xml").write_text("b")
    return folder


def test_files_go_after_their_days(done: Path) -> None:
    assert Residue(done, 30).forget(now() + 29 * DAY) == 0
    assert Residue(done, 30).forget(now() + 31 * DAY) == 2
    assert not [each for each in done.rglob("*") if each.is_file()]


def test_the_age_is_that_of_the_move_and_not_what_a_sender_has_set(done: Path) -> None:
    os.utime(done / "a.csv", (0, 0))
    assert Residue(done, 30).forget(now() + DAY) == 0


def test_folders_go_once_they_have_stood_empty_for_as_long(done: Path) -> None:
    for _ in range(3):
        Residue(done, 30).forget(now() + 31 * DAY)
    assert (list(done.iterdir()), done.exists()) == ([], True)


def test_nought_days_keep_everything(done: Path) -> None:
    assert Residue(done, 0).forget(now() + 40_000 * DAY) == 0


def test_links_are_not_followed(done: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep.csv").write_text("k")
    (done / "link").symlink_to(outside)
    (done / "file").symlink_to(outside / "keep.csv")
    Residue(done, 1).forget(now() + 9 * DAY)
    assert (outside / "keep.csv").exists()
    (tmp_path / "other").symlink_to(outside)
    assert Residue(tmp_path / "other", 1).forget(now() + 9 * DAY) == 0
