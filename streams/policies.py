"""The policies that several rooms of operators read."""

from typing import Final

from telassure.kernel.policies import MINUTES, Policy, Range

COUNT_PERIOD: Final = Policy(
    "leakage",
    "count_period_minutes",
    MINUTES,
    "60",
    Range(1, 60),
    "how long a switch counts before it says so; usage is compared with its counts by periods of that length",
)
