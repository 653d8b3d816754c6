"""The policies of the revenue controls."""

from typing import Final

from telassure.kernel.policies import (
    DAYS,
    FINE_HOURS,
    GENERAL,
    HOURS,
    MINUTES,
    PAYMENT,
    RATIO,
    WHOLE,
    YES_NO,
    Policy,
    Range,
)

AREA: Final = "leakage"

BILL_DELAY: Final = Policy(
    AREA, "bill_delay_hours", HOURS, "36", Range(1), "from the end of a day to the comparison with its bill"
)
BILL_SETTLES: Final = Policy(
    AREA,
    "bill_settle_minutes",
    MINUTES,
    "240",
    Range(1),
    "from the newest line of a day's bill to the comparison with it, where that is sooner than bill_delay_hours says",
)
COUNT_DELAY: Final = Policy(
    AREA,
    "count_delay_hours",
    FINE_HOURS,
    "2",
    Range(0.05),
    "from the end of a counted period to the comparison with the switch's count",
)
TOLERANCE_MICROS: Final = Policy(
    AREA, "tolerance_micros", WHOLE, "10000", Range(0), "a gap of so many millionths of the currency is rounding"
)
TOLERANCE_SHARE: Final = Policy(
    AREA, "tolerance_share", RATIO, "0.005", Range(0, 1), "a gap of such a part of what is expected is rounding"
)
BILLED: Final = Policy(
    AREA,
    "billed",
    YES_NO,
    "yes",
    Range(),
    "whether bills are itemised: no leaves accounts of this payment out of the comparison",
    by=(GENERAL, PAYMENT),
)
RETENTION: Final = Policy(
    AREA, "retention_days", DAYS, "62", Range(1), "how long a closed day can still be corrected: two bill cycles"
)
