"""A log that delivers source positions again: each is applied once, whatever crashes in between."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.hosts.partition.turn import Partition
from streams.hosts.partition.world import TurnLimits, World
from streams.topology import Topology
from telassure.kernel.codec import encode
from telassure.kernel.errors import TransientError
from telassure.kernel.events import Notification, Tick
from telassure.kernel.instant import HOUR
from telassure.kernel.ports import Appended, Entry, LogRecord, Turn
from telassure.store.memory import MemoryLog, MemoryStateStore
from tests.conformance.reference import START, Tally, alarm, tally_case

SETTLED = settings(
    max_examples=60, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


class Forgetful(MemoryLog):
    """Refuses nothing, as a Kafka topic."""

    def append(self, entries: Sequence[Entry]) -> Appended:
        for entry in entries:
            self._taken.clear()
            super().append([entry])
        return Appended(len(entries), 0)


class Clock:
    def now(self) -> int:
        return START


def entry(event: Any, position: str, source: str = "test") -> Entry:
    kind, payload = encode(event)
    return Entry("laws", 0, kind, payload, source, position, blake2b(payload, digest_size=16).digest())


def world(log: MemoryLog, store: MemoryStateStore, repeats: bool = True) -> World:
    return World(log, store, Clock(), sleep=lambda seconds: None, repeats=repeats, elapsed=lambda: 0.0)


def run(topology: Topology, within: World, batch: int = 4, crash_every: int = 0) -> None:
    """To the log's end, beginning anew in a fresh process after every `crash_every` turns."""
    partition, turns = Partition(topology, 0, within, TurnLimits(records=batch, batch=batch)), 0
    while True:
        turns += 1
        idle = partition.turn().idle
        if idle and within.log.end("laws", 0) == partition.position and partition.settle():
            return
        if crash_every and turns % crash_every == 0 and turns < 200:
            partition = Partition(topology, 0, within, TurnLimits(records=batch, batch=batch))


def cells(store: MemoryStateStore) -> dict[str, bytes | None]:
    return {row.key: row.blob for row in store.stored("laws", 0) if row.operator == "tally"}


class Counting(Tally):
    """Counts every event it is given, so that a double apply shows."""

    def take(self, event: Any, state: Any) -> Any:
        cell = state.of(self.key(event))
        cell["seen"].append(event.notification_id)
        cell["first"] = cell["first"] or event.time
        state.wake(self.key(event), event.time + HOUR)
        return ()


@SETTLED
@given(
    st.lists(st.integers(0, 11), min_size=1, max_size=40),
    st.booleans(),
    st.sampled_from((1, 3, 64)),
    st.sampled_from((0, 1, 2, 5)),
)
def test_each_position_is_applied_once_in_the_order_of_its_first_coming(
    order: list[int], paced: bool, batch: int, crash_every: int
) -> None:
    """A stream of twelve records in which any comes again anywhere, against the same stream without the repeats."""
    topology = tally_case(Counting, paced).topology()
    events = [alarm(n, domain=f"d{n % 3}", managed=f"o{n % 2}", at=n) for n in range(12)]
    outcomes = []
    for chosen in (order, list(dict.fromkeys(order))):
        log, store = Forgetful(), MemoryStateStore()
        for number in chosen:
            log.append([entry(events[number], str(number))])
        run(topology, world(log, store), batch, crash_every if chosen is order else 0)
        outcomes.append((cells(store), store.counters("laws").get("records"), store.letters))
        assert store.counters("laws").get("duplicates", 0) == len(chosen) - len(set(chosen))
    assert outcomes[0] == outcomes[1]


def test_another_record_at_a_position_that_was_applied_becomes_a_dead_letter() -> None:
    log, store = Forgetful(), MemoryStateStore()
    log.append([entry(alarm(1), "7"), entry(alarm(2), "8")])
    run(tally_case(Tally).topology(), world(log, store))
    log.append([entry(alarm(3), "7")])
    run(tally_case(Tally).topology(), world(log, store))
    (letter,) = store.letters.values()
    assert (letter.source, letter.position, letter.operator) == ("test", "7", "duplicate")
    assert "another record" in letter.reason
    assert store.counters("laws")["dead_letters"] == 1
    assert Tally().load(cells(store)[Tally().key(alarm(1))] or b"", 1)["seen"] == ["n1", "n2"]


def test_a_turn_that_was_not_committed_leaves_its_positions_free(monkeypatch: pytest.MonkeyPatch) -> None:
    log, store = Forgetful(), MemoryStateStore()
    log.append([entry(alarm(1), "1"), entry(alarm(2), "2"), entry(alarm(1), "1")])

    def refuse(turn: Turn) -> None:
        raise TransientError("the database is away")

    partition = Partition(tally_case(Tally).topology(), 0, world(log, store))
    with monkeypatch.context() as away:
        away.setattr(store, "commit", refuse)
        assert partition.turn().stalled
    assert store.taken("laws", 0, [("test", "1")]) == {}
    assert not partition.turn().stalled
    assert store.counters("laws")["records"] == 2
    assert store.counters("laws")["duplicates"] == 1


def test_ticks_and_hops_need_no_position_and_leave_none() -> None:
    log, store = Forgetful(), MemoryStateStore()
    hop = entry(alarm(2), "op/0/5//0", "hop:other")
    for again in (entry(Tick(START), "1/0", "tick"), hop):
        log.append([again, again])
    run(tally_case(Tally).topology(), world(log, store))
    counted = {name: count for name, count in store.counters("laws").items() if name != "turns"}
    assert counted == {"records": 1, "hop_duplicates": 1}
    assert store.taken("laws", 0, [("tick", "1/0"), ("hop:other", "op/0/5//0")]) == {}


class Unasked(MemoryStateStore):
    def taken(self, topology: str, partition: int, places: Any) -> Any:
        raise AssertionError("an embedded log refuses repeats itself")


def test_a_log_that_refuses_repeats_is_not_asked_about_them() -> None:
    log, store = MemoryLog(), Unasked()
    log.append([entry(alarm(1), "1")])
    run(tally_case(Tally).topology(), world(log, store, repeats=False))
    assert store.counters("laws")["records"] == 1


def test_a_record_without_a_digest_is_known_by_its_payload() -> None:
    class Bare(Forgetful):
        def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
            return [replace(r, digest=b"") for r in super().read(topology, partition, after, records, size)]

    log, store = Bare(), MemoryStateStore()
    log.append([entry(alarm(1), "1"), entry(alarm(1), "1"), entry(alarm(2), "1")])
    run(tally_case(Tally).topology(), world(log, store))
    assert store.counters("laws")["duplicates"] == 1
    assert len(store.letters) == 1


def test_old_positions_are_forgotten_up_to_an_offset() -> None:
    log, store = Forgetful(), MemoryStateStore()
    log.append([entry(alarm(n), str(n)) for n in range(6)])
    run(tally_case(Tally).topology(), world(log, store))
    assert store.forget("laws", 0, 4) == 4
    assert set(store.taken("laws", 0, [("test", str(n)) for n in range(6)])) == {("test", "4"), ("test", "5")}
    assert store.records[Notification] == {}
