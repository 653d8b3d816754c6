"""The detection policies as the kernel's rules: looked up by measurement, then by domain, then in general.

| name | meaning | default |
| --- | --- | --- |
| profile | novelty, balanced or sensitive (`PROFILES`) | balanced |
| threshold | half the band in robust standard deviations; the novelty that scores 1 grows with it | 4 |
| floor | least standard deviation, in the measurement's unit | 0 |
| persistence | n/m: n anomalous of m scored rows open an episode (m up to 16) | 3/5 |
| recovery | n/m: n normal of the last m scored rows close it | 4/5 |
| relearn_s | seconds outside the band after which the new level is normal | 86400 |
| silence_s | by domain: seconds without a row after which an episode ends; at least 21600 | 21600 |
| series_limit | by domain: series kept | 200000 |
| forget_days | by domain: days of silence (1 or more) after which, at the limit, a series makes room for another | 30 |

A text that is no such value counts as the default: a policy never stops the stream.
"""

from math import isfinite
from typing import Final, NamedTuple

import numpy as np

from models.detection.layout import RULE, Records
from streams.catalogue import Catalogue, whole_number
from telassure.instant import DAY, HOUR, SECOND, Duration

AREA: Final = "detection"
LEAST_SILENCE: Final[Duration] = 6 * HOUR
LONGEST_WINDOW: Final = 16
DEFAULTS: Final = {
    "profile": "balanced",
    "threshold": "4",
    "floor": "0",
    "persistence": "3/5",
    "recovery": "4/5",
    "relearn_s": "86400",
    "silence_s": "21600",
    "series_limit": "200000",
    "forget_days": "30",
}


class Profile(NamedTuple):
    """How much is told. `limit`: the novelty that scores 1. `trim`: see `models.detection.layout.RULE`. `habit`: the
    part of the latest novelty that a new one must exceed. `beyond`: half bands from the
    expected value at which a row scores 1 however usual it is (0: never). `accepted`: rows after which a value is
    known."""

    limit: float
    trim: float
    habit: float
    beyond: float
    accepted: int


PROFILES: Final = {
    "novelty": Profile(limit=0.075, trim=0.15, habit=1.0, beyond=0.0, accepted=1),
    "balanced": Profile(limit=0.09, trim=0.2, habit=0.5, beyond=0.0, accepted=1),
    "sensitive": Profile(limit=0.09, trim=0.3, habit=0.5, beyond=2.0, accepted=1),
}


def rule_text(catalogue: Catalogue, name: str, domain: str, measurement: str = "") -> str:
    """The policy in force for a measurement of a domain, as text."""
    narrow = catalogue.policies.get((AREA, name, measurement)) if measurement else None
    return narrow if narrow is not None else catalogue.policy(AREA, name, DEFAULTS[name], domain)


def number(text: str, default: str, least: float) -> float:
    """A finite number of at least `least`, else the default.

    >>> number("2.5", "4", 0.1), number("-1", "4", 0.1), number("wide", "4", 0.1)
    (2.5, 4.0, 4.0)
    """
    try:
        found = float(text)
    except ValueError:
        return float(default)
    return found if isfinite(found) and found >= least else float(default)


def out_of(text: str, default: str) -> tuple[int, int]:
    """n and m of "n/m" with 1 <= n <= m <= 16, else the default's.

    >>> out_of("2/3", "3/5"), out_of("7/5", "3/5")
    ((2, 3), (3, 5))
    """
    count, _, window = (whole_number(part) for part in text.partition("/"))
    if count is not None and window is not None and 1 <= count <= window <= LONGEST_WINDOW:
        return count, window
    return out_of(default, default)


def rules_for(catalogue: Catalogue, domain: str, measurements: tuple[str, ...]) -> Records:
    """One rule per measurement, in their order."""
    rules = np.zeros(max(len(measurements), 1), RULE)
    for place, measurement in enumerate(measurements):

        def text(name: str, measurement: str = measurement) -> str:
            return rule_text(catalogue, name, domain, measurement)

        profile = PROFILES.get(text("profile"), PROFILES[DEFAULTS["profile"]])
        threshold = number(text("threshold"), DEFAULTS["threshold"], 1e-3)
        rules[place] = (
            threshold,
            profile.limit * threshold / float(DEFAULTS["threshold"]),
            profile.trim,
            profile.habit,
            profile.beyond,
            number(text("floor"), DEFAULTS["floor"], 0.0),
            number(text("relearn_s"), DEFAULTS["relearn_s"], 1.0),
            profile.accepted,
            *out_of(text("persistence"), DEFAULTS["persistence"]),
            *out_of(text("recovery"), DEFAULTS["recovery"]),
        )
    return rules


def silence_of(catalogue: Catalogue, domain: str) -> Duration:
    """Microseconds without a row after which an episode ends."""
    seconds = number(rule_text(catalogue, "silence_s", domain), DEFAULTS["silence_s"], 0.0)
    return max(int(min(seconds, 1e9) * SECOND), LEAST_SILENCE)


def series_limit_of(catalogue: Catalogue, domain: str) -> int:
    """How many series of a domain are kept."""
    return int(min(number(rule_text(catalogue, "series_limit", domain), DEFAULTS["series_limit"], 0.0), 1e9))


def forget_of(catalogue: Catalogue, domain: str) -> Duration:
    """Microseconds of silence after which a series may make room for a new one."""
    days = number(rule_text(catalogue, "forget_days", domain), DEFAULTS["forget_days"], 1.0)
    return int(min(days, 3_650.0) * DAY)
