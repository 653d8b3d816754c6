"""Counters that only grow become rates: what was counted since the series' last reading, per second.

A reading below the last is either a wrap (the meter ran past 2^32 or 2^64 and went on) or a reset (it began again at 0,
nobody knows when). It is taken as a wrap only where the rate that this would mean is plausible beside the rates of
the last readings; a reset gives no rate, because nothing says how long the new count took. There is no rate either for
the first reading, for one that is not newer than the last, and after a gap, whose mean would be shown as one period's.
"""

from math import isfinite, nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detection.compiled import compiled
from models.detection.layout import NEVER, Numbers, Record, Records

GAUGE: Final = 0
COUNTER: Final = 1  # of 32 or 64 bits, whichever explains a fall
COUNTER_32: Final = 32
COUNTER_64: Final = 64

METER: Final = np.dtype(
    [
        ("at", "i8"),  # time of the last reading, microseconds UTC; NEVER where there is none
        ("reading", "f8"),
        ("rate", "f4"),  # mean of the last rates, per second
        ("every", "f4"),  # seconds between the last two readings; 0 where there are no two
    ]
)
"""The state of one counter, 24 bytes beside its series' 1,000."""

PLAUSIBLE: Final = 4.0  # times the usual rate that a wrap may mean
GAP: Final = 4.0  # usual intervals after which there is no rate
CALM: Final = 1.0 / 8.0  # of a row in the mean rate
WRAP_32: Final = 2.0**32
WRAP_64: Final = 2.0**64


def fresh_meters(count: int) -> Records:
    """Meters that have not been read."""
    meters = np.zeros(count, METER)
    meters["at"] = NEVER
    return meters


def room_for(meters: Records, count: int) -> Records:
    """At least `count` meters, the first as they are; doubles, so that growth costs each a constant."""
    if len(meters) >= count:
        return meters
    return np.concatenate((meters, fresh_meters(max(count, 2 * len(meters), 16) - len(meters))))


@compiled
def counted_past(meter: Record, width: float, fall: float, seconds: float) -> float:
    """What was counted if the meter ran past `width`; NaN where that is not plausible."""
    counted = fall + width
    if meter.reading >= width or not counted <= PLAUSIBLE * meter.rate * seconds:
        return nan
    return counted


@compiled
def counted_since(meter: Record, kind: int, reading: float, seconds: float) -> float:
    """What was counted since the last reading; NaN after a reset."""
    rise = float(reading - meter.reading)
    if rise >= 0.0:
        return rise
    if kind != COUNTER_64:
        counted = counted_past(meter, WRAP_32, rise, seconds)
        if isfinite(counted):
            return counted
    return nan if kind == COUNTER_32 else counted_past(meter, WRAP_64, rise, seconds)


@compiled
def read_meter(meter: Record, kind: int, time: int, reading: float, granularity: float) -> float:
    """Take one reading; the rate per second since the last, NaN where there is none."""
    if not isfinite(reading) or reading < 0.0 or (meter.at != NEVER and time <= meter.at):
        return nan
    rate, seconds = nan, (float(time) - float(meter.at)) * 1e-6
    if meter.at != NEVER:
        usual = granularity if granularity > 0.0 else meter.every
        if usual <= 0.0 or seconds <= GAP * usual:
            rate = counted_since(meter, kind, reading, seconds) / seconds
        meter.every = seconds
    if isfinite(rate):
        meter.rate = rate if meter.rate == 0.0 else meter.rate + CALM * (rate - meter.rate)
    meter.at = time
    meter.reading = reading
    return rate


@compiled
def rates(
    meters: Records,
    kinds: NDArray[np.int32],
    slot: NDArray[np.int32],
    time: NDArray[np.int64],
    value: Numbers,
    granularity: float,
) -> Numbers:
    """The column of values with the counters' readings turned into rates, row by row in order. `kinds` has one entry
    per row (GAUGE rows stay; a counter without a slot has no rate), `granularity` is in seconds (0 unknown)."""
    found = value.copy()
    for row in range(len(slot)):
        if kinds[row] != GAUGE:
            at = slot[row]
            found[row] = read_meter(meters[at], kinds[row], time[row], value[row], granularity) if at >= 0 else nan
    return found
