"""What a follower of the catalogue asks the state store: only what is new, and where to go on."""

from contextlib import closing

from telassure.events import Subscriber
from telassure.store.sql import SqlStateStore
from tests.stores.adapters import turn
from tests.stores.databases import Databases


def test_a_follower_hears_of_each_change_once_in_order(databases: Databases) -> None:
    with closing(SqlStateStore(databases.url("state", "followed"))) as store:
        assert store.catalogue_since("charging", 0, 0) == (0, [])
        came = [Subscriber("s-1", "a-1"), Subscriber("s-2", "a-1"), Subscriber("s-1", "a-9")]
        store.commit(turn(0, 1, catalogue=came))
        first, entries = store.catalogue_since("charging", 0, 0)
        assert entries == [Subscriber("s-1", "a-9"), Subscriber("s-2", "a-1")]
        store.commit(turn(1, 2, counters={"records": 1}))
        assert store.catalogue_since("charging", 0, first) == (first, [])
        store.commit(turn(2, 3, catalogue=[Subscriber("s-3", "a-1"), Subscriber("s-1", "a-2")]))
        second, entries = store.catalogue_since("charging", 0, first)
        assert entries == [Subscriber("s-1", "a-2"), Subscriber("s-3", "a-1")]
        assert second > first
        assert store.catalogue_since("charging", 1, 0) == (0, [])
