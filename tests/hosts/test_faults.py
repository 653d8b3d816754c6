"""What goes wrong around a turn: full disks, cells that cannot be written, idle owners, impossible timers."""

from dataclasses import replace
from typing import Any

import pytest

from streams.hosts.partition.world import TurnLimits
from streams.topology import CheckpointPolicy, Topology
from telassure.kernel.errors import TransientError
from telassure.kernel.events import Notification
from telassure.kernel.instant import DAY, HOUR, SECOND
from telassure.kernel.ports import Turn
from tests.conformance.laws import cells_of
from tests.conformance.reference import START, Tally, alarm, tally_case
from tests.driver import Driver
from tests.hosts.test_partition import envelope, scoring


class RefusingDump(Tally):
    """Cannot write a cell that holds n3."""

    def dump(self, cell: dict[str, Any]) -> bytes:
        if "n3" in cell["seen"]:
            raise ValueError("no")
        return super().dump(cell)


def rare(operator: type) -> Topology:
    """Paced, with a checkpoint once in an hour."""
    return replace(tally_case(operator).topology(), checkpoint=CheckpointPolicy(paced=True, every_seconds=3600))


def test_settling_again_after_a_full_disk_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    calm, full = (Driver(rare(Tally)).pipe(alarm(1)).pipe(alarm(2, domain="d1", at=9)) for _ in range(2))

    def refuse(turn: Turn) -> None:
        raise TransientError("the disk is full")

    with monkeypatch.context() as disk:
        disk.setattr(full.memory, "commit", refuse)
        with pytest.raises(TransientError):
            full.settle()
    full.run().settle()
    assert cells_of(full) == cells_of(calm.settle())
    assert full.counters["records"] == 2


def test_a_cell_that_cannot_be_written_when_settling_costs_its_record_only() -> None:
    driver = Driver(rare(RefusingDump)).pipe(alarm(1)).pipe(alarm(2, at=1), alarm(3, at=2), alarm(4, at=3))
    assert [letter.reason for letter in driver.letters()] == ["ValueError('no')"]
    driver.advance(START + HOUR)
    assert [notice.body for notice in driver.outputs(Notification)] == ["n1,n2,n4"]


class Silent(Tally):
    """Keeps its cells without timers, so that an owner can become idle."""

    shortest_timer = None

    def take(self, event: Any, state: Any) -> Any:
        state.of(self.key(event))["seen"].append(event.notification_id)
        return ()


def test_the_cells_of_an_owner_that_became_idle_leave_the_cache_and_come_back() -> None:
    driver = Driver(tally_case(Silent).topology())
    driver.limit(TurnLimits(cells=5))
    driver.pipe(*(alarm(n, domain=f"d{n}") for n in range(4))).advance(START + 61 * DAY)
    later = 61 * 24 * 3600
    driver.pipe(*(alarm(n, domain=f"d{n}", at=later) for n in range(4, 10)), alarm(10, domain="d0", at=later))
    held = [Silent().load(blob, 1)["seen"] for (_, _, key), (blob, _) in cells_of(driver).items() if "d0" in key]
    assert held == [["n0", "n10"]]


class Stray(Tally):
    """Takes o1 for a key of its own making."""

    def key(self, event: Any) -> str:
        return event.managed_object if event.managed_object == "o1" else super().key(event)


def test_a_cell_under_a_key_that_is_no_events_is_refused_and_the_rest_goes_on() -> None:
    driver = Driver(tally_case(Stray).topology()).pipe(alarm(1), alarm(2, managed="o1"), alarm(3, at=1))
    assert [letter.operator for letter in driver.letters()] == ["tally"]
    assert driver.advance(START + HOUR).outputs(Notification)[0].body == "n1,n3"


class Distant(Tally):
    """Sets the timer of o1 where no clock reaches."""

    def take(self, event: Any, state: Any) -> Any:
        yield from super().take(event, state)
        if event.managed_object == "o1":
            state.wake(self.key(event), 1 << 63)


def test_a_timer_that_no_clock_reaches_costs_its_record_only() -> None:
    driver = Driver(tally_case(Distant).topology()).pipe(alarm(1), alarm(2, managed="o1"), alarm(3, at=1))
    assert ["which no clock reaches" in letter.reason for letter in driver.letters()] == [True]
    assert [notice.body for notice in driver.advance(START + HOUR).outputs(Notification)] == ["n1,n3"]


def fast_clock(feed: str) -> Driver:
    """An element whose clock is 50 minutes fast, then one whose clock is right, an hour's lateness allowed."""
    driver = Driver(scoring()).advance(START + 2 * HOUR)
    for seconds in (3000, -3000):
        driver.pipe(replace(envelope([1.0], [7200 + seconds]), feed=feed))
    return driver


def test_an_element_with_a_fast_clock_does_not_make_its_neighbours_late_on_a_live_feed() -> None:
    assert fast_clock("http").counters.get("late", 0) == 0
    assert fast_clock("replay:file").counters["late"] == 1


def test_an_element_with_a_fast_clock_does_not_let_the_timers_of_others_fall_due() -> None:
    driver = Driver(tally_case(Tally).topology()).advance(START)
    driver.pipe(alarm(1), alarm(2, managed="fast", at=3000))
    assert driver.outputs(Notification) == []
    assert [notice.body for notice in driver.advance(START + 121 * SECOND).outputs(Notification)] == ["n1"]


def test_of_the_many_feeds_an_owner_ever_had_the_latest_are_kept() -> None:
    driver = Driver(tally_case(Tally).topology())
    driver.pipe(*(alarm(n, at=n, feed=f"f{n}") for n in range(300)))
    newest = driver._running[0]._owners.by_name["d0"].newest
    assert set(newest) == {f"f{n}" for n in range(44, 300)}


def test_a_feed_not_heard_for_long_is_forgotten() -> None:
    driver = Driver(tally_case(Tally).topology())
    driver.pipe(*(alarm(n, at=n, feed=f"f{n}") for n in range(20)))
    driver.pipe(alarm(20, at=61 * 24 * 3600, feed="a"), alarm(21, at=61 * 24 * 3600, feed="b"))
    assert set(driver._running[0]._owners.by_name["d0"].newest) == {"a", "b"}
