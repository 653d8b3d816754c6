"""Whether a step of an element is odd, and what that makes of its episode."""

from typing import Final

from models.detection.compiled import compiled
from models.detection.element import GROUPED_WITHIN, LEAST_BEHIND, NAMED, evidence_of, learn_step
from models.detection.excursions import PROOF, count_excursion, gather, lapse, worth_of
from models.detection.jumps import together_of
from models.detection.layout import NEVER, NOTHING, RECOVERED, Point, Record
from models.detection.persistence import follow, open_at_once
from models.detection.rhythm import keep_greatest, rhythm_of

ABOVE: Final = 0
TAUGHT: Final = 2.0  # times what is too much: a step teaches its hour no more


@compiled
def keep_worst(element: Record) -> None:
    """The KPIs of this step are those that the episode names."""
    element.worst_heard = element.heard
    for named in range(NAMED):
        element.worst_top[named] = element.top[named]
        element.worst_share[named] = element.share[named] / element.weight if element.weight > 0.0 else 0.0


@compiled
def is_told(element: Record) -> bool:
    """Whether nothing of an element is news: a single KPI's episode is open, or one ended within the hour, as the way
    back is as new as the way out."""
    if element.open or element.grouped == NEVER:
        return False
    return bool(element.episodes > 0 or float(element.step) - float(element.grouped) <= GROUPED_WITHIN)


@compiled
def news_of(element: Record, found: float, limit: float) -> float:
    """The evidence `found` of jumps together; 0 within an hour of the latest that were too many, outside an episode."""
    rests = not element.open and element.told != NEVER
    rests = rests and float(element.step) - float(element.told) < GROUPED_WITHIN
    if found > limit:
        element.told = element.step
    return 0.0 if rests else found


@compiled
def prove_step(element: Record, away: float) -> bool:
    """Whether this step and the ones before it are proof of an episode, as of a KPI: evidence so many times too much
    is worth the power of ten by which this element has as much more seldom than always. Counted afterwards."""
    if element.behind < LEAST_BEHIND:
        return False
    if away > 1.0:
        gather(element, worth_of(element, away, ABOVE))
    else:
        lapse(element)
    if not element.open and not element.unlearned:
        count_excursion(element, away, ABOVE)
    return bool(element.gathered >= PROOF)


@compiled
def judge(element: Record, rule: Record, limit: float) -> int:
    """Judge the step as it is; the kind of change it makes, 0 for none."""
    element.weighed = 1
    rhythm = rhythm_of(element)
    slow, sudden = evidence_of(element), together_of(element)
    if not element.unlearned:
        learn_step(element)
        keep_greatest(element, max(slow, sudden), TAUGHT * limit)
    evidence = 0.0 if is_told(element) else slow / rhythm
    sudden = news_of(element, sudden / rhythm, limit)
    evidence = max(evidence, sudden)
    score = evidence / limit
    before = element.peak if element.open or element.recent != 0 else 0.0
    proven = prove_step(element, slow / rhythm / limit)
    kind = follow(element, rule, element.step, Point(score, evidence, limit, 0.0, NOTHING), proven)
    if kind == 0 and sudden > limit and not element.open:
        kind = open_at_once(element, rule, element.step)
    if kind == RECOVERED:
        element.told = element.step
    if score > before and element.peak > before:
        keep_worst(element)
    return kind


@compiled
def judge_late(element: Record, rule: Record, limit: float) -> int:
    """Judge a step that another follows while it still waits for KPIs; the kind of change it makes, 0 for none."""
    return judge(element, rule, limit) if element.step != NEVER and not element.weighed else 0


@compiled
def judge_full(element: Record, rule: Record, limit: float) -> int:
    """Judge a step that has as many KPIs as the one before; the kind of change it makes, 0 for none."""
    return judge(element, rule, limit) if element.rows == element.wont and not element.weighed else 0
