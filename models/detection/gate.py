"""What a policy adds to the verdict on a row: which way and how far a deviation matters, and which values cannot be."""

from typing import Final

from models.detection.compiled import compiled
from models.detection.layout import RANGE, Point, Record

IMPOSSIBLE: Final = 10.0  # the score of a value outside its valid range


@compiled
def outside(rule: Record, value: float) -> bool:
    """Whether a value cannot be: below the least or above the greatest that is valid."""
    return bool(value < rule.lowest or value > rule.highest)


@compiled
def impossible(rule: Record, value: float) -> Point:
    """A value outside its valid range, against the bound it broke."""
    return Point(IMPOSSIBLE, value, rule.lowest if value < rule.lowest else rule.highest, 0.0, RANGE)


@compiled
def matters(rule: Record, value: float, expected: float) -> bool:
    """Whether a deviation is in the direction that is watched, and large enough."""
    away = value - expected
    if rule.direction * away < 0.0:
        return False
    return not abs(away) < max(rule.least_deviation, rule.least_relative * abs(expected))


@compiled
def held(rule: Record, value: float, expected: float, score: float) -> float:
    """The score, or 1 (not anomalous) where it is above and the deviation does not matter."""
    return score if not score > 1.0 or matters(rule, value, expected) else 1.0


@compiled
def held_point(rule: Record, point: Point) -> Point:
    """The point with its score held."""
    score = held(rule, point.value, point.expected, point.score)
    return Point(score, point.value, point.expected, point.band, point.channel)
