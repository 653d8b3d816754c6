"""The policies of correlation."""

from typing import Final

from telassure.kernel.policies import ANY, CAUSE_RULE_ID, DOMAIN, FEED, GENERAL, JSON_OBJECT, SECONDS, Policy

AREA: Final = "correlation"

SETTLE: Final = Policy(
    AREA,
    "settle_seconds",
    SECONDS,
    "20",
    ANY,
    "from the raise to the first emission; what arrives late waits at least a quarter of it",
    by=(GENERAL, FEED),
)
WINDOW: Final = Policy(
    AREA,
    "window_seconds",
    SECONDS,
    "300",
    ANY,
    "how long before the start and after the last growth a problem takes members",
    by=(GENERAL, DOMAIN),
)
CAP: Final = Policy(
    AREA, "cap_seconds", SECONDS, "14400", ANY, "how long after its start a problem takes members", by=(GENERAL, DOMAIN)
)
CLEAR_HOLD: Final = Policy(
    AREA,
    "clear_hold_seconds",
    SECONDS,
    "60",
    ANY,
    "all members cleared for so long: the problem is cleared",
    by=(GENERAL, DOMAIN),
)
RELEASE: Final = Policy(
    AREA,
    "release_seconds",
    SECONDS,
    "14400",
    ANY,
    "the cause's own alarms cleared for so long while alarms it explained go on: they are released",
    by=(GENERAL, DOMAIN),
)
REOPEN: Final = Policy(
    AREA,
    "reopen_seconds",
    SECONDS,
    "300",
    ANY,
    "a cleared problem opens again if it gains a member within this",
    by=(GENERAL, DOMAIN),
)
RULE: Final = Policy(
    AREA,
    "rule",
    JSON_OBJECT,
    "{}",
    ANY,
    "a rule of causes learned from history; evidence where its state is approved (telassure rules)",
    (CAUSE_RULE_ID,),
)
