"""The policies of charging."""

from typing import Final

from telassure.kernel.policies import DAYS, Policy, Range

LEAST_DEDUPE_DAYS: Final = 4  # beyond the 48 h in which usage is not late, so that a live record's timer lies ahead

DEDUPE: Final = Policy(
    "charging",
    "dedupe_days",
    DAYS,
    "35",
    Range(LEAST_DEDUPE_DAYS),
    "days after its own for which a usage record is remembered, so that its repeats are known",
)
