"""How far the KPIs of an element jump together, against what its own hours usually hold.

A KPI's jump is its distance from the mean of its last minutes, in the mean of the greatest jumps of its hours: 1 is
what any hour has. The greatest jumps of a step, in order, are taken in four bands: from a few KPIs far to many a
little. The mean logarithm of each band is held against the greatest of this element's own hours (their mean and mean
deviation), so that KPIs that always jump together count as they usually do. How far beyond an hour then is unusual is
what the tail of these excesses says, taken for exponential: n of its means are exceeded in one of exp(n) of the hours
that exceed anything.
"""

from math import exp, isfinite, log
from typing import Final, NamedTuple

from models.detection.compiled import compiled
from models.detection.layout import Record
from models.detection.rhythm import HOUR, learn_rhythm

RECENT: Final = 600.0  # seconds of the mean from which a jump is one
BANDS: Final = ((2, 3), (4, 6), (7, 10), (11, 16))  # first and last of the greatest jumps of a step
FARTHEST: Final = 16  # jumps of a step that are kept
FAR: Final = 1_000.0  # a jump is no farther
UNKNOWN: Final = 50.0  # of a KPI that never jumped
NEAR: Final = 0.05  # nor nearer, where its logarithm is taken
LEAST_HOURS: Final = 24  # of a KPI before its jumps count, and of an element before it says anything
JUMP_HOURS: Final = 120.0  # memory of what a KPI's hours hold
HELD_HOURS: Final = 336.0  # of what an element's hours hold
TAIL_HOURS: Final = 1_440.0  # of its excesses
JUMP_CLIP: Final = 2.0  # times what is usual that an hour teaches at most of a KPI
HELD_CLIP: Final = 1.5  # mean deviations, of an element
TAIL_CLIP: Final = 2.0  # mean excesses
LEAST_DEVIATION: Final = 0.02
BULK: Final = 1.0  # mean deviations that are no excess
FIRST_EXCESS: Final = 1.5  # what the mean excess is taken for at first, as if so many hours had shown it
FIRST_EXCESSES: Final = 40.0
MOST_HOURS: Final = 65_535
FEW_HOURS: Final = 255
NOTHING_FAR: Final = -9.0
MEANS: Final = 4.9  # mean excesses that are as much as evidence 2


class KpiRow(NamedTuple):
    """A row of a KPI: its value, its time, and its part in the mean of the last minutes."""

    value: float
    time: int
    pace: float


@compiled
def pace(granularity: float) -> float:
    """The part of a row in the mean of a KPI's last minutes; the granularity is in seconds, 0 unknown."""
    return 1.0 - exp(-min(granularity, RECENT) / RECENT) if granularity > 0.0 else 1.0 - exp(-1.0)


@compiled
def jump_of(kpi: Record, value: float) -> float:
    """How far a KPI jumps, in what its hours usually hold; 0 while that is not known."""
    away = abs(value - kpi.fast)
    if kpi.hours < LEAST_HOURS or not away > 0.0:
        return 0.0
    return min(away / kpi.jump, FAR) if kpi.jump > 0.0 else UNKNOWN


@compiled
def learn_jump(kpi: Record, row: KpiRow) -> None:
    """Take a row into its KPI's last minutes and into its hour, which is learned when another begins."""
    hour = (row.time // HOUR) & FEW_HOURS
    if kpi.hours == 0 and kpi.most == 0.0 and kpi.hour == 0:
        kpi.fast, kpi.hour = row.value, hour
    if kpi.hour != hour:
        kpi.hour = hour
        kpi.hours = min(kpi.hours + 1, FEW_HOURS)
        most = kpi.most
        if kpi.hours > LEAST_HOURS and kpi.jump > 0.0:
            most = min(most, JUMP_CLIP * kpi.jump)
        kpi.jump += max(1.0 / kpi.hours, 1.0 / JUMP_HOURS) * (most - kpi.jump)
        kpi.most = 0.0
    away = row.value - kpi.fast
    kpi.most = max(kpi.most, abs(away))
    kpi.fast += row.pace * away


@compiled
def learn_young(kpi: Record, row: KpiRow, score: float) -> None:
    """A series that has never been scored learns its jumps already, so that its element speaks from the third day."""
    if kpi.rows == 0 and not score >= 0.0 and isfinite(row.value):
        learn_jump(kpi, row)


@compiled
def take_jump(element: Record, kpi: Record, jump: float, row: KpiRow, learned: bool) -> None:
    """Take a KPI's jump into the step, if its hours are known, and into what they hold."""
    if kpi.hours >= LEAST_HOURS:
        keep_farthest(element, jump)
    if learned:
        learn_jump(kpi, row)


@compiled
def keep_farthest(element: Record, jump: float) -> None:
    """Take a KPI's jump into the greatest of the step, the greatest first."""
    element.leaping = min(element.leaping + 1, MOST_HOURS)
    if not jump > element.far[FARTHEST - 1]:
        return
    place = FARTHEST - 1
    while place > 0 and element.far[place - 1] < jump:
        element.far[place] = element.far[place - 1]
        place -= 1
    element.far[place] = jump


@compiled
def height_of(element: Record, first: int, last: int) -> float:
    """The mean logarithm of a band of the step's greatest jumps, of as many as there are."""
    product = 1.0
    for place in range(first - 1, last):
        product *= max(element.far[place], NEAR)
    return log(product) / (last - first + 1)


@compiled
def excess_of(element: Record) -> float:
    """The greatest excess of a band over what hours hold, in mean deviations; its heights are kept for the hour."""
    found = NOTHING_FAR
    for place, (first, last) in enumerate(BANDS):
        if element.leaping < first:
            break
        height = height_of(element, first, min(last, element.leaping))
        if not element.unlearned and (element.held_any <= place or height > element.held_most[place]):
            element.held_most[place] = height
            element.held_any = max(element.held_any, place + 1)
        away = height - element.held[place]
        found = max(found, away / (element.held_spread[place] + LEAST_DEVIATION))
    return found


@compiled
def together_of(element: Record) -> float:
    """The evidence of the KPIs' jumps together; 0 until enough hours have taught what is usual."""
    excess = excess_of(element)
    if element.hours < LEAST_HOURS or not excess > BULK:
        return 0.0
    if not element.unlearned:
        element.excess_most = max(element.excess_most, excess - BULK)
    return float(2.0 / MEANS * (excess - BULK) * element.excesses / element.excess_sum)


@compiled
def begin_hour(element: Record, time: int) -> None:
    """Learn the hour that was, where a step is in another; most KPIs being new begins all of it anew."""
    hour = (time // HOUR) & MOST_HOURS
    if element.hour == hour:
        return
    learn_rhythm(element)
    element.hour = hour
    if 2 * element.leaping < element.rows:
        element.hours = element.held_any = 0
        element.excess_most = 0.0
        return
    if element.held_any:
        learn_hour(element)


@compiled
def learn_hour(element: Record) -> None:
    """What an hour teaches: the greatest heights of its steps, and its greatest excess."""
    element.hours = min(element.hours + 1, MOST_HOURS)
    rate = max(1.0 / element.hours, 1.0 / HELD_HOURS)
    for place in range(element.held_any):
        away = element.held_most[place] - element.held[place]
        if element.hours == 1:
            element.held[place], element.held_spread[place] = element.held_most[place], 0.0
            continue
        if element.hours > LEAST_HOURS:
            most = HELD_CLIP * element.held_spread[place]
            away = min(max(away, -most), most)
        element.held_spread[place] += rate * (abs(away) - element.held_spread[place])
        element.held[place] += rate * away
    fade = 1.0 - 1.0 / TAIL_HOURS
    element.excess_sum *= fade
    element.excesses *= fade
    if element.excess_most > 0.0:
        element.excess_sum += min(element.excess_most, TAIL_CLIP * element.excess_sum / element.excesses)
        element.excesses += 1.0
    element.excess_most, element.held_any = 0.0, 0
