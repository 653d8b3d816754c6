"""The state store in memory, which hosts of tests use from several threads at once."""

import sys
from collections.abc import Iterator
from threading import Thread

import pytest

from telassure.store.memory import MemoryStateStore
from tests.stores.adapters import turn

TURNS = 2_000


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads that take turns all the time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_what_several_partitions_count_at_once_adds_up(restless: None) -> None:
    store = MemoryStateStore()

    def commit(partition: int) -> None:
        for offset in range(1, TURNS + 1):
            store.commit(turn(partition=partition, expected=offset - 1, offset=offset, counters={"records": 1}))

    threads = [Thread(target=commit, args=(partition,)) for partition in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.counters(turn().topology)["records"] == 3 * TURNS
