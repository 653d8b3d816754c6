"""One partition's turn: lateness, timers against a model, dead letters, failing stores, stale owners, hops."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from streams.hosts.partition.effects import unscored
from streams.hosts.partition.world import TurnLimits
from streams.topology import Hop, Source, Topology
from telassure.kernel.codec import encode
from telassure.kernel.errors import ConfigurationError, StaleOwner, TransientError
from telassure.kernel.events import EndOfFeed, Measurements, Notification, ScoredPoints, Tick
from telassure.kernel.events.outcome import LETTER
from telassure.kernel.instant import HOUR, MINUTE, SECOND
from telassure.kernel.ports import Entry, Turn
from tests.conformance.laws import cells_of
from tests.conformance.reference import QUIET, START, Tally, alarm, alarms, tally_case
from tests.driver import Driver

SETTLED = settings(
    max_examples=40, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


class Scorer:
    """Emits each envelope as scored points; refuses values of 13 and counts the rows it took."""

    name = "scorer"
    state_version = 1
    reads = (1,)
    accepts = (Measurements,)
    shortest_timer = None

    def key(self, event: Measurements) -> str:
        return event.domain

    def fresh(self) -> list[int]:
        return [0]

    def step(self, batch: Any, state: Any, watermark: int) -> Any:
        for event in batch:
            state.of(event.domain)[0] += len(event)
            if (event.value == 13).any():
                raise ValueError("thirteen")
            scores = np.ones(len(event))
            yield ScoredPoints(event, scores, scores, scores, scores, np.zeros(len(event), np.uint8))

    def dump(self, cell: list[int]) -> bytes:
        return str(cell[0]).encode()

    def load(self, blob: bytes, version: int) -> list[int]:
        return [int(blob)]


def envelope(values: list[float], at: list[int]) -> Measurements:
    rows = len(values)
    codes, times = np.arange(rows, dtype=np.int32), START + np.array(at, np.int64) * SECOND
    objects = tuple(f"o{i}" for i in range(rows))
    zeros = np.zeros(rows, np.int32)
    return Measurements("d", "live", MINUTE, objects, ("m",), codes, zeros, times, np.array(values, float), zeros == 1)


def scoring() -> Topology:
    source = Source(Measurements, lambda e: ((e.domain,), np.zeros(len(e), np.int32)), HOUR, "store")
    return Topology("scoring", (source,), lambda catalogue: (Scorer(),))


def model(events: list[Any]) -> list[tuple[str, str, int]]:
    """Tally by brute force: after every event, look at all cells."""
    newest: dict[tuple[str, str], int] = {}
    floors: dict[str, int] = {}
    cells: dict[str, tuple[list[str], int]] = {}
    told, tick = [], 0

    def fire(domain: str) -> None:
        feeds = {feed: at for (d, feed), at in newest.items() if d == domain}
        clock = max([*feeds.values(), floors.get(domain, 0), tick if "live" in feeds else 0])
        for at, key in sorted((at, key) for key, (_, at) in cells.items() if key.startswith(domain)):
            if at < clock:
                told.append((key, ",".join(cells.pop(key)[0]), at))

    for event in events:
        if isinstance(event, Tick):
            tick = max(tick, event.time)
        elif isinstance(event, EndOfFeed):
            for (domain, feed), at in newest.items():
                if feed == event.feed:
                    floors[domain] = max(floors.get(domain, 0), at + event.quiet)
        else:
            place = (event.domain, event.feed)
            capped = tick and event.feed == "live"
            newest[place] = max(newest.get(place, 0), min(event.time, tick + MINUTE) if capped else event.time)
            fire(event.domain)
            key = Tally().key(event)
            seen = cells.get(key, ([], 0))[0]
            seen += [] if event.notification_id in seen else [event.notification_id]
            cells[key] = (seen, event.time + QUIET)
        for domain in ("d0", "d1", "d2"):
            fire(domain)
    return sorted(told)


@SETTLED
@given(alarms(), st.sampled_from((1, 3, 64)))
@example([Tick(START + 100 * SECOND), alarm(1, at=100), alarm(2, managed="o1", at=400)], 64)
def test_timers_fire_as_a_sweep_over_all_cells_after_every_record_would(events: Any, batch: int) -> None:
    driver = Driver(tally_case(Tally).topology(), batch=batch)
    driver.append(*events)
    told = driver.run().outputs(Notification)
    assert sorted((n.customer, n.body, n.time) for n in told) == model(events)


def test_late_telemetry_is_stored_and_counted_but_not_scored() -> None:
    driver = Driver(scoring()).pipe(envelope([1.0], [7200]), envelope([2.0, 3.0], [3599, 3600]))
    assert driver.counters["late"] == 1
    scores = {place[0]: row[4] for place, row in driver.points().items() if place[2] < START + 7200 * SECOND}
    assert np.isnan(scores["o0"])
    assert scores["o1"] == 1


def test_only_the_rows_an_operator_refuses_become_dead_letters() -> None:
    driver = Driver(scoring()).pipe(envelope([1, 13, 2, 13, 3], [0, 0, 0, 0, 0]))
    assert sorted(letter.place for letter in driver.letters()) == ["row 1", "row 3"]
    assert [row[0] for row in driver.points().values()] == [1, 2, 3]
    assert {row.key: row.blob for row in driver.memory.stored("scoring", 0)}["d"] == b"3"


def test_a_row_that_is_refused_again_when_it_is_replayed_comes_back_as_the_same_letter() -> None:
    driver = Driver(scoring()).pipe(envelope([1, 13], [0, 0]))
    (letter,) = driver.letters()
    driver.log.append([Entry("scoring", 0, letter.kind, letter.payload, LETTER + letter.letter_id, "1.0", b"x")])
    assert [again.letter_id for again in driver.run().letters()] == [letter.letter_id]
    assert driver.counters["dead_letters"] == 2


def test_bytes_that_are_no_event_become_a_dead_letter_and_the_rest_goes_on() -> None:
    driver = Driver(scoring())
    driver.log.append([Entry("scoring", 0, "measurements", b"\xff", "file.xml", "7", b"x")])
    driver.pipe(envelope([1.0], [0]))
    assert [(letter.source, letter.position) for letter in driver.letters()] == [("file.xml", "7")]
    assert len(driver.points()) == 1


class RefusingTimer(Tally):
    """Raises when the timer of object o1 fires."""

    def told(self, key: str, cell: dict[str, Any], at: int) -> Notification:
        if key.endswith("o1"):
            raise ValueError("no")
        return super().told(key, cell, at)


def test_a_timer_that_raises_is_dropped_with_a_letter_and_the_others_fire() -> None:
    driver = Driver(tally_case(RefusingTimer).topology())
    driver.pipe(alarm(1, managed="o0"), alarm(2, managed="o1"), alarm(3, managed="o2"))
    driver.advance(START + HOUR)
    assert [notice.body for notice in driver.outputs(Notification)] == ["n1", "n3"]
    assert len(driver.letters()) == 1


class RefusingEvent(Tally):
    """Raises on object o1, after it has changed the cell."""

    def take(self, event: Any, state: Any) -> Any:
        taken = list(super().take(event, state))
        if event.managed_object == "o1":
            raise ValueError("no")
        return taken


def test_a_paced_host_buries_what_an_operator_refuses_and_keeps_the_rest_as_if_it_had_not_come() -> None:
    events = [alarm(n, domain=f"d{n % 3}", managed=f"o{n % 2}", at=50 * n) for n in range(20)]
    last = Tick(START + HOUR)
    driver = Driver(tally_case(RefusingEvent, paced=True).topology(), batch=4)
    driver.append(*events, last)
    driver.run().settle()
    clean = Driver(tally_case(Tally, paced=True).topology(), batch=4)
    clean.append(*[event for event in events if event.managed_object != "o1"], last)
    clean.run().settle()
    assert len(driver.letters()) == 10
    assert driver.counters["dead_letters"] == 10
    assert driver.records(Notification) == clean.records(Notification)
    assert cells_of(driver, "tally") == cells_of(clean, "tally")


def test_cells_put_out_of_the_cache_come_back_from_the_store() -> None:
    events = [alarm(n, managed=f"o{n % 7}", at=n) for n in range(40)]
    roomy, tight = (Driver(tally_case(Tally).topology(), batch=3) for _ in range(2))
    tight.limit(TurnLimits(records=3, batch=3, cells=2))
    outcomes = [driver.pipe(*events).advance(START + HOUR).outcome() for driver in (roomy, tight)]
    assert outcomes[0] == outcomes[1]
    assert all(len(cells._cached) <= 2 for cells in tight._running[0]._plain.cells)


def test_the_newest_time_of_each_feed_goes_with_the_turn_and_hops_are_no_feed() -> None:
    driver = Driver(tally_case(Tally).topology(), batch=4).pipe(alarm(1, at=9), alarm(2, at=7), alarm(3, feed="b"))
    kind, payload = encode(alarm(4, feed="hopped"))
    driver.log.append([Entry("laws", 0, kind, payload, "hop:other", "op/0/5//0", b"a")])
    driver.run().crash().pipe(alarm(5, at=8))
    assert driver.memory.feeds("laws") == {"live": START + 9 * SECOND, "b": START}


def test_a_turn_the_memory_store_cannot_take_leaves_it_as_it_was() -> None:
    driver = Driver(tally_case(Tally).topology()).pipe(alarm(1))
    before = driver.memory.checkpoint("laws", 0)
    strange: Any = [object()]
    turn = Turn("laws", 0, before.offset, before.offset + 1, b"", records=strange, counters={"records": 1})
    with pytest.raises(ConfigurationError, match="object is not kept"):
        driver.memory.commit(turn)
    assert driver.memory.checkpoint("laws", 0) == before
    assert driver.memory.counters("laws")["records"] == 1


class FlakyStore:
    """Every 13th call fails, by turns before and after it took."""

    def __init__(self, inner: Any) -> None:
        self._inner, self._calls = inner, 0

    def __getattr__(self, name: str) -> Any:
        def call(*given: Any) -> Any:
            self._calls += 1
            failing = self._calls % 13 == 0
            if failing and self._calls % 2:
                raise TransientError(name)
            result = getattr(self._inner, name)(*given)
            if failing:
                raise TransientError(name)
            return result

        return call


@pytest.mark.parametrize("paced", [False, True], ids=["every turn", "paced"])
def test_a_store_that_keeps_failing_loses_and_doubles_nothing(paced: bool) -> None:
    events = [alarm(n, domain=f"d{n % 3}", managed=f"o{n % 2}", at=50 * n) for n in range(40)]
    topology = tally_case(Tally, paced).topology()
    calm = Driver(topology, batch=4).pipe(*events)
    driver = Driver(topology, batch=4)
    driver.use_store(FlakyStore(driver.memory))
    driver.append(*events)
    for _ in range(3):
        driver.run()
    assert driver.log_content() == calm.log_content()
    assert {k: n for k, n in driver.memory.counters("laws").items() if k == "records"} == {"records": 40}


def test_an_owner_that_lost_the_partition_stops() -> None:
    driver = Driver(tally_case(Tally).topology()).pipe(alarm(1))
    old = driver._running[0]
    driver.crash().pipe(alarm(2, at=1))
    driver.append(alarm(3, at=2))
    with pytest.raises(StaleOwner):
        old.turn()


def test_hops_that_come_twice_are_taken_once() -> None:
    topology = replace(tally_case(Tally).topology(), hops=(Hop(Notification, "laws", lambda n: "d9"),))
    sources = (*topology.sources, Source(Notification, lambda n: (("d9",), None)))
    driver = Driver(replace(topology, sources=sources))
    entry = Entry("laws", 0, "", b"", "hop:other", "op/0/5//0", b"a")
    kind, payload = encode(alarm(1))
    driver.log.append([replace(entry, kind=kind, payload=payload)])
    driver.log._taken.clear()  # a log that forgets positions, as Kafka's does
    driver.log.append([replace(entry, kind=kind, payload=payload)])
    assert driver.run().crash().counters == {"records": 1, "hop_duplicates": 1, "turns": 1}


def test_points_kept_unscored_carry_no_score() -> None:
    assert np.isnan(unscored(envelope([1.0, 2.0], [0, 1])).score).all()
