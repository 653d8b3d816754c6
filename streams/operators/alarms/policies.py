"""The policies of the alarm list."""

from typing import Final

from telassure.kernel.feeds import RECORDED
from telassure.kernel.policies import ANY, FEED, GENERAL, SECONDS, Policy

AREA: Final = "alarm_list"

AGE_OUT: Final = Policy(
    AREA,
    "age_out_seconds",
    SECONDS,
    "86400",
    ANY,
    "after its newest raise an alarm without a known end ages out",
    by=(GENERAL, FEED),
    defaults=((RECORDED, "900"),),
)
FORGET: Final = Policy(
    AREA, "forget_seconds", SECONDS, "3600", ANY, "after its clear an alarm, or a clear without a raise, is forgotten"
)
