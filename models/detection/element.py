"""An element is one object with all its KPIs: what they show together at one time, and which of its episodes are one.

Each KPI gives three things: its jump (`models.detection.jumps`), its score, at most 1, and its stray: how much further
from its expected value it is than it usually is, in its own mean deviations. Scores and strays are each summed over the
KPIs of a step, and held against what that sum usually is for this element, because an element's KPIs move together: the
scores say what was never seen, the strays what is a little wrong with many KPIs at once and new in none.
"""

from typing import Final

import numpy as np

from models.detection.compiled import compiled
from models.detection.contribution import LEAST_ROWS, MEMORY, MOST_ROWS, Evidence
from models.detection.jumps import BANDS, FARTHEST, FIRST_EXCESS, FIRST_EXCESSES, begin_hour
from models.detection.layout import DISTANCES, MARK, NEVER, NOTHING, Record, Records
from models.detection.rhythm import HOURS

NAMED: Final = 3  # KPIs that a mark names
GROUPED_WITHIN: Final = 3_600_000_000  # microseconds between an episode and the next of the same group
LEAST_BEHIND: Final = 7 * 86_400.0  # seconds of steps that have taught, before an element says anything
JOINT: Final = 4.0  # mean deviations of the sum of strays that count as much as two new KPIs
JOINT_WEIGHT: Final = 0.5
HEARD: Final = 0.1  # the least contribution that makes a KPI one of several
CLIP: Final = 6.0  # mean deviations beyond which a step teaches no more
LEAST_JOINT_SPREAD: Final = 0.05
CALM_SPREAD: Final = 0.25  # mean deviation of the scores' sum from which it is scaled down

KPI: Final = np.dtype(
    [
        ("fast", "f8"),  # mean of its last minutes
        ("usual", "f4"),  # distance from the expected value, half bands, at most 1
        ("spread", "f4"),  # mean deviation of that
        ("jump", "f4"),  # mean of the greatest jumps of its hours
        ("most", "f4"),  # greatest jump of this hour
        ("rows", "u2"),  # behind `usual` and `spread`
        ("counted", "u2"),  # number of the step that has it already
        ("hour", "u1"),  # since the epoch, of 256
        ("hours", "u1"),  # behind `jump`, 255 at most
    ]
)
"""What is kept of one series for its element."""

ELEMENT: Final = np.dtype(
    [
        ("step", "i8"),  # end of the granularity period that is being gathered, microseconds UTC; NEVER: none
        ("last", "i8"),  # time of the newest row
        ("since", "i8"),  # time of the first odd step of the current run
        ("group", "i8"),  # start of the latest group of episodes
        ("grouped", "i8"),  # its latest change; NEVER: there was none
        ("told", "i8"),  # time of the latest step with more jumps together than usual, or end of an episode; NEVER
        ("peak_value", "f8"),  # evidence at the worst step of the run
        ("peak_expected", "f4"),  # evidence at which a step is odd
        ("peak_band", "f4"),
        ("peak", "f4"),  # the former over the latter
        ("novelty", "f4"),  # of this step: the sum of scores
        ("stray", "f4"),  # of this step: the sum of strays
        ("weight", "f4"),  # of this step: the sum of contributions
        ("usual_novelty", "f4"),
        ("novelty_spread", "f4"),
        ("usual_stray", "f4"),
        ("stray_spread", "f4"),
        ("covered", "f4"),  # seconds that this step stands for
        ("behind", "f4"),  # seconds of steps that have taught, since most of its KPIs were new
        ("far", "f4", (FARTHEST,)),  # the greatest jumps of this step, the greatest first
        ("held", "f4", (len(BANDS),)),  # mean logarithm of the greatest jumps of an hour, by band
        ("held_spread", "f4", (len(BANDS),)),
        ("held_most", "f4", (len(BANDS),)),  # of this hour
        ("excess_most", "f4"),  # of this hour: the greatest excess
        ("excess_sum", "f4"),  # of the hours that had one
        ("excesses", "f4"),  # such hours
        ("gathered", "f4"),  # powers of ten of evidence for an episode
        ("top", "i4", (NAMED,)),  # series of the greatest contributions of this step, the greatest first
        ("share", "f4", (NAMED,)),  # and these contributions
        ("worst_top", "i4", (NAMED,)),  # the same at the worst step, as shares of all
        ("worst_share", "f4", (NAMED,)),
        ("steps", "u2"),
        ("number", "u2"),  # of this step
        ("rows", "u2"),  # KPIs of this step
        ("wont", "u2"),  # KPIs of the step before
        ("heard", "u2"),  # KPIs of this step that contribute
        ("new", "u2"),  # KPIs of this step with fewer than LEAST_ROWS
        ("worst_heard", "u2"),
        ("episodes", "u2"),  # open episodes of single KPIs
        ("recent", "u2"),
        ("feed", "u2"),
        ("leaping", "u2"),  # KPIs of this step whose jumps are known
        ("hour", "u2"),
        ("hours", "u2"),  # behind `held`
        ("judged", "u2"),  # steps whose evidence was held against what is too much
        ("outside", "u1", (1, DISTANCES)),  # and of these the ones with more, by how much more
        ("daily", "u1", (HOURS,)),  # what each hour of the day usually has at most, in parts of evidence
        ("hour_most", "u1"),  # of this hour, in the same parts
        ("open", "u1"),
        ("severity", "u1"),
        ("channel", "u1"),
        ("weighed", "u1"),  # whether this step has been judged
        ("unlearned", "u1"),  # whether this step teaches nothing
        ("held_any", "u1"),  # bands that a step of this hour had
    ]
)
"""One element; the fields that a series has too mean the same, so that episodes are followed by the same functions."""

ELEMENT_MARK: Final = np.dtype(
    [*MARK.descr, ("group", "i8"), ("top", "i4", (NAMED,)), ("share", "f4", (NAMED,)), ("heard", "i4")]
)
"""One change of an element's episode: `slot` is the element's number, `value` the evidence, and the KPIs by share."""


def fresh_elements(count: int) -> Records:
    """Elements that have seen nothing."""
    elements = np.zeros(count, ELEMENT)
    elements["step"] = elements["last"] = elements["grouped"] = elements["told"] = NEVER
    elements["top"] = elements["worst_top"] = -1
    elements["excesses"], elements["excess_sum"] = FIRST_EXCESSES, FIRST_EXCESS * FIRST_EXCESSES
    elements["channel"] = NOTHING
    return elements


@compiled
def end_of_step(time: int, granularity: float) -> int:
    """The end of the granularity period that a time lies in; the time itself where the period is unknown."""
    period = int(granularity * 1e6)
    return -(-time // period) * period if period > 0 else time


@compiled
def rank(element: Record, slot: int, weight: float) -> None:
    """Keep the greatest contributions; of equal ones that of the lower series, so that their order is nothing."""
    place = NAMED
    while place > 0:
        least, other = element.share[place - 1], element.top[place - 1]
        if other >= 0 and (least > weight or (least == weight and other < slot)):
            break
        place -= 1
    if place == NAMED:
        return
    for later in range(NAMED - 1, place, -1):
        element.share[later], element.top[later] = element.share[later - 1], element.top[later - 1]
    element.share[place], element.top[place] = weight, slot


@compiled
def take(element: Record, slot: int, evidence: Evidence, learned: bool) -> None:
    """Take one KPI into the step; one that is not to be learned keeps the step from teaching."""
    element.rows = min(element.rows + 1, MOST_ROWS)
    if evidence.new:
        element.new = min(element.new + 1, MOST_ROWS)
    element.novelty += evidence.score
    element.stray += evidence.stray
    element.weight += evidence.weight
    if not learned:
        element.unlearned = 1
    if evidence.weight >= HEARD:
        element.heard += 1
        rank(element, slot, float(np.float32(evidence.weight)))


@compiled
def begin_step(element: Record, step: int, granularity: float) -> None:
    """Another step: as many KPIs as the one before had are waited for."""
    longest = min(4.0 * granularity, 3_600.0) if granularity > 0.0 else 3_600.0
    passed = (step - element.step) * 1e-6 if element.step != NEVER else 0.0
    element.covered = min(passed, longest)
    begin_hour(element, step)
    element.step, element.wont = step, element.rows
    element.number = (element.number + 1) & MOST_ROWS
    element.rows = element.heard = element.new = element.leaping = element.weighed = element.unlearned = 0
    for place in range(FARTHEST):
        element.far[place] = 0.0
    element.novelty = element.stray = element.weight = 0.0
    for place in range(NAMED):
        element.top[place], element.share[place] = -1, 0.0


@compiled
def evidence_of(element: Record) -> float:
    """What the KPIs of the step say together; 0 where fewer than two say anything, and while their bands are young:
    then all are wrong at once, in every hour and on every day that they have not seen before."""
    if element.heard < 2 or element.behind < LEAST_BEHIND:
        return 0.0
    new = max(element.novelty - element.usual_novelty, 0.0) / max(1.0, element.novelty_spread / CALM_SPREAD)
    joint = (element.stray - element.usual_stray) / (element.stray_spread + LEAST_JOINT_SPREAD)
    return float(new + JOINT_WEIGHT * min(max(joint, 0.0), JOINT))


@compiled
def learn_step(element: Record) -> None:
    """What the step teaches of the usual sums."""
    rate = max(1.0 / (element.steps + 2.0), element.covered / MEMORY)
    most = CLIP * element.novelty_spread + LEAST_JOINT_SPREAD
    away = element.novelty - element.usual_novelty
    away = min(away, most) if element.steps >= LEAST_ROWS else away
    element.novelty_spread += rate * (abs(away) - element.novelty_spread)
    element.usual_novelty += rate * away
    most = CLIP * element.stray_spread + LEAST_JOINT_SPREAD
    away = element.stray - element.usual_stray
    away = min(away, most) if element.steps >= LEAST_ROWS else away
    element.stray_spread += rate * (abs(away) - element.stray_spread)
    element.usual_stray += rate * away
    element.steps = min(element.steps + 1, MOST_ROWS)
    element.behind = 0.0 if 2 * element.new > element.rows else min(element.behind + element.covered, LEAST_BEHIND)


@compiled
def join_group(element: Record, alone: bool, started: int, changed: int) -> int:
    """The start of the group that an episode which opens belongs to: that of the element's open episodes, or of one
    that changed within the hour, else its own."""
    recent = element.grouped != NEVER and abs(float(changed) - float(element.grouped)) <= GROUPED_WITHIN
    if alone and not recent:
        element.group = started
    element.grouped = max(element.grouped, changed)
    return int(element.group)
