"""After a leap of time the timers stand still until sources have had time to speak, and then go on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.hosts.pace import FIRST_HOLD, HOLD, LEAP, Pace
from telassure.kernel.instant import DAY, MINUTE, SECOND

START = 1_780_000_000 * SECOND


@pytest.mark.parametrize("away", [11 * MINUTE, DAY, 40 * DAY])
def test_a_person_who_confirms_the_clock_ends_the_wait(away):
    said = []
    pace = Pace(START, lambda since: bool(said))
    assert pace.next(START + away, 1.0) is None
    said.append("confirm")
    assert pace.next(START + away + SECOND, 2.0) == START + away + SECOND
    assert not pace.held


def test_the_first_tick_of_a_home_waits_for_nothing():
    assert Pace().next(START, 0.0) == START


def test_a_worker_that_was_away_for_days_waits_before_its_first_tick():
    pace = Pace(START)
    assert pace.next(START + 3 * DAY, 100.0) is None
    assert pace.held
    assert pace.next(START + 3 * DAY + 60 * SECOND, 100.0 + HOLD) is None
    assert pace.next(START + 3 * DAY + 300 * SECOND, 100.0 + FIRST_HOLD) == START + 3 * DAY + 300 * SECOND
    assert not pace.held


def test_a_worker_that_has_slept_with_its_machine_waits_a_minute():
    pace = Pace(START)
    pace.next(START + SECOND, 1.0)
    assert pace.next(START + 3 * DAY, 2.0) is None
    assert pace.next(START + 3 * DAY + 60 * SECOND, 2.0 + HOLD) == START + 3 * DAY + 60 * SECOND


def test_a_worker_that_starts_while_its_clock_is_wrong_for_minutes_ticks_nothing_of_that():
    pace = Pace(START)
    assert [pace.next(START + 40 * DAY + at * SECOND, float(at)) for at in (0, 100, 299)] == [None, None, None]
    assert pace.next(START + 299 * SECOND, 299.0) == START + 299 * SECOND


def test_timers_stand_still_as_long_as_the_clock_is_doubted():
    """A worker began under a wrong clock, and after a while the clock was set right: that is the jump it doubts."""
    jumped = [False]
    pace = Pace(START, doubted=lambda: jumped[0])
    assert pace.next(START + 40 * DAY, 0.0) is None
    jumped[0] = True
    assert pace.next(START + 40 * DAY + 400 * SECOND, FIRST_HOLD + 100.0) is None
    jumped[0] = False
    assert pace.next(START + 500 * SECOND, FIRST_HOLD + 200.0) == START + 500 * SECOND


def test_a_leap_that_is_taken_back_has_ticked_nothing():
    pace = Pace(START)
    assert pace.next(START + 40 * DAY, 1.0) is None
    assert pace.next(START + 22 * SECOND, 23.0) == START + 22 * SECOND


@given(st.lists(st.tuples(st.integers(-DAY, DAY), st.floats(0, 100)), max_size=60))
def test_no_tick_leaps_without_a_hold_before_it(steps):
    pace, now, elapsed, last, since = Pace(START), START, 0.0, START, 0.0
    for step, passed in steps:
        now, elapsed = now + step, elapsed + passed
        held = pace.held
        found = pace.next(now, elapsed)
        since = elapsed if not held and pace.held else since
        if found is not None:
            assert found - last <= LEAP or (held and elapsed - since >= HOLD)
            last = found
