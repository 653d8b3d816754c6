"""Group commit: appends of many threads share a transaction, and each hears what became of its own entries."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from telassure.kernel.errors import InvalidInput, TransientError
from telassure.kernel.ports import Appended, Entry
from telassure.store.sql import GroupAppender, SqlEventLog
from tests.stores.adapters import entry, made


class Gated(SqlEventLog):
    """Counts its transactions, and holds the first until the gate opens."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.groups: list[int] = []
        self.entered, self.gate = Event(), Event()

    def append_all(self, batches: Sequence[Sequence[Entry]]) -> Sequence[Appended]:
        self.groups.append(len(batches))
        self.entered.set()
        assert self.gate.wait(10)
        return super().append_all(batches)


@pytest.fixture
def gated(tmp_path: Path) -> Iterator[Gated]:
    log = Gated(made(tmp_path, "log"))
    yield log
    log.close()


def test_what_waits_together_is_committed_together(gated: Gated) -> None:
    appender = GroupAppender(gated, linger=0.2)
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(appender.append, [entry("first")])
        gated.entered.wait(10)
        others = [pool.submit(appender.append, [entry(str(n)), entry("first")]) for n in range(8)]
        gated.gate.set()
        answers = [first.result(), *(other.result() for other in others)]
    appender.close()
    assert answers == [Appended(1, 0), *([Appended(1, 1)] * 8)]
    assert sum(gated.groups) == 9
    assert len(gated.groups) < 9
    assert gated.end("charging", 0) == 9


def test_of_two_callers_with_one_position_one_is_told_of_the_conflict(gated: Gated) -> None:
    gated.gate.set()
    appender = GroupAppender(gated, linger=0.2)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda content: appender.append([entry("1", content)]), [b"a", b"b"]))
    appender.close()
    assert sorted(a.accepted for a in answers) == [0, 1]
    assert sorted(a.conflicts for a in answers) == [(), (0,)]


def test_a_batch_that_cannot_be_stored_harms_no_other(gated: Gated) -> None:
    gated.gate.set()
    appender = GroupAppender(gated, linger=0.2)
    with ThreadPoolExecutor(2) as pool:
        bad = pool.submit(appender.append, [entry("bad", rows=1 << 80)])
        good = pool.submit(appender.append, [entry("good")])
        assert good.result() == Appended(1, 0)
        with pytest.raises(InvalidInput):
            bad.result()
    appender.close()


def test_a_closed_appender_finishes_its_work_and_takes_no_more(gated: Gated) -> None:
    appender = GroupAppender(gated, linger=0.0)
    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(appender.append, [entry("1")])
        gated.entered.wait(10)
        gated.gate.set()
        appender.close()
        assert taken.result() == Appended(1, 0)
    with pytest.raises(TransientError, match="closing"):
        appender.append([entry("2")])
    appender.close()
