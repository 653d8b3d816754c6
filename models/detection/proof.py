"""The proof of an episode: what the anomalous rows of a run are worth, and what a series does every week is none."""

from typing import Final

from models.detection.compiled import compiled
from models.detection.excursions import MOST_JUDGED, PROOF, count_excursion, gather, lapse, worth_of
from models.detection.habits import habitual, note_habit
from models.detection.judgement import BandReading
from models.detection.layout import RANGE, Point, Record
from models.detection.novelty import rarity_of_level
from models.detection.persistence import set_bits, start_run
from models.detection.season import TimeOfDay, noisy, stands_out
from models.detection.spacing import above_origin

BEGUN: Final = 2.0  # times the worst score of a run so far: with that row it begins, what was before is chance


@compiled
def side_of(seen: BandReading) -> int:
    """Above (0) or below (1) what was expected."""
    return 0 if seen.value >= seen.expected else 1


@compiled
def count_from(series: Record) -> None:
    """Rows that taught the band before it spoke are none outside it."""
    if series.judged == 0:
        series.judged = min(series.residuals, MOST_JUDGED)


@compiled
def worth_of_row(series: Record, point: Point, seen: BandReading) -> float:
    """What an anomalous row is worth as evidence: by its distance from the band, or by its value while there is none.
    A value that cannot be is proof."""
    if point.channel == RANGE:
        return PROOF
    if seen.away >= 0.0:
        count_from(series)
        return worth_of(series, seen.away, side_of(seen))
    return rarity_of_level(series, above_origin(series, seen.value), set_bits(series.recent))


@compiled
def prove(series: Record, rule: Record, point: Point, seen: BandReading, share: int, seconds: float) -> bool:
    """Whether this row and the ones before it are proof of an episode. Of a series whose noise is not known, rows that
    differ among themselves as much as from what was expected are the first of its noise."""
    if not point.score > rule.raised:
        lapse(series)
        return False
    gather(series, worth_of_row(series, point, seen))
    if series.gathered < PROOF or not seen.away >= 0.0:
        return bool(series.gathered >= PROOF)
    return noisy(series, share) or stands_out(series, seen.value - seen.expected, seconds, rule.threshold)


@compiled
def habit_of(series: Record, clock: TimeOfDay, seen: BandReading) -> bool:
    """Whether a row outside its band is what the series does every week."""
    return bool(seen.away > 1.0 and habitual(series, clock.week_hour, seen.away, side_of(seen)))


@compiled
def begin_anew(series: Record, time: int, point: Point) -> None:
    """Let the run begin with a row far worse than those before it."""
    if point.score > BEGUN * series.peak and series.recent != 0 and not series.open:
        start_run(series, time)


@compiled
def note(series: Record, clock: TimeOfDay, seen: BandReading, free: Point, usual: bool) -> None:
    """Remember how far outside its band a row was, and in which hour of the week; before there is a band, whether it
    was odd."""
    if seen.away >= 0.0:
        if not series.open and not usual:
            count_from(series)
            count_excursion(series, seen.away, side_of(seen))
        note_habit(series, clock.week_hour, seen.away, side_of(seen))
    elif free.score >= 0.0:
        note_habit(series, clock.week_hour, free.score, 0 if free.value >= free.expected else 1)
