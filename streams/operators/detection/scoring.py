"""The scores of rows, and what becomes of episodes: each change with what surrounded it, wherever envelopes are cut."""

from typing import ClassVar, Final

import numpy as np

from models.detection.layout import OPENED, Columns, Record, ScoreColumns
from models.detection.persistence import end_silent
from models.detection.seasonal import advance, no_marks, no_scores
from models.detection.spacing import patiences
from streams.operators.detection.domain_series import DomainSeries
from streams.operators.detection.episode import NAME
from streams.operators.detection.part import LAST, POINTS, Beside, Expiry, Part, Passage
from streams.refusals import refused, series_of
from telassure.kernel.events import DeadLetter, Measurements, ScoredPoints
from telassure.kernel.events.shares import UNKNOWN, codes_of
from telassure.kernel.instant import HOUR, Duration, Instant

NEAR: Final[Duration] = HOUR


class Scoring(Part):
    """Every row comes out as a scored point and teaches its series, whose state is the only one that this part has;
    rows of series beyond the domain's limit come out unscored, and as one dead letter per envelope.

    An episode opens on n anomalous of the last m scored rows of a series, and closes on n normal ones of m or, by
    timer, once the series has been silent for a while.
    """

    name: ClassVar[str] = "scores"
    __slots__ = ()

    def take(self, passage: Passage) -> None:
        """Score the rows, learn them, and mark what becomes of episodes."""
        scores = passage.scores = no_scores(len(passage.envelope))
        advance_by_marks(passage, scores)
        shares = codes_of(scores.channel, scores.part, scores.score)
        points = ScoredPoints(passage.envelope, scores.expected, scores.lower, scores.upper, scores.score, shares)
        passage.tell(POINTS, points.take(~passage.stored) if len(passage.stored) else points)
        if (passage.slots < 0).any():
            passage.tell(LAST, refusal(passage))
        opened = passage.envelope.time[passage.marks["row"][passage.marks["kind"] == OPENED]]
        if len(opened):
            passage.wake_by(int(opened.min()) + passage.policies.silence)

    def expire(self, expiry: Expiry) -> None:
        """Close what has been silent long enough, and wait for what has not."""
        used = expiry.series.used
        marks = no_marks(int(np.count_nonzero(used["open"])))
        count, upcoming = end_silent(used, expiry.watermark, patiences(used, expiry.policies.silence), marks)
        expiry.marks = marks[:count]
        expiry.wake_by(upcoming)


def unscored(rows: Measurements) -> ScoredPoints:
    """Rows that are only kept."""
    scores = no_scores(len(rows))
    shares = np.full(len(rows), UNKNOWN, np.uint8)
    return ScoredPoints(rows, scores.expected, scores.lower, scores.upper, scores.score, shares)


def advance_by_marks(passage: Passage, scores: ScoreColumns) -> None:
    """Take the rows into the series, and look around after each that makes a mark: later rows change what is seen."""
    series, columns = passage.series, passage.columns
    marks, found, beside, start = no_marks(1), [passage.marks], list[Beside](), 0
    while start < len(columns.slot):
        part = from_row(columns, start), passage.setting, ScoreColumns._make(column[start:] for column in scores)
        count = advance(series.state, passage.rules, *part, marks)
        if not count:
            break
        made = marks[:count].copy()
        made["row"] += start
        found.append(made)
        beside.extend(seen_beside(series, mark) for mark in made)
        start = int(made["row"][-1]) + 1
    passage.marks, passage.beside = np.concatenate(found), beside


def from_row(columns: Columns, start: int) -> Columns:
    """The rows from one on."""
    return Columns._make(column[start:] for column in columns) if start else columns


def seen_beside(series: DomainSeries, mark: Record) -> Beside:
    """What there is beside a mark, right after its row."""
    slot = int(mark["slot"])
    return Beside(float(series.state["learned"][slot]), tuple(companions(series, slot, int(mark["changed"]))))


def companions(series: DomainSeries, slot: int, at: Instant) -> list[str]:
    """The other KPIs of the slot's object that are anomalous within an hour of an instant, sorted."""
    measured_object, _ = series.pairs[slot]
    slots = series.slots_on(measured_object)
    if len(slots) == 1:
        return []
    others = np.array(slots)
    open_now, recent, last = (series.state[name][others] for name in ("open", "recent", "last"))
    wrong = ((open_now != 0) | (recent & 1 != 0)) & (last >= at - NEAR) & (last <= at + NEAR) & (others != slot)
    return sorted(series.pairs[other][1] for other in others[wrong].tolist())


def refusal(passage: Passage) -> DeadLetter:
    """The rows of series that found no place, as an envelope of their own, with the first of them named."""
    placeless = np.flatnonzero(passage.slots < 0)
    kept = passage.envelope.take(placeless)
    pairs = np.unique(kept.measured_object.astype(np.int64) * len(kept.names) + kept.measurement)
    reason = (
        f"{len(kept)} rows of {len(pairs)} series, first {series_of(kept, 0)}, are not scored: domain "
        f"{kept.domain} holds its limit of {passage.policies.room.limit} series; raise the policy "
        "detection.series_limit"
    )
    return refused(NAME, kept, reason, f"row {passage.first + int(placeless[0])}")
