"""What is known of an episode when it opens or worsens, as numbers of one size."""

import math
from typing import Final, NamedTuple, TypeAlias

from models.detection.layout import BAND, JUMP, LEVEL, RANGE, RHYTHM
from models.detection.wallclock import DAY, EPOCH_WEEKDAY, WEEK

Evidence: TypeAlias = tuple[float, ...]

FEATURES: Final = (
    "peak", "bands", "relative", "above", "jump", "level", "rhythm", "band", "range", "severity",
    "hour_sin", "hour_cos", "weekday_sin", "weekday_cos", "lasted", "series_lately", "measurement_lately",
    "companions", "learned", "adjusted",
)  # fmt: skip
"""In the order of `evidence_of`. Only ever appended: episodes on record hold them in this order."""

PEAK: Final = FEATURES.index("peak")
_CHANNELS: Final = (JUMP, LEVEL, RHYTHM, BAND, RANGE)
_MOST: Final = 1e9
_DIGITS: Final = 6
_LARGEST: Final = 100.0  # log(1 + _MOST) is 21


class OpenEpisode(NamedTuple):
    """An open episode. `peak`, `value`, `expected`, `band` and `channel` are of its worst point so far, `local`
    the wall clock where it is (microseconds), `lasted` the seconds since its first row. `series_lately` and
    `measurement_lately` count earlier episodes of the series, and of the measurement in the domain, each fading.
    `companions` are other KPIs of its object that are anomalous with it, `learned` the seconds from which the series
    was learned, `factor` what operators' verdicts have made of its threshold."""

    peak: float
    value: float
    expected: float
    band: float
    channel: int
    severity: int
    local: int
    lasted: float
    series_lately: float
    measurement_lately: float
    companions: int
    learned: float
    factor: float


def evidence_of(episode: OpenEpisode) -> Evidence:
    """The numbers, finite whatever the episode, to six digits. Amounts without a bound count by their logarithm.

    >>> episode = OpenEpisode(2.0, 5.0, 10.0, 2.5, LEVEL, 3, DAY // 4, 900.0, 0.0, 1.0, 2, 86_400.0, 1.0)
    >>> evidence = evidence_of(episode)
    >>> dict(zip(FEATURES, evidence))["bands"], dict(zip(FEATURES, evidence))["hour_sin"]
    (1.09861, 1.0)
    """
    away = abs(episode.value - episode.expected)
    day, within = divmod(episode.local, DAY)
    hour, weekday = 2 * math.pi * within / DAY, 2 * math.pi * ((day + EPOCH_WEEKDAY) % WEEK) / WEEK
    found = (
        amount(episode.peak),
        amount(over(away, episode.band)),
        amount(over(away, abs(episode.expected))),
        float(episode.value > episode.expected),
        *(float(episode.channel == channel) for channel in _CHANNELS),
        float(episode.severity),
        *(math.sin(hour), math.cos(hour), math.sin(weekday), math.cos(weekday)),
        amount(episode.lasted / 60),
        amount(episode.series_lately),
        amount(episode.measurement_lately),
        amount(episode.companions),
        amount(episode.learned / 86_400),
        math.log(min(max(episode.factor, 1 / _MOST), _MOST)),
    )
    return tuple(float(f"{number:.{_DIGITS}g}") + 0.0 for number in found)


def usable(evidence: Evidence) -> bool:
    """Whether these are the numbers of this release, all of the size that `evidence_of` gives them.

    >>> usable((0.0,) * len(FEATURES)), usable((float("nan"),) * len(FEATURES)), usable((0.0,))
    (True, False, False)
    """
    return len(evidence) == len(FEATURES) and all(abs(number) <= _LARGEST for number in evidence)


def amount(number: float) -> float:
    """log(1 + number), of what is no number or less than nothing 0, at most that of a billion.

    >>> amount(0.0), amount(float("nan")), amount(float("inf")) == amount(1e9)
    (0.0, 0.0, True)
    """
    return math.log1p(min(number, _MOST)) if number > 0 else 0.0


def over(part: float, whole: float) -> float:
    """A ratio that may be infinite.

    >>> over(1.0, 4.0), over(1.0, 0.0), over(0.0, 0.0)
    (0.25, inf, 0.0)
    """
    if whole > 0:
        return part / whole
    return math.inf if part > 0 else 0.0
