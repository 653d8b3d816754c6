"""A kernel's marks, and gaps, as KPI episodes with the reason in words."""

from dataclasses import replace
from typing import Final, NamedTuple

from models.detection.layout import JUMP, LEVEL, RANGE, RECOVERED, RHYTHM, SILENT, Record
from models.detection.persistence import WARNING
from models.detection.wallclock import DAY, EPOCH_WEEKDAY, WEEK
from streams.operators.detection.domain_series import DomainSeries
from telassure.kernel.events import KpiEpisode
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import HOUR, MINUTE, SECOND, Duration, Instant

NAME: Final = "anomaly"
AGAIN: Final = "values again"
PARTS_OF_DAY: Final = ("nights", "mornings", "afternoons", "evenings")
WHY: Final = {
    JUMP: "; no such jump was seen before",
    LEVEL: "; no such level was seen before",
    RHYTHM: "; nothing like it was seen at this hour before",
}


def plain(number: float) -> str:
    """A number to four digits, the way one says it.

    >>> plain(12.34567), plain(1250000.0), plain(-0.0)
    ('12.35', '1250000', '0')
    """
    if number == 0:
        return "0"
    if 1_000 <= abs(number) < 1e15:
        return f"{number:.0f}"
    return f"{number:.4g}"


def deviation(measurement: str, value: float, expected: float, band: float, score: float, usual: str = "") -> str:
    """What is wrong, in one line.

    >>> deviation("throughput", 12.3, 20.7, 2.6, 3.23)
    'throughput 12.3 is 8.4 below the expected 20.7 (18.1 to 23.3 is usual), score 3.2'
    >>> deviation("throughput", 12.3, 20.7, 2.6, 3.23, "on weekday evenings")
    'throughput 12.3 is 8.4 below the expected 20.7 (18.1 to 23.3 is usual on weekday evenings), score 3.2'
    """
    side = "below" if value < expected else "above"
    limits = " ".join((plain(expected - band), "to", plain(expected + band), "is usual", usual)).rstrip()
    return (
        f"{measurement} {plain(value)} is {plain(abs(value - expected))} {side} "
        f"the expected {plain(expected)} ({limits}), score {score:.1f}"
    )


def lasting(span: Duration) -> str:
    """A span in minutes or hours.

    >>> lasting(45 * MINUTE), lasting(150 * MINUTE)
    ('45 min', '2.5 h')
    """
    minutes = span / MINUTE
    return f"{minutes:.3g} min" if minutes < 120 else f"{minutes / 60:.3g} h"


def impossible(measurement: str, value: float, bound: float) -> str:
    """That a value cannot be.

    >>> impossible("availability", 104.0, 100.0)
    'availability 104 is above 100, the greatest value it can have'
    """
    side, end = ("below", "least") if value < bound else ("above", "greatest")
    return f"{measurement} {plain(value)} is {side} {plain(bound)}, the {end} value it can have"


def usual_when(local: Instant) -> str:
    """The kind of day and the part of it, as the seasons tell them apart.

    >>> usual_when(20_003 * DAY + 19 * HOUR), usual_when(20_008 * DAY)
    ('on weekday evenings', 'on weekend nights')
    """
    day, within = divmod(local, DAY)
    kind = "weekend" if (day + EPOCH_WEEKDAY) % WEEK >= 5 else "weekday"
    return f"on {kind} {PARTS_OF_DAY[within // (6 * HOUR)]}"


def wrong(mark: Record, measurement: str, usual: str) -> str:
    """What is wrong at the worst row of a mark."""
    value, expected, channel = float(mark["value"]), float(mark["expected"]), int(mark["channel"])
    if channel == RANGE:
        return impossible(measurement, value, expected)
    said = deviation(measurement, value, expected, float(mark["band"]), float(mark["peak"]), usual)
    return said + WHY.get(channel, "")


def as_it_stands(kind: int, lasted: Duration, worst: str) -> str:
    """What is wrong, and of an episode that is over how it ended.

    >>> as_it_stands(RECOVERED, 45 * MINUTE, "load 9 is 4 above the expected 5")
    'normal again after 45 min; at worst load 9 is 4 above the expected 5'
    """
    if kind not in (RECOVERED, SILENT):
        return worst
    over = "normal again" if kind == RECOVERED else "no more values"
    return f"{over} after {lasting(lasted)}; at worst {worst}"


def episode_of(
    mark: Record, domain: str, feed: str, pair: tuple[str, str], trace: str = "", usual: str = ""
) -> KpiEpisode:
    """The episode as one mark leaves it: its id is the series and its start, its value and expectation the worst.
    `usual` says when its band is."""
    measured_object, measurement = pair
    kind, started, changed = int(mark["kind"]), int(mark["started"]), int(mark["changed"])
    value, expected, peak = float(mark["value"]), float(mark["expected"]), float(mark["peak"])
    closed, ended = kind in (RECOVERED, SILENT), int(mark["ended"])
    return KpiEpisode(
        episode_id=derive_id(NAME, domain, measured_object, measurement, started),
        domain=domain,
        feed=feed,
        managed_object=measured_object,
        measurement=measurement,
        state="closed" if closed else "open",
        severity=int(mark["severity"]),
        started_at=started,
        changed_at=changed,
        ended_at=ended if closed else None,
        peak_score=peak,
        value=value,
        expected=expected,
        reason=as_it_stands(kind, ended - started, wrong(mark, measurement, usual)),
        trace=trace,
    )


class Gap(NamedTuple):
    """A series' silence: since when, when it had been too long, the seconds that are usual between its values, and the
    code of its feed."""

    slot: int
    last: Instant
    due: Instant
    usual: float
    feed: int


def usual_gap(series: DomainSeries, slot: int, due: Instant) -> Gap:
    """The gap of a series that has been silent since its last row."""
    row = series.state[slot]
    return Gap(slot, int(row["last"]), due, float(row["granularity"]), int(row["feed"]))


def gap_episode(series: DomainSeries, domain: str, gap: Gap, ended: Instant | None) -> KpiEpisode:
    """A gap as it stands: its value is the seconds without a value, its expected value the granularity."""
    managed_object, measurement = series.pairs[gap.slot]
    changed = gap.due if ended is None else ended
    every = lasting(int(gap.usual * SECOND))
    silent = f"no value of {measurement} for {lasting(changed - gap.last)} where one every {every} is usual"
    return KpiEpisode(
        episode_id=derive_id(NAME, "gap", domain, managed_object, measurement, gap.last),
        domain=domain,
        feed=list(series.feeds)[gap.feed],
        managed_object=managed_object,
        measurement=measurement,
        state="open" if ended is None else "closed",
        severity=WARNING,
        started_at=gap.last,
        changed_at=changed,
        ended_at=ended,
        peak_score=(changed - gap.last) / (gap.due - gap.last),
        value=(changed - gap.last) / SECOND,
        expected=gap.usual,
        reason=silent if ended is None else f"{AGAIN}; {silent}",
    )


def unwatched(series: DomainSeries, domain: str, gap: Gap, ended: Instant) -> KpiEpisode:
    """The end of a gap that nobody waits for any more."""
    closed = gap_episode(series, domain, gap, ended)
    return replace(closed, reason=closed.reason.replace(AGAIN, "no longer watched"))


def ended(series: DomainSeries, domain: str, gap: Gap, forget: Duration, time: Instant) -> KpiEpisode:
    """The end by a value, unless the series had been given up before it came."""
    over = max(gap.last + forget, gap.due)
    return gap_episode(series, domain, gap, time) if time <= over else unwatched(series, domain, gap, over)
