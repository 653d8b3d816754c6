"""What a row of a KPI gives to the step of its element."""

from typing import Final, NamedTuple

from models.detection.compiled import compiled
from models.detection.layout import Record

MEMORY: Final = 3 * 86_400.0  # seconds behind what is usual
LEAST_ROWS: Final = 48  # of a KPI before its stray counts
MOST_ROWS: Final = 65_535
STRAYED: Final = 4.0  # mean deviations: a KPI strays no further
WIDE: Final = 4.0  # times what its hours hold beyond them: a jump names a KPI no more
LEAST_SPREAD: Final = 0.03  # of a KPI's distance, in half bands
OUTERMOST: Final = 1.0  # half bands beyond which a KPI is no further out


class Evidence(NamedTuple):
    """What a KPI gives to a step: its score, its stray, how it then ranks among the KPIs, and whether it is new."""

    score: float
    stray: float
    weight: float
    new: bool


class Seen(NamedTuple):
    """What a row of a KPI shows: its score, its distance from the expected value, its jump, and whether it matters."""

    score: float
    away: float
    jump: float
    matters: bool


@compiled
def distance(value: float, expected: float, upper: float) -> float:
    """How far a scored row is from its expected value, in half bands, at most OUTERMOST."""
    return min(abs(value - expected) / (upper - expected), OUTERMOST) if upper > expected else OUTERMOST


@compiled
def stray_of(kpi: Record, distance: float, covered: float, learned: bool) -> float:
    """How much further out a KPI is than it usually is, in its own mean deviations; learned afterwards."""
    away = distance - kpi.usual
    stray = min(max(away / (kpi.spread + LEAST_SPREAD), -1.0), STRAYED) if kpi.rows >= LEAST_ROWS else 0.0
    if learned:
        rate = max(1.0 / (kpi.rows + 2.0), covered / MEMORY)
        kpi.spread += rate * (abs(away) - kpi.spread)
        kpi.usual += rate * away
        kpi.rows = min(kpi.rows + 1, MOST_ROWS)
    return stray


@compiled
def weigh_kpi(score: float, stray: float, jump: float, new: bool) -> Evidence:
    """A KPI's evidence; its weight names it, and decides nothing."""
    capped, far = min(score, 1.0), min(max(jump - 1.0, 0.0) / WIDE, 1.0)
    return Evidence(capped, stray, capped + max(stray, 0.0) / STRAYED + far, new)


@compiled
def contribution(kpi: Record, seen: Seen, covered: float, learned: bool) -> Evidence:
    """What a row gives to its element's step; learned afterwards. One that does not matter may only calm it."""
    new = kpi.rows < LEAST_ROWS
    stray = stray_of(kpi, seen.away, covered, learned)
    if not seen.matters:
        return weigh_kpi(0.0, min(stray, 0.0), 0.0, new)
    return weigh_kpi(seen.score, stray, seen.jump, new)
