"""What a partition receives from a broker: read without a gap, kept until it is durable, bounded, mended or named."""

import asyncio
from collections.abc import Mapping, Sequence
from threading import Event
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.hosts.faust import gaps
from streams.hosts.faust.assignment import STUCK, Assignment, Stuck
from streams.hosts.faust.backlog import Received, ReceivedLog
from streams.hosts.faust.gaps import LogGaps
from streams.hosts.faust.premises import HostSettings, Premises
from streams.hosts.faust.wire import KafkaAccess, log_record
from streams.hosts.partition.world import World
from telassure.kernel.codec import encode
from telassure.kernel.errors import ConfigurationError, InvalidInput, TransientError
from telassure.kernel.events import DeadLetter
from telassure.kernel.ports import LogRecord
from telassure.store.memory import MemoryLog, MemoryStateStore
from tests.conformance.reference import Tally, alarm, tally_case
from tests.hosts.test_repeats import Clock


def record(offset: int, size: int = 100) -> LogRecord:
    return LogRecord(offset, "k", b"x" * size, "test", str(offset))


class Stored(MemoryLog):
    """A topic with these records, whatever the consumer brings."""

    def __init__(self, offsets: Sequence[int]) -> None:
        super().__init__()
        self.offsets = offsets

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        return [record(offset) for offset in self.offsets if offset > after][:records]


def received(room: int = 1 << 20, begin: int = 0, stored: Sequence[int] = ()) -> ReceivedLog:
    log = ReceivedLog("laws", 0, Stored(stored), room)
    log.begin(begin)
    return log


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(("put", "put", "read", "release", "skip")), st.integers(1, 12))))
def test_a_reader_meets_every_record_once_in_order_whatever_arrives_twice_or_too_early(steps: Any) -> None:
    log, position, durable, read, lost = received(), 0, 0, list[int](), set[int]()
    for step, number in steps:
        if step == "put":
            known, newest = number <= log.newest, log.newest
            outcome = log.put(record(number))
            assert outcome is (Received.KNOWN if known else Received.KEPT if number == newest + 1 else Received.AHEAD)
        elif step == "read":
            found = log.read("laws", 0, position, number, 10**6)
            read += [r.offset for r in found]
            position = read[-1] if read else position
        elif step == "release":
            durable = max(durable, min(number, position))
            log.release(durable)
        else:
            lost |= set(range(log.newest + 1, number + 1))
            log.skip(number)
    read += [r.offset for r in log.read("laws", 0, position, 100, 10**6)]
    assert read == [offset for offset in range(1, log.newest + 1) if offset not in lost]


def test_what_is_not_durable_can_be_read_again_and_what_is_was_forgotten() -> None:
    log = received()
    for offset in (1, 2, 3, 4):
        log.put(record(offset))
    log.release(2)
    assert [r.offset for r in log.read("laws", 0, 2, 10, 10**6)] == [3, 4]
    assert log.size == 2 * (100 + 512)
    with pytest.raises(TransientError, match="received again from offset 1"):
        log.read("laws", 0, 1, 10, 10**6)
    assert log.rewind == 1


def test_a_log_is_full_by_bytes_and_empties_as_offsets_become_durable() -> None:
    log = received(room=2_000)
    for offset in (1, 2, 3):
        assert not log.full
        log.put(record(offset, 300))
    assert log.full
    log.release(1)
    assert not log.full
    assert [len(log.read("laws", 0, 1, 10, size)) for size in (1, 301, 10_000)] == [1, 2, 2]


def test_a_message_without_our_headers_is_a_record_that_the_decoder_refuses() -> None:
    bare = log_record(6, None, None)
    assert (bare.offset, bare.kind, bare.payload, bare.source, bare.position) == (7, "", b"", "kafka", "6")
    whole = log_record(
        0, b"p", [("kind", b"k"), ("source", b"s"), ("position", b"1"), ("rows", b"9"), ("digest", b"d")]
    )
    assert whole == LogRecord(1, "k", b"p", "s", "1", 9, "", b"d")


@pytest.mark.parametrize(
    ("access", "named"), [(KafkaAccess(" , "), "names no broker"), (KafkaAccess("a:1", security="SSL"), "")]
)
def test_access_says_what_is_wrong_with_it(access: KafkaAccess, named: str) -> None:
    if named:
        with pytest.raises(ConfigurationError, match=named):
            access.urls  # noqa: B018  # the property raises
    else:
        assert access.tls() is not None
        assert access.urls == ["kafka://a:1"]


class FakeBroker:
    """Has the records of `kept`; `fails` times it does not say which is the oldest."""

    def __init__(self, log: ReceivedLog, kept: Sequence[int], fails: int = 0) -> None:
        self.log, self.kept, self.fails = log, kept, fails
        self.seeks: list[int] = []
        self.letters: dict[str, DeadLetter] = {}

    async def seek(self, partition: int, offset: int) -> None:
        self.seeks.append(offset)
        self.deliver(offset)

    def deliver(self, after: int) -> None:
        for offset in self.kept:
            if offset > after and self.log.put(record(offset)) is Received.AHEAD:
                self.gaps.ahead(offset)

    async def oldest(self, partition: int) -> int:
        if self.fails:
            self.fails -= 1
            raise TransientError("not now")
        return min(self.kept) - 1

    async def ends(self, partitions: Sequence[int]) -> Mapping[int, int]:
        return dict.fromkeys(partitions, max(self.kept))

    async def bury(self, letter: DeadLetter) -> None:
        self.letters[letter.letter_id] = letter

    def mending(self) -> LogGaps:
        self.gaps = LogGaps(("laws", 0), self.log, self, Clock(), self.bury)
        return self.gaps


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gaps, "_PAUSE", 0.0)


@pytest.mark.usefixtures("at_once")
def test_records_that_were_not_delivered_are_asked_for_again() -> None:
    log = received()
    broker = FakeBroker(log, kept=range(1, 10), fails=2)
    mending = broker.mending()
    log.put(record(1))
    assert log.put(record(5)) is Received.AHEAD
    assert mending.ahead(5)
    assert not mending.ahead(6)
    asyncio.run(mending.mend())
    assert (log.newest, broker.seeks, broker.letters) == (9, [1], {})


@pytest.mark.usefixtures("at_once")
def test_records_that_retention_took_are_named_in_a_dead_letter_and_the_rest_goes_on() -> None:
    log = received()
    broker = FakeBroker(log, kept=range(6, 10))
    mending = broker.mending()
    log.put(record(1))
    mending.ahead(6)
    asyncio.run(mending.mend())
    (letter,) = broker.letters.values()
    assert (letter.position, letter.place, letter.source) == ("2-5", "records 2 to 5", "topic:laws/0")
    assert "4 records are lost: retention" in letter.reason
    assert [r.offset for r in log.read("laws", 0, 0, 10, 10**6)] == [1, 6, 7, 8, 9]


async def mended(broker: FakeBroker, times: int) -> None:
    """Ask so often, as long as 6 has not come."""
    mending = broker.mending()
    broker.deliver(0)
    for _ in range(times):
        if broker.log.newest < 6:
            mending.ahead(5)
            await mending.mend()


@pytest.mark.usefixtures("at_once")
def test_a_hole_in_a_topic_is_asked_for_several_times_and_then_named() -> None:
    kept = [1, 2, 5, 6]
    broker = FakeBroker(received(stored=kept), kept)
    asyncio.run(mended(broker, 10))
    (letter,) = broker.letters.values()
    assert (letter.position, broker.log.newest) == ("3-4", 6)
    assert broker.seeks == [2] * 5 + [4]


@pytest.mark.usefixtures("at_once")
def test_records_that_the_topic_has_are_never_named_lost_however_often_they_do_not_come() -> None:
    broker = FakeBroker(received(stored=range(1, 7)), [1, 2, 5, 6])
    asyncio.run(mended(broker, 20))
    assert (broker.letters, broker.log.newest) == ({}, 2)
    assert broker.seeks == [2] * 20
    broker.kept = range(1, 7)
    asyncio.run(mended(broker, 1))
    assert (broker.letters, broker.log.newest) == ({}, 6)


class Foreign(MemoryLog):
    """What is stored next is no message of ours."""

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        raise InvalidInput("not a message of Telassure's")


@pytest.mark.usefixtures("at_once")
def test_a_message_that_is_not_ours_after_a_hole_ends_nobody() -> None:
    broker = FakeBroker(ReceivedLog("laws", 0, Foreign(), room=10**6), [1, 2, 5, 6])
    asyncio.run(mended(broker, 10))
    assert (broker.letters, broker.log.newest) == ({}, 2)


class Blocked(MemoryStateStore):
    """Its first transaction does not end until the test does."""

    def __init__(self) -> None:
        super().__init__()
        self.over = Event()

    def commit(self, turn: Any) -> None:
        self.over.wait(30)
        super().commit(turn)


def test_a_partition_that_has_input_and_applies_nothing_ends_the_process() -> None:
    store, codes = Blocked(), list[int]()
    kind, payload = encode(alarm(1))

    async def watched() -> None:
        host = Assignment(
            tally_case(Tally).topology(),
            lambda number: Premises(World(MemoryLog(), store, Clock())),
            FakeBroker(received(), kept=[1]),
            HostSettings(live=False, stuck_seconds=0.3, release_seconds=5.0),
            codes.append,
        )
        await host.assign([0])
        host.take(0, LogRecord(1, kind, payload, "test", "1"))
        try:
            await asyncio.wait_for(host.watch(), 20)
        finally:
            store.over.set()
            await host.close()

    with pytest.raises(Stuck, match="partition 0 has 1 records to apply"):
        asyncio.run(watched())
    assert codes == [STUCK]
    assert store.counters("laws")["records"] == 1


def test_a_rebalance_that_comes_while_partitions_are_given_out_takes_back_what_was_started() -> None:
    closed, store = list[int](), MemoryStateStore()

    async def interrupted() -> None:
        host: Assignment

        def slow(number: int) -> Premises:
            if number == 1:
                asyncio.run_coroutine_threadsafe(host.revoke(), loop).result(10)
            return Premises(World(MemoryLog(), store, Clock()), close=lambda: closed.append(number))

        loop = asyncio.get_running_loop()
        host = Assignment(
            tally_case(Tally).topology(), slow, FakeBroker(received(), kept=[1]), HostSettings(live=False)
        )
        assert await host.assign([0, 1, 2]) == {}
        assert host.health().assigning > 0
        assert set(await host.assign([0])) == {0}
        assert host.health().ready
        await host.close()

    asyncio.run(interrupted())
    assert closed == [0, 1, 0]
