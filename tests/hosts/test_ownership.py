"""Who owns a partition, what the owner before has left, and what a server that is away may hold up."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from streams.hosts.driver import DriverClock
from streams.hosts.faust import app as faust_app
from streams.hosts.faust.assignment import Assignment
from streams.hosts.faust.health import stuck
from streams.hosts.faust.premises import HostSettings, Premises
from streams.hosts.faust.ticker import Ticker
from streams.hosts.faust.wire import log_record
from streams.hosts.pace import FIRST_HOLD
from streams.hosts.partition.relay import HopRelay
from streams.hosts.partition.turn import Partition
from streams.hosts.partition.world import World
from streams.topology import CheckpointPolicy, Hop, Source, Topology
from telassure.app.cli.supervise import GRACE_SECONDS
from telassure.kernel.codec import encode
from telassure.kernel.errors import PermanentError, StaleOwner, TransientError
from telassure.kernel.events import AlarmNotification, Notification, Tick
from telassure.kernel.instant import DAY, HOUR, SECOND
from telassure.kernel.ports import Appended, Checkpoint, Entry, LogRecord, OutboxRow, Turn
from telassure.store.kafka.messages import check_size
from telassure.store.memory import MemoryLog, MemoryStateStore
from tests.conformance.reference import START, Tally, alarm
from tests.hosts.test_repeats import Clock, Forgetful, entry, world


class Telling(Tally):
    """Tells every event at once, so that each record makes a hop."""

    def take(self, event: Any, state: Any) -> Any:
        cell = state.of(self.key(event))
        cell["seen"].append(event.notification_id)
        return (Notification(event.notification_id, "t", self.key(event), "seen", ",".join(cell["seen"]), event.time),)


def telling(paced: bool = False, operator: Any = Telling, every: float = 3600.0) -> Topology:
    return Topology(
        "laws",
        (Source(AlarmNotification, lambda event: ((event.domain,), None)),),
        lambda catalogue: (operator(),),
        hops=(Hop(Notification, "target", lambda notice: "one"),),
        checkpoint=CheckpointPolicy(paced=paced, every_seconds=every, piece=1 << 20),
    )


def hopped(log: MemoryLog) -> list[str]:
    return [record.position.split("/")[2] for record in log.read("target", 0, 0, 100, 1 << 20)]


class Deaf(Forgetful):
    """Its owner dies before any hop leaves."""

    def append(self, entries: Sequence[Entry]) -> Appended:
        raise TransientError("this process is about to be killed")


class Overtaken(MemoryStateStore):
    """Just before its checkpoint is read, what `before` does happens."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Any = None

    def checkpoint(self, topology: str, partition: int) -> Checkpoint:
        before, self.before = self.before, None
        if before is not None:
            before()
        return super().checkpoint(topology, partition)


def test_a_hop_that_the_owner_before_committed_at_the_last_moment_and_never_sent_is_sent_in_its_place() -> None:
    log, store = Forgetful(), Overtaken()
    log.append([entry(alarm(n, at=n), str(n)) for n in range(2)])
    dying = Deaf()
    dying._records = log._records
    fresh = Forgetful()
    fresh._records = log._records
    ghost = Partition(telling(), 0, replace(world(dying, store), partitions={"target": 1}))
    owner = Partition(telling(), 0, replace(world(fresh, store), partitions={"target": 1}))
    store.before = ghost.turn
    owner.turn()
    fresh.append([entry(alarm(5, at=5), "5")])
    owner.turn()
    owner.settle()
    assert hopped(fresh) == ["2", "2", "3"]
    assert store.outbox("laws", 9) == []


def test_a_paced_owner_that_meets_a_cell_of_another_owners_commit_lets_no_hop_of_it_leave() -> None:
    log, store = Forgetful(), MemoryStateStore()
    log.append([entry(alarm(0), "0")])
    first = Partition(telling(paced=True), 0, world(log, store, repeats=False))
    first.turn()
    first.settle()
    owner = Partition(telling(paced=True), 0, replace(world(log, store, repeats=False), partitions={"target": 1}))
    owner.turn()  # loads
    log.append([entry(alarm(1, at=1), "1")])
    ghost = Partition(telling(paced=True), 0, world(log, store, repeats=False))
    ghost.turn()
    ghost.settle()
    before = hopped(log)
    with pytest.raises(StaleOwner, match="as of 2, loaded as of 1"):
        owner.turn()
    assert hopped(log) == before


class Away(MemoryStateStore):
    """A database that can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False

    def checkpoint(self, topology: str, partition: int) -> Checkpoint:
        self._answers()
        return super().checkpoint(topology, partition)

    def commit(self, turn: Turn) -> None:
        self._answers()
        super().commit(turn)

    def _answers(self) -> None:
        if self.away:
            raise TransientError("the database is away")


class Quiet:
    """A broker that has ten records of every partition."""

    async def seek(self, partition: int, offset: int) -> None: ...

    async def oldest(self, partition: int) -> int:
        return 0

    async def ends(self, partitions: Sequence[int]) -> Mapping[int, int]:
        return dict.fromkeys(partitions, 10)


def hosted(topology: Topology, store: Any, log: Any = None, **settings: Any) -> Assignment:
    place = World(log or Forgetful(), store, Clock(), partitions={"target": 1})
    host = HostSettings(live=False, release_seconds=5.0, **settings)
    return Assignment(topology, lambda number: Premises(place), Quiet(), host, end=lambda code: None)


def arrive(host: Assignment, number: int, offset: int) -> None:
    kind, payload = encode(alarm(offset, at=offset))
    host.take(number, LogRecord(offset, kind, payload, "test", str(offset)))


async def come(what: Any) -> None:
    async with asyncio.timeout(20):
        while not what():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("begun", [True, False], ids=["at work", "being assigned"])
def test_a_database_that_is_away_is_waited_for_and_one_that_hangs_is_not(begun: bool) -> None:
    store = Away()

    async def outage() -> None:
        host = hosted(telling(), store)
        store.away = not begun
        assigning = asyncio.create_task(host.assign([0]))
        if begun:
            await assigning
            store.away = True
            arrive(host, 0, 1)
        await come(lambda: host.health().partitions and host.health().partitions[0].since_stalled < 5)
        health = host.health()
        partition = replace(health.partitions[0], since_progress=130.0 if begun else 0.0, end=10)
        long = replace(health, partitions=(partition,), assigning=0.0 if begun else 130.0)
        hung = replace(long, partitions=(replace(partition, since_stalled=125.0),))
        longest = replace(long, partitions=(replace(partition, since_progress=1300.0),), assigning=1300.0)
        assert stuck(long, 120.0) == ""
        assert stuck(hung, 120.0) != ""
        assert stuck(longest, 120.0) != ""
        store.away = False
        await assigning
        await host.close()

    asyncio.run(outage())


def test_a_partition_whose_store_goes_away_while_it_settles_is_let_go_at_once() -> None:
    store = Away()

    class Undumped(Telling):
        def dump(self, cell: Any) -> bytes:
            store.away = True
            raise ValueError("a cell that cannot be kept")

    async def released() -> None:
        host = hosted(telling(paced=True, operator=Undumped), store)
        await host.assign([0])
        arrive(host, 0, 1)
        await come(lambda: host.health().partitions[0].position == 1)
        await host.close()
        assert host.unsettled == 0

    asyncio.run(released())


def notice(number: int, target: str = "notify") -> OutboxRow:
    kind, payload = encode(Notification(f"n{number}", "t", "c", "k", "text", START))
    return OutboxRow(f"o{number}", target, kind, payload, f"op/0/{number}//0", START)


def test_the_ticks_of_two_hundred_partitions_are_one_append_and_one_a_second() -> None:
    appends = list[Sequence[Entry]]()

    class Heard(Forgetful):
        def append(self, entries: Sequence[Entry]) -> Appended:
            appends.append(entries)
            return super().append(entries)

    class Moving:
        time = START + HOUR

        def now(self) -> int:
            return self.time

    log, clock, ticker = Heard(), Moving(), Ticker("laws")
    worlds = {number: (World(log, MemoryStateStore(), clock), 0) for number in range(200)}
    for step in (0, SECOND // 2, SECOND // 2, -10 * SECOND):
        clock.time += step
        ticker.tick(worlds)
    assert [len(entries) for entries in appends] == [200, 200, 200]
    assert appends[1][7].payload == encode(Tick(START + HOUR + SECOND))[1]
    assert {each.partition for each in appends[0]} == set(range(200))


def test_a_partition_that_was_away_for_days_is_not_ticked_before_its_sources_have_spoken() -> None:
    log, clock, ticker = MemoryLog(), DriverClock(), Ticker("laws")
    clock.time, at = START + 40 * DAY, [0.0]
    world = World(log, MemoryStateStore(), clock, elapsed=lambda: at[0])
    for at[0] in (0.0, FIRST_HOLD - 1):
        ticker.tick({0: (world, START)})
        assert log.end("laws", 0) == 0
    at[0] = FIRST_HOLD
    ticker.tick({0: (world, START)})
    assert log.end("laws", 0) == 1


def test_each_partition_of_a_worker_goes_on_once_a_person_has_confirmed_the_clock() -> None:
    log, clock, said = MemoryLog(), DriverClock(), list[str]()
    clock.time, at = START + 40 * DAY, [0.0]
    world = World(log, MemoryStateStore(), clock, elapsed=lambda: at[0])
    ticker = Ticker("laws", HostSettings(confirmed=lambda: lambda since: bool(said)))
    ticker.tick({0: (world, START), 1: (world, START)})
    assert [log.end("laws", number) for number in (0, 1)] == [0, 0]
    said.append("confirm")
    at[0] = 2.0
    ticker.tick({0: (world, START), 1: (world, START)})
    assert [log.end("laws", number) for number in (0, 1)] == [1, 1]


def test_all_partitions_together_hold_no_more_than_the_process_may() -> None:
    async def filled() -> None:
        host = hosted(telling(), MemoryStateStore(), held_bytes=10_000, unapplied_bytes=1 << 20)
        await host.assign(range(4))
        for runner in host._runners.values():
            runner._stopping.set()  # nothing is applied
        for offset in range(1, 5):
            arrive(host, 0, offset)
        assert host.full() == set()
        for offset in range(5, 30):
            arrive(host, 0, offset)
        assert host.full() == {0}
        await host.close()

    asyncio.run(filled())


@pytest.mark.parametrize(
    "headers",
    [
        [("rows", None), ("kind", None), ("source", None)],
        [("rows", b"9" * 5_000)],
        [("source", b"a\0b"), ("position", b"\0")],
        [("source", b"hop:other"), ("position", b"not a hop's")],
        [("source", b"hop:other"), ("position", b"op/0/x//y")],
        [("source", b"x" * 9_000), ("position", b"y" * 9_000)],
    ],
    ids=["null headers", "endless rows", "nul", "no hop", "no numbers", "long"],
)
def test_no_message_that_somebody_else_wrote_into_the_topic_ends_the_process(headers: Any) -> None:
    record = log_record(0, b"?", headers)
    assert record.rows == 1
    assert "\0" not in record.source + record.position
    log, store = Forgetful(), MemoryStateStore()
    log._records[("laws", 0)] = [record]
    partition = Partition(telling(), 0, world(log, store))
    partition.turn()
    assert len(store.letters) == 1
    assert partition.offset == 1


def test_two_long_positions_that_differ_at_their_ends_stay_two() -> None:
    records = [log_record(n, b"?", [("position", b"p" * 5_000 + b"%d" % n)]) for n in range(2)]
    assert records[0].position != records[1].position
    assert all(len(record.position.encode()) < 2_000 for record in records)


def test_a_position_that_no_index_holds_is_refused_for_good_before_anything_is_claimed() -> None:
    with pytest.raises(PermanentError, match="at most 2,000 bytes"):
        check_size(entry(alarm(1), "p" * 2_000))
    check_size(entry(alarm(1), "p" * 1_900))
    check_size(entry(alarm(1), "p" * 2_000, "hop:other"))


class Counted(MemoryStateStore):
    """Counts the outbox rows it gives."""

    given = 0

    def outbox(self, topology: str, limit: int, partition: int | None = None, target: str = "") -> Sequence[OutboxRow]:
        rows = super().outbox(topology, limit, partition, target)
        self.given += len(rows)
        return rows


def test_notices_that_wait_for_their_receiver_do_not_slow_an_assignment() -> None:
    store, log = Counted(), Forgetful()
    waiting = [notice(number) for number in range(5_000)]
    hops = [notice(10_000 + number, "hop:target:0") for number in range(300)]
    store.commit(Turn("laws", 0, 0, 1, b"", outbox=[*waiting, *hops, notice(20_000)]))
    HopRelay("laws", store, log, 0).leftovers()
    assert log.end("target", 0) == 300
    assert store.given == 300


def test_a_worker_whose_servers_are_away_ends_within_the_supervisors_grace() -> None:
    assert HostSettings().release_seconds + faust_app._STOPPING < GRACE_SECONDS
