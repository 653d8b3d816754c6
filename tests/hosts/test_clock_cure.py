"""Clocks that a wrong time has put ahead are set back by one record in the log, and a replay sets them back too."""

from collections.abc import Callable

import pytest

from streams.topologies.assurance import ASSURANCE
from telassure.kernel.events import Alarm, AlarmNotification, ClockCure, PerceivedSeverity, Tick, TroubleTicket
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, parse_instant
from tests.conformance.reference import Tally, tally_case
from tests.driver import Driver

NOW = parse_instant("2026-11-28T08:00:00")
YEARS = 73 * 365 * DAY
Poison = Callable[[Driver], object]


def raised(name: str, at: int, feed: str = "ems") -> AlarmNotification:
    place = ("north", feed, name, "equipmentAlarm", "loss of signal", "")
    return AlarmNotification(f"{name}-{at}", *place, PerceivedSeverity.CRITICAL, at)


def a_tick(ahead: int) -> Poison:
    """The host's clock was this far ahead for one second."""
    return lambda driver: driver.pipe(Tick(NOW + ahead))


def a_recording(ahead: int) -> Poison:
    """A recording with a date to come, as the release before took it."""
    return lambda driver: driver.pipe(raised("ghost", NOW + ahead, "replay:evil"))


KINDS = [
    pytest.param(make(ahead), id=f"{make.__name__}-{ahead // DAY}-days")
    for make in (a_tick, a_recording)
    for ahead in (2 * DAY, 40 * DAY, YEARS)
]


def lived(poison: Poison | None, *, cured: bool = True, crash: bool = False) -> Driver:
    """A domain with an element that fails after the poisoning and its cure, and ten minutes of ticks after it."""
    driver = Driver(ASSURANCE)
    driver.pipe(raised("c-0", NOW - HOUR), Tick(NOW))
    if poison is not None:
        poison(driver)
        if cured:
            driver.pipe(ClockCure(NOW, "act-1"))
    if crash:
        driver.crash()
    for second in range(1, 601, 10):
        driver.pipe(Tick(NOW + second * SECOND))
        if second == 11:
            driver.pipe(raised("c-1", NOW + second * SECOND))
    return driver


def told(driver: Driver) -> tuple[object, ...]:
    """What a NOC sees of the element that failed afterwards."""
    alarms = [a for a in driver.records(Alarm) if a.managed_object == "c-1"]
    tickets = [t for t in driver.records(TroubleTicket) if t.root_cause == "c-1"]
    return [(a.state, a.raised_at) for a in alarms], [(t.state, t.opened_at) for t in tickets]


@pytest.mark.parametrize("poison", KINDS)
def test_what_fails_after_the_cure_is_told_as_if_nothing_had_been(poison):
    assert told(lived(poison)) == told(lived(None))


@pytest.mark.parametrize("poison", KINDS)
def test_without_the_cure_it_is_not(poison):
    assert told(lived(poison, cured=False)) != told(lived(None))


@pytest.mark.parametrize("poison", KINDS)
def test_a_cure_outlives_the_process(poison):
    assert told(lived(poison, crash=True)) == told(lived(None))


@pytest.mark.parametrize("paced", [False, True])
@pytest.mark.parametrize("poison", KINDS)
def test_the_checkpoint_of_after_the_cure_has_no_clock_ahead(poison, paced):
    driver = Driver(tally_case(Tally, paced).topology())
    driver.pipe(raised("c-0", NOW - HOUR), Tick(NOW))
    poison(driver)
    driver.settle().pipe(ClockCure(NOW, "act-1")).settle().crash().run()
    [partition] = driver._running
    assert partition.ticked <= NOW
    assert partition._owners.ahead(NOW) == []
    assert max(driver.memory.feeds("laws").values()) <= NOW


def test_a_cure_where_nothing_is_ahead_changes_nothing():
    assert lived(lambda driver: None).outcome() == lived(None).outcome()


def test_a_cure_that_is_read_twice_is_as_one():
    def twice(driver: Driver) -> None:
        driver.pipe(Tick(NOW + 40 * DAY), ClockCure(NOW, "act-1"))

    assert told(lived(twice)) == told(lived(a_tick(40 * DAY)))


def test_a_replay_of_the_log_from_its_start_ends_in_the_same():
    first = lived(a_tick(40 * DAY))
    again = Driver(ASSURANCE)
    again.log = first.log
    again._world = again._world.__class__(**{**_fields(again._world), "log": first.log})
    again.crash().run()
    assert again.records(Alarm) == first.records(Alarm)
    assert again.records(TroubleTicket) == first.records(TroubleTicket)


def _fields(world: object) -> dict[str, object]:
    return {name: getattr(world, name) for name in world.__dataclass_fields__}  # type: ignore[attr-defined]


def test_minutes_are_told_apart_from_poison():
    driver = lived(lambda d: d.pipe(Tick(NOW + MINUTE)))
    assert told(driver) == told(lived(None))
