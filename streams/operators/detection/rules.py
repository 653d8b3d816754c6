"""The detection policies as the kernel's rules: looked up by measurement, then by domain, then in general.

| name | meaning | default |
| --- | --- | --- |
| profile | novelty, balanced or sensitive (`PROFILES`) | balanced |
| threshold | half the band in robust standard deviations; the novelty that scores 1 grows with it | 4 |
| floor | least standard deviation, in the measurement's unit | 0 |
| persistence | n/m: n anomalous of m scored rows open an episode (m up to 16) | 3/5 |
| recovery | n/m: n normal of the last m scored rows close it | 4/5 |
| direction | both, up or down: which deviations from the expected value matter | both |
| least_deviation | deviation below which none matters, in the measurement's unit | 0 |
| least_relative | the same as a part of the expected value | 0 |
| lowest, highest | the valid range; a value outside it scores 10 and is not learned | none |
| kind | gauge, counter, counter32 or counter64; a counter is judged and shown as its rate per second | gauge |
| raise_score | a row counts for an episode above this score (1 or more) | 1 |
| clear_score | a row of an open episode is normal up to this score, at most raise_score | raise_score |
| minor_score, major_score | peak score from which an episode is minor, major | 1.5, 3 |
| worse_after_s | seconds after which an episode is one step worse | 3600 |
| relearn_s | seconds outside the band after which the new level is normal | 86400 |
| silence_s | by domain: seconds without a row after which an episode ends; at least 21600 | 21600 |
| element_evidence | by domain: evidence of an element's KPIs together that is too much; 0: none is | 2 |
| gap_periods | by domain: granularity periods without a value after which a series has a gap; 0: never | 0 |
| series_limit | by domain: series kept | 200000 |
| forget_days | by domain: days of silence (1 or more) after which, at the limit, a series makes room for another | 30 |
| borrow | on or off: whether a new series begins with the shape of its peers | on |

A text that is no such value counts as the default: a policy never stops the stream.
"""

from collections.abc import Callable
from math import inf, isfinite
from typing import Final, NamedTuple

import numpy as np

from models.detection.counters import COUNTER, COUNTER_32, COUNTER_64, GAUGE
from models.detection.layout import RULE, Record, Records
from streams.catalogue import Catalogue, whole_number
from telassure.kernel.instant import DAY, HOUR, SECOND, Duration

AREA: Final = "detection"
DIRECTIONS: Final = {"both": 0, "up": 1, "down": -1}
KINDS: Final = {"gauge": GAUGE, "counter": COUNTER, "counter32": COUNTER_32, "counter64": COUNTER_64}
LEAST_SILENCE: Final[Duration] = 6 * HOUR
LONGEST_WINDOW: Final = 16
DEFAULTS: Final = {
    "profile": "balanced",
    "threshold": "4",
    "floor": "0",
    "persistence": "3/5",
    "recovery": "4/5",
    "relearn_s": "86400",
    "direction": "both",
    "least_deviation": "0",
    "least_relative": "0",
    "lowest": "none",
    "highest": "none",
    "kind": "gauge",
    "raise_score": "1",
    "clear_score": "none",
    "minor_score": "1.5",
    "major_score": "3",
    "worse_after_s": "3600",
    "silence_s": "21600",
    "element_evidence": "2",
    "gap_periods": "0",
    "series_limit": "200000",
    "forget_days": "30",
    "borrow": "on",
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

        fill(rules[place], text)
    return rules


def fill(rule: Record, text: Callable[[str], str]) -> None:
    """Write the policies, by their names, into one rule."""

    def least(name: str, bound: float) -> float:
        return number(text(name), DEFAULTS[name], bound)

    profile = PROFILES.get(text("profile"), PROFILES[DEFAULTS["profile"]])
    for name in ("trim", "habit", "beyond", "accepted"):
        rule[name] = getattr(profile, name)
    rule["threshold"] = least("threshold", 1e-3)
    rule["limit"] = profile.limit * rule["threshold"] / float(DEFAULTS["threshold"])
    rule["floor"], rule["relearn"] = least("floor", 0.0), least("relearn_s", 1.0)
    rule["least_deviation"], rule["least_relative"] = least("least_deviation", 0.0), least("least_relative", 0.0)
    rule["lowest"], rule["highest"] = valid_range(text("lowest"), text("highest"))
    rule["raised"] = least("raise_score", 1.0)
    rule["cleared"] = min(number(text("clear_score"), str(rule["raised"]), 1e-3), rule["raised"])
    rule["minor"], rule["major"] = least("minor_score", 1.0), least("major_score", 1.0)
    rule["worse_after"] = int(min(least("worse_after_s", 1.0), 1e9) * SECOND)
    rule["direction"] = DIRECTIONS.get(text("direction"), 0)
    rule["kind"] = KINDS.get(text("kind"), GAUGE)
    rule["open_count"], rule["open_of"] = out_of(text("persistence"), DEFAULTS["persistence"])
    rule["close_count"], rule["close_of"] = out_of(text("recovery"), DEFAULTS["recovery"])


def valid_range(lowest: str, highest: str) -> tuple[float, float]:
    """The least and the greatest valid value; without a bound where a text is no number, or the two cross.

    >>> valid_range("0", "none"), valid_range("5", "1")
    ((0.0, inf), (-inf, inf))
    """
    low, high = (number(text, bound, -inf) for text, bound in ((lowest, "-inf"), (highest, "inf")))
    return (low, high) if low <= high else (-inf, inf)


def silence_of(catalogue: Catalogue, domain: str) -> Duration:
    """Microseconds without a row after which an episode ends."""
    seconds = number(rule_text(catalogue, "silence_s", domain), DEFAULTS["silence_s"], 0.0)
    return max(int(min(seconds, 1e9) * SECOND), LEAST_SILENCE)


def element_evidence_of(catalogue: Catalogue, domain: str) -> float:
    """The evidence that an element's KPIs may give together; without a bound where the policy is 0."""
    most = number(rule_text(catalogue, "element_evidence", domain), DEFAULTS["element_evidence"], 0.0)
    return most if most > 0.0 else inf


def series_limit_of(catalogue: Catalogue, domain: str) -> int:
    """How many series of a domain are kept."""
    return int(min(number(rule_text(catalogue, "series_limit", domain), DEFAULTS["series_limit"], 0.0), 1e9))


def forget_of(catalogue: Catalogue, domain: str) -> Duration:
    """Microseconds of silence after which a series may make room for a new one."""
    days = number(rule_text(catalogue, "forget_days", domain), DEFAULTS["forget_days"], 1.0)
    return int(min(days, 3_650.0) * DAY)


def borrows(catalogue: Catalogue, domain: str, measurement: str) -> bool:
    """Whether a new series of a measurement begins with the shape of its peers."""
    return rule_text(catalogue, "borrow", domain, measurement) != "off"
