"""The tunable rules of the revenue controls, read from the catalogue with their defaults."""

import re
from fractions import Fraction
from typing import Final

from models.leakage import Tolerance
from streams.catalogue import Catalogue
from streams.rules import MOST_DAYS, whole_within
from telassure.kernel.instant import DAY, HOUR, Duration

BILL_DELAY_HOURS: Final = 36
RETENTION_DAYS: Final = 62  # two bill cycles
COUNT_DELAY_HOURS: Final = 2
TOLERANCE_MICROS: Final = 10_000
TOLERANCE_SHARE: Final = "0.005"
MOST_MICROS: Final = 10**12
_SHARE: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?|[0-9]{1,12}/0*[1-9][0-9]{0,11}", re.ASCII)


def bill_delay(catalogue: Catalogue) -> Duration:
    """How long after its end a day waits for its bill: ("leakage", "bill_delay_hours"), at least one hour."""
    return whole_within(catalogue, "leakage", "bill_delay_hours", BILL_DELAY_HOURS, 1, 24 * MOST_DAYS) * HOUR


def count_delay(catalogue: Catalogue) -> Duration:
    """How long after its end an hour waits for its usage: ("leakage", "count_delay_hours"), at least one hour."""
    return whole_within(catalogue, "leakage", "count_delay_hours", COUNT_DELAY_HOURS, 1, 24 * MOST_DAYS) * HOUR


def retention(catalogue: Catalogue) -> Duration:
    """How long a closed day may still be corrected: ("leakage", "retention_days")."""
    return whole_within(catalogue, "leakage", "retention_days", RETENTION_DAYS, 1, MOST_DAYS) * DAY


def tolerance(catalogue: Catalogue) -> Tolerance:
    """("leakage", "tolerance_micros") or ("leakage", "tolerance_share") of the rated money, whichever is larger."""
    share = catalogue.policy("leakage", "tolerance_share", TOLERANCE_SHARE).strip()
    exact = Fraction(share) if _SHARE.fullmatch(share) else Fraction(TOLERANCE_SHARE)
    return Tolerance(whole_within(catalogue, "leakage", "tolerance_micros", TOLERANCE_MICROS, 0, MOST_MICROS), exact)
