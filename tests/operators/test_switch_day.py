"""How far usage of a switch's day has come, by which counts of a recording are compared."""

from hypothesis import given
from hypothesis import strategies as st

from streams.operators.controls.missing_usage_day import Hour, RatedSum, SwitchDay
from telassure.kernel.instant import MINUTE

_PERIODS = st.dictionaries(st.integers(-300, 300), st.booleans(), min_size=1, max_size=12)


@given(_PERIODS)
def test_usage_has_come_as_far_as_a_period_where_it_or_a_later_one_has_any(periods: dict[int, bool]) -> None:
    there = {"EUR": RatedSum(1, 60, 5_000)}
    day = SwitchDay({5 * MINUTE * at: Hour(received=dict(there) if some else {}) for at, some in periods.items()})
    reached = day.reached()
    for start in day.hours:
        later = any(hour.received for at, hour in day.hours.items() if at >= start)
        assert (start <= reached) == later
