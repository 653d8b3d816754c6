"""A clock that jumps is not believed at once: timers and intake go on from the time before."""

import pytest

from telassure.kernel.holdover import JUMP, STEADY, Holdover
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND

NOW = 1_780_000_000 * SECOND


class Machine:
    """A wall clock and a clock that only runs."""

    def __init__(self) -> None:
        self.wall, self.ran, self.agreed = NOW, 7 * DAY, False
        self.clock = Holdover(lambda: self.wall, lambda: self.ran, lambda since: self.agreed)
        self.clock.now()

    def pass_(self, time: int) -> int:
        self.wall, self.ran = self.wall + time, self.ran + time
        return self.clock.now()


@pytest.mark.parametrize("jump", [40 * DAY, -40 * DAY, HOUR, -JUMP - SECOND])
def test_a_jump_that_goes_back_has_moved_nothing(jump):
    machine = Machine()
    machine.wall += jump
    assert machine.pass_(22 * SECOND) == NOW + 22 * SECOND
    assert machine.clock.jump == jump
    machine.wall -= jump
    assert machine.pass_(SECOND) == NOW + 23 * SECOND
    assert machine.clock.jump == 0


def test_a_jump_that_stays_is_believed_at_the_second_look():
    machine = Machine()
    machine.wall += HOUR
    machine.pass_(0)
    assert machine.pass_(STEADY - SECOND) == NOW + STEADY - SECOND
    assert machine.pass_(SECOND) == NOW + STEADY + HOUR


def test_a_jump_that_somebody_confirms_is_believed_at_once():
    machine = Machine()
    machine.wall += HOUR
    machine.pass_(SECOND)
    machine.agreed = True
    assert machine.pass_(SECOND) == NOW + 2 * SECOND + HOUR


def test_a_clock_that_jumps_about_is_never_believed():
    machine = Machine()
    for number in range(20):
        machine.wall += HOUR if number % 2 else -HOUR
        assert machine.pass_(MINUTE) == NOW + (number + 1) * MINUTE


def test_a_clock_that_is_put_right_little_by_little_is_followed():
    machine = Machine()
    for _ in range(100):
        machine.wall += SECOND
        machine.pass_(MINUTE)
    assert machine.clock.now() == NOW + 100 * (MINUTE + SECOND)


def test_a_suspended_machine_has_not_jumped():
    machine = Machine()
    assert machine.pass_(8 * HOUR) == NOW + 8 * HOUR
