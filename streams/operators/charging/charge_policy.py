"""The tunable rules of charging, read from the catalogue with their defaults."""

from typing import Final

from streams.catalogue import Catalogue
from streams.rules import MOST_DAYS, whole_within
from telassure.kernel.instant import DAY, Duration

DEDUPE_DAYS: Final = 35
LEAST_DEDUPE_DAYS: Final = 4  # beyond the 48 h in which usage is not late, so that a live record's timer lies ahead


def dedupe_memory(catalogue: Catalogue) -> Duration:
    """How long after its day a usage record is remembered: ("charging", "dedupe_days")."""
    return whole_within(catalogue, "charging", "dedupe_days", DEDUPE_DAYS, LEAST_DEDUPE_DAYS, MOST_DAYS) * DAY
