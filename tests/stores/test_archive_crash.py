"""A `kill -9` while ledger lines move into the archive loses none and doubles none, wherever it strikes."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from telassure.kernel.events import Charge
from telassure.kernel.instant import DAY
from telassure.kernel.kept import BusinessRecord
from telassure.store import archive
from telassure.store.archive import Archive
from telassure.store.sql import SqlReader, SqlStateStore, records, state
from tests.stores.adapters import START, charge, made, turn

_LINES = 50
_AGE = 10 * DAY


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before_it_is_kept(_: Archive) -> None:
    Archive.keep = lambda *_: killed()  # type: ignore[method-assign,assignment]


def between_file_and_manifest(_: Archive) -> None:
    write = archive._write
    archive._write = lambda place, text: killed() if place.name == archive.MANIFEST else write(place, text)


def between_archive_and_table(_: Archive) -> None:
    records.remove_same = lambda *_: killed()  # type: ignore[assignment]


def between_two_pieces(_: Archive) -> None:
    remove, times = records.remove_same, iter(range(9))
    records.remove_same = lambda *given: killed() if next(times) else remove(*given)  # type: ignore[assignment]


def moved(url: str, root: Path) -> None:
    state._PIECE = 20  # type: ignore[misc]  # so that there are several
    with closing(SqlStateStore(url)) as store:
        store.remove(Charge, _AGE, START, Archive(root).keep)


def struck(url: str, root: Path, strike: Callable[[Archive], None]) -> None:
    strike(Archive(root))
    moved(url, root)


@pytest.mark.parametrize(
    "strike", [before_it_is_kept, between_file_and_manifest, between_archive_and_table, between_two_pieces]
)
def test_every_line_is_in_the_table_or_the_archive_and_in_the_end_once(
    tmp_path: Path, strike: Callable[[Archive], None]
) -> None:
    url, root = made(tmp_path, "state"), tmp_path / "archive"
    lines: Sequence[BusinessRecord] = [charge(f"c-{n}", time=START - (20 if n % 5 else 0) * DAY) for n in range(_LINES)]
    with closing(SqlStateStore(url)) as store:
        store.commit(turn(0, 1, records=lines))
    process = multiprocessing.get_context("spawn").Process(target=struck, args=(url, root, strike))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert {*stay(url), *gone(root)} == {f"c-{n}" for n in range(_LINES)}

    with closing(SqlStateStore(url)) as store:
        store.remove(Charge, _AGE, START, Archive(root).keep)
    assert sorted([*stay(url), *gone(root)]) == sorted(f"c-{n}" for n in range(_LINES))
    assert len(gone(root)) == 4 * _LINES // 5


def stay(url: str) -> list[str]:
    with closing(SqlReader(url, {"charging": url})) as reader:
        return [each.charge_id for each in reader.every(Charge, {})]


def gone(root: Path) -> list[str]:
    return [line["charge_id"] for line in Archive(root).lines("charge")]
