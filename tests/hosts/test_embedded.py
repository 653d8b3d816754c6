"""The embedded host: drains logs and hops, ticks when live, stops when told, and is alone on its home."""

from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from streams.hosts.driver import DriverClock
from streams.hosts.embedded import Embedded, Upkeep
from streams.hosts.partition.turn import Partition
from streams.hosts.partition.world import TurnLimits, World
from streams.hosts.single_owner import single_owner
from streams.operator import owner
from streams.topology import Hop, Source, Topology
from telassure.kernel.codec import decode, encode
from telassure.kernel.errors import ConfigurationError, TransientError
from telassure.kernel.events import AlarmNotification, Notification, Tick
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, Instant
from telassure.kernel.ports import Entry
from telassure.store.memory import MemoryLog, MemoryStateStore
from telassure.store.memory_metrics import MemoryMetricStore
from tests.conformance.reference import START, Tally, alarm, tally_case
from tests.driver import Driver


class Keeper(Tally):
    """Counts the notices that arrive by hop, by customer."""

    name = "keeper"
    accepts = (Notification,)
    shortest_timer = None

    def step(self, batch: Any, state: Any, watermark: int) -> Any:
        for notice in batch:
            state.of(owner(notice.customer))["seen"].append(notice.body)
        return ()


def hosted(live: bool, limits: TurnLimits | None = None) -> tuple[Embedded, MemoryLog, MemoryStateStore, DriverClock]:
    log, store, clock = MemoryLog(), MemoryStateStore(), DriverClock()
    first = replace(
        tally_case(Tally).topology(), hops=(Hop(Notification, "kept", lambda n: n.customer.split("\x1f")[0]),)
    )
    kept = Source(Notification, lambda n: ((n.customer.split("\x1f")[0],), None))
    second = Topology("kept", (kept,), lambda catalogue: (Keeper(),))
    world = World(log, store, clock)
    partitions = [Partition(first, 0, world, limits), Partition(second, 0, world, limits)]
    return Embedded(partitions, log, clock, upkeep=Upkeep(live=live)), log, store, clock


def put(log: MemoryLog, event: AlarmNotification) -> None:
    kind, payload = encode(event)
    log.append([Entry("laws", 0, kind, payload, "test", event.notification_id, b"1")])


def test_draining_takes_every_record_through_its_hops() -> None:
    host, log, store, _ = hosted(live=False)
    for number in range(3):
        put(log, alarm(number, at=1_000 * number))
    host.drain()
    cells = {row.key: row.blob for row in store.stored("kept", 0) if row.operator == "keeper"}
    assert Tally().load(cells["d0"] or b"", 1)["seen"] == ["n0", "n1"]
    assert store.outbox("laws", 10) == []


def test_a_live_host_fires_timers_by_its_ticks_and_stops_when_told() -> None:
    host, log, store, clock = hosted(live=True)
    put(log, alarm(1))
    clock.time = START + 3_600_000_000

    class StopsWhenIdle(Event):
        def wait(self, timeout: float | None = None) -> bool:
            self.set()
            return True

    host.run(StopsWhenIdle())
    assert [notice.body for notice in store.records[Notification].values()] == ["n1"]


@pytest.mark.parametrize("ahead", [20 * MINUTE, 40 * DAY])
def test_a_worker_whose_last_tick_is_in_its_log_alone_ticks_nothing_of_a_clock_that_is_ahead(ahead):
    """It ended before its first checkpoint, and the machine's clock was set wrong before it came again."""
    host, log, _, clock = hosted(live=True, limits=TurnLimits(records=1))
    for number in range(3):
        put(log, alarm(number, at=1_000 * number))
    kind, payload = encode(Tick(START))
    log.append([Entry("laws", 0, kind, payload, "tick", f"{START}/0", b"1")])
    clock.time = START + ahead
    for _ in range(10):
        host.step()
    records = [decode(record.kind, record.payload) for record in log.read("laws", 0, 0, 100, 1 << 20)]
    assert [each.time for each in records if isinstance(each, Tick)] == [START]
    assert host.held


class BusyLog(MemoryLog):
    """Always has one more record, and notes what is asked of it."""

    def __init__(self, clock: DriverClock, stop: Event) -> None:
        super().__init__()
        self.pruned: list[tuple[str, int, int]] = []
        self._clock, self._stop = clock, stop

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Any:
        self._clock.time += 10 * MINUTE
        found = super().read(topology, partition, after, records, size)
        put(self, alarm(after, at=after))
        if after >= 20:
            self._stop.set()
        return found

    def prune(self, topology: str, partition: int, keep: int) -> int:
        self.pruned.append((topology, partition, keep))
        return super().prune(topology, partition, keep)


class Compacted(MemoryMetricStore):
    compactions = 0

    def compact(self) -> None:
        self.compactions += 1


def test_logs_are_bounded_and_metrics_compacted_under_steady_load() -> None:
    clock, stop, metrics = DriverClock(), Event(), Compacted()
    log = BusyLog(clock, stop)
    put(log, alarm(100))
    partition = Partition(tally_case(Tally).topology(), 0, World(log, MemoryStateStore(), clock))
    upkeep = Upkeep(live=False, keep=5, positions=10, elapsed=lambda: clock.time / SECOND)
    Embedded([partition], log, clock, metrics, upkeep).run(stop)
    assert set(log.pruned) == {("laws", 0, 10)}
    assert 2 <= len(log.pruned) <= 4
    assert metrics.compactions >= 5
    assert len(log._taken) < 21


class FullDisk(MemoryMetricStore):
    """Cannot write, whatever is asked of it; remembers what was to be kept."""

    def __init__(self) -> None:
        super().__init__()
        self.since: set[Instant] = set()

    def newest(self) -> Instant:
        return 100 * DAY

    def retain(self, since: Instant) -> None:
        self.since.add(since)

    def compact(self) -> None:
        raise TransientError("the disk is full")

    def flush(self) -> None:
        raise TransientError("the disk is full")


def test_points_go_by_the_age_of_the_newest_and_a_full_disk_does_not_end_the_worker() -> None:
    clock, stop, metrics = DriverClock(), Event(), FullDisk()
    clock.time = 1_000 * DAY
    log = BusyLog(clock, stop)
    put(log, alarm(100))
    partition = Partition(tally_case(Tally).topology(), 0, World(log, MemoryStateStore(), clock))
    upkeep = Upkeep(live=False, points=7 * DAY, elapsed=lambda: clock.time / SECOND)
    Embedded([partition], log, clock, metrics, upkeep).run(stop)
    assert metrics.since == {93 * DAY}
    assert partition.position >= 20


class Failing:
    """Each of these calls of a port fails the first times."""

    def __init__(self, inner: Any, **failures: int) -> None:
        self._inner, self._failures = inner, failures

    def __getattr__(self, name: str) -> Any:
        if self._failures.get(name, 0):
            self._failures[name] -= 1
            raise TransientError(f"{name} fails")
        return getattr(self._inner, name)


@pytest.mark.parametrize("paced", [False, True], ids=["every turn", "paced"])
def test_draining_outlasts_a_log_and_a_store_that_fail_and_pauses_in_between(paced: bool) -> None:
    log, store, pauses = MemoryLog(), MemoryStateStore(), list[float]()
    world = World(
        Failing(log, read=2, end=3), Failing(store, commit=3), DriverClock(), sleep=pauses.append, elapsed=lambda: -1.0
    )
    partition = Partition(tally_case(Tally, paced).topology(), 0, world)
    put(log, alarm(1))
    upkeep = Upkeep(live=False, sleep=pauses.append)
    Embedded([partition], world.log, world.clock, upkeep=upkeep).drain()
    assert [row.key for row in store.stored("laws", 0) if row.operator == "tally"] == [Tally().key(alarm(1))]
    assert store.counters("laws")["records"] == 1
    assert len(pauses) == 8


class Passing(Event):
    """Each wait moves the wall clock by the next of these steps, and the age by a second; then it stops."""

    def __init__(self, clock: DriverClock, steps: list[int]) -> None:
        super().__init__()
        self.age = 0.0
        self._clock, self._steps = clock, steps

    def wait(self, timeout: float | None = None) -> bool:
        if not self._steps:
            self.set()
            return True
        self._clock.time += self._steps.pop(0)
        self.age += 1.0
        return False


def test_chores_go_on_over_a_long_suspension_and_ticks_wait_until_sources_have_spoken() -> None:
    clock, log, store, metrics = DriverClock(), MemoryLog(), MemoryStateStore(), Compacted()
    clock.time = START
    stop = Passing(clock, [SECOND, -HOUR, SECOND, SECOND, 5 * HOUR, *[SECOND] * 61])
    partition = Partition(tally_case(Tally).topology(), 0, World(log, store, clock, metrics))
    upkeep = Upkeep(compact_every=SECOND, elapsed=lambda: stop.age)
    Embedded([partition], log, clock, metrics, upkeep).run(stop)
    ticks = [decode(kind, payload).time - START for _, _, kind, payload in log.content()]
    assert ticks == [
        SECOND,
        SECOND - HOUR,
        2 * SECOND - HOUR,
        3 * SECOND - HOUR,
        63 * SECOND + 4 * HOUR,
        64 * SECOND + 4 * HOUR,
    ]
    assert metrics.compactions == 66


def test_a_tick_before_the_last_one_pushes_nothing() -> None:
    driver = Driver(tally_case(Tally).topology()).advance(START + HOUR).pipe(Tick(START), alarm(1))
    assert [notice.body for notice in driver.outputs(Notification)] == ["n1"]


def test_a_second_worker_on_a_home_is_refused(tmp_path: Path) -> None:
    with (
        single_owner(tmp_path / "lock"),
        pytest.raises(ConfigurationError, match="runs on this home"),
        single_owner(tmp_path / "lock"),
    ):
        pass
