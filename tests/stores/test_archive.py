"""The archive of ledgers: what is kept is read again, each line once, and what is missing or damaged is named."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import DAY
from telassure.store.archive import Archive
from tests.stores.adapters import START, charge


def test_lines_are_read_as_they_were_kept(tmp_path: Path) -> None:
    kept, lines = Archive(tmp_path), [charge("a", time=START - DAY), charge("b")]
    kept.keep(lines)
    (found,) = kept.files("charge")
    assert (found.lines, found.first, found.last, kept.fault(found)) == (2, START - DAY, START, "")
    assert list(kept.lines("charge")) == [asdict(each) for each in lines]
    assert kept.tables() == ["charge"]


def test_a_crash_between_keeping_and_removing_keeps_the_same_file_again(tmp_path: Path) -> None:
    for _ in range(2):
        Archive(tmp_path).keep([charge("a"), charge("b")])
    assert len(Archive(tmp_path).files("charge")) == 1


def test_a_line_that_came_again_is_read_as_it_came_last(tmp_path: Path) -> None:
    kept = Archive(tmp_path)
    kept.keep([charge("a", micros=1), charge("b")])
    kept.keep([charge("a", micros=2)])
    assert {line["charge_id"]: line["amount_micros"] for line in kept.lines("charge")}["a"] == 2
    assert len(list(kept.lines("charge"))) == 2


@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_a_file_that_is_not_whole_is_named_and_not_read(tmp_path: Path, harm: str) -> None:
    kept = Archive(tmp_path)
    kept.keep([charge("a")])
    (found,) = kept.files("charge")
    place = tmp_path / "charge" / found.file
    place.unlink() if harm == "missing" else place.write_bytes(place.read_bytes()[:-1])
    assert harm in kept.fault(found)
    with pytest.raises(InvalidInput, match=harm):
        list(kept.lines("charge"))


def test_a_manifest_that_is_cut_short_is_named(tmp_path: Path) -> None:
    kept = Archive(tmp_path)
    kept.keep([charge("a")])
    place = tmp_path / "charge" / "manifest.json"
    place.write_bytes(place.read_bytes()[:-1])
    with pytest.raises(InvalidInput, match=r"manifest\.json: it is damaged"):
        kept.files("charge")


def test_what_is_kept_is_for_its_owner_alone(tmp_path: Path) -> None:
    Archive(tmp_path / "archive").keep([replace(charge("a"))])
    assert not [each for each in (tmp_path / "archive").rglob("*") if each.stat().st_mode & 0o077]
