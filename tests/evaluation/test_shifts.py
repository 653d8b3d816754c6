"""A new level is adopted within the stated time, a fault never is: figures by hand, and some series end to end."""

from itertools import islice

import numpy as np
import pytest

from telassure.evaluation.anomalies.shifts import (
    EVERY,
    FAULT,
    SIZE,
    Followed,
    Made,
    adopted,
    adwin,
    hours_alarmed,
    made,
    product,
)
from telassure.kernel.instant import HOUR


def followed(level: list[float], alarmed: list[int]) -> tuple[Made, Followed]:
    time = np.arange(len(level), dtype=np.int64) * EVERY
    return Made(time, time * 0.0, time * 0.0, begun=2), Followed(np.array(level), np.array(alarmed, np.bool_))


def test_an_alarm_is_timed_from_the_change_to_its_last_row() -> None:
    assert hours_alarmed(*followed([0.0] * 8, [1, 1, 0, 1, 0, 1, 0, 0])) == 1.0
    assert hours_alarmed(*followed([0.0] * 8, [1, 1, 0, 0, 0, 0, 0, 0])) == 0.0


def test_a_level_is_adopted_where_it_is_held_for_a_single_row() -> None:
    assert not adopted(*followed([9.0, 0.0, SIZE / 2, 0.0], [0] * 4))
    assert adopted(*followed([9.0, 0.0, SIZE * 0.6, 0.0], [0] * 4))


def test_a_fault_lasts_six_hours_and_a_shift_to_the_end() -> None:
    fault, shift = (next(made(case, 1)) for case in ("fault", "shift"))
    away = [np.abs(one.residual) > SIZE / 2 for one in (fault, shift)]
    assert away[0].sum() == pytest.approx(FAULT / EVERY, abs=2)
    assert away[1][shift.begun :].mean() > 0.99
    assert not away[1][: shift.begun].any()


def test_a_shift_is_adopted_within_a_day_and_a_half_and_a_fault_is_not() -> None:
    follow = product("balanced")
    shifts, faults = ([(one, follow(one)) for one in islice(made(case, 7), 6)] for case in ("shift", "fault"))
    assert all(adopted(*run) and 12 < hours_alarmed(*run) < 36 for run in shifts)
    assert all(not adopted(*run) and 0 < hours_alarmed(*run) < FAULT / HOUR + 2 for run in faults)


def test_adwin_takes_a_fault_of_six_hours_for_a_new_level() -> None:
    assert sum(adopted(one, adwin(one)) for one in islice(made("fault", 7), 6)) >= 4
