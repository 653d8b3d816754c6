"""The tunable rules of charging and of the revenue controls, read from the catalogue with their defaults."""

from fractions import Fraction
from typing import Final

from models.leakage import Tolerance
from streams.catalogue import Catalogue
from telassure.instant import DAY, HOUR, Duration

DEDUPE_DAYS: Final = 35
LEAST_DEDUPE_DAYS: Final = 4  # beyond the 48 h in which usage is not late, so that a live record's timer lies ahead
BILL_DELAY_HOURS: Final = 36
RETENTION_DAYS: Final = 62  # two bill cycles
COUNT_DELAY_HOURS: Final = 2
TOLERANCE_MICROS: Final = 10_000
TOLERANCE_SHARE: Final = "0.005"


def dedupe_memory(catalogue: Catalogue) -> Duration:
    """How long after its day a usage record is remembered: ("charging", "dedupe_days")."""
    return max(LEAST_DEDUPE_DAYS, _whole(catalogue, "charging", "dedupe_days", DEDUPE_DAYS)) * DAY


def bill_delay(catalogue: Catalogue) -> Duration:
    """How long after its end a day waits for its bill: ("leakage", "bill_delay_hours"), at least one hour."""
    return max(1, _whole(catalogue, "leakage", "bill_delay_hours", BILL_DELAY_HOURS)) * HOUR


def count_delay(catalogue: Catalogue) -> Duration:
    """How long after its end an hour waits for its usage: ("leakage", "count_delay_hours"), at least one hour."""
    return max(1, _whole(catalogue, "leakage", "count_delay_hours", COUNT_DELAY_HOURS)) * HOUR


def retention(catalogue: Catalogue) -> Duration:
    """How long a closed day may still be corrected: ("leakage", "retention_days")."""
    return max(1, _whole(catalogue, "leakage", "retention_days", RETENTION_DAYS)) * DAY


def tolerance(catalogue: Catalogue) -> Tolerance:
    """("leakage", "tolerance_micros") or ("leakage", "tolerance_share") of the rated money, whichever is larger."""
    share = catalogue.policy("leakage", "tolerance_share", TOLERANCE_SHARE)
    try:
        exact = Fraction(share)
    except (ValueError, ZeroDivisionError):
        exact = Fraction(TOLERANCE_SHARE)
    return Tolerance(
        max(0, _whole(catalogue, "leakage", "tolerance_micros", TOLERANCE_MICROS)), max(Fraction(0), exact)
    )


def _whole(catalogue: Catalogue, area: str, name: str, default: int) -> int:
    """A policy as a whole number; one that is none does not stop the money: the default holds."""
    try:
        return int(catalogue.policy(area, name, str(default)))
    except ValueError:
        return default
