"""The tunable rules of charging and of the revenue controls, read from the catalogue with their defaults."""

import re
from fractions import Fraction
from typing import Final

from models.leakage import Tolerance
from streams.catalogue import Catalogue, whole_number
from telassure.instant import DAY, HOUR, Duration

DEDUPE_DAYS: Final = 35
LEAST_DEDUPE_DAYS: Final = 4  # beyond the 48 h in which usage is not late, so that a live record's timer lies ahead
BILL_DELAY_HOURS: Final = 36
RETENTION_DAYS: Final = 62  # two bill cycles
COUNT_DELAY_HOURS: Final = 2
TOLERANCE_MICROS: Final = 10_000
TOLERANCE_SHARE: Final = "0.005"
MOST_DAYS: Final = 3_650  # ten years: a timer so far ahead still is an instant
MOST_MICROS: Final = 10**12
_SHARE: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?|[0-9]{1,12}/0*[1-9][0-9]{0,11}", re.ASCII)


def dedupe_memory(catalogue: Catalogue) -> Duration:
    """How long after its day a usage record is remembered: ("charging", "dedupe_days")."""
    return _within(catalogue, "charging", "dedupe_days", DEDUPE_DAYS, LEAST_DEDUPE_DAYS, MOST_DAYS) * DAY


def bill_delay(catalogue: Catalogue) -> Duration:
    """How long after its end a day waits for its bill: ("leakage", "bill_delay_hours"), at least one hour."""
    return _within(catalogue, "leakage", "bill_delay_hours", BILL_DELAY_HOURS, 1, 24 * MOST_DAYS) * HOUR


def count_delay(catalogue: Catalogue) -> Duration:
    """How long after its end an hour waits for its usage: ("leakage", "count_delay_hours"), at least one hour."""
    return _within(catalogue, "leakage", "count_delay_hours", COUNT_DELAY_HOURS, 1, 24 * MOST_DAYS) * HOUR


def retention(catalogue: Catalogue) -> Duration:
    """How long a closed day may still be corrected: ("leakage", "retention_days")."""
    return _within(catalogue, "leakage", "retention_days", RETENTION_DAYS, 1, MOST_DAYS) * DAY


def tolerance(catalogue: Catalogue) -> Tolerance:
    """("leakage", "tolerance_micros") or ("leakage", "tolerance_share") of the rated money, whichever is larger."""
    share = catalogue.policy("leakage", "tolerance_share", TOLERANCE_SHARE).strip()
    exact = Fraction(share) if _SHARE.fullmatch(share) else Fraction(TOLERANCE_SHARE)
    return Tolerance(_within(catalogue, "leakage", "tolerance_micros", TOLERANCE_MICROS, 0, MOST_MICROS), exact)


def _within(catalogue: Catalogue, area: str, name: str, default: int, least: int, most: int) -> int:
    """A whole-number policy, held to its bounds; a text that is none does not stop the money: the default holds."""
    found = whole_number(catalogue.policy(area, name, ""))
    return default if found is None else min(max(found, least), most)
