"""The policies of tickets and notices."""

from typing import Final

from telassure.kernel.policies import ANY, DOMAIN, FEED, GENERAL, SECONDS, WHOLE, Policy, Range

MINIMUM_SEVERITY: Final = Policy(
    "ticketing",
    "minimum_severity",
    WHOLE,
    "4",
    Range(0, 5),
    "severity from which a problem opens a ticket: 5 critical, 4 major, 3 minor, 2 warning, 1 indeterminate",
    by=(GENERAL, FEED),
)
CLOSE_HOLD: Final = Policy(
    "ticketing",
    "close_hold_seconds",
    SECONDS,
    "600",
    ANY,
    "so long after it was resolved a ticket closes, unless its problem opens again before",
    by=(GENERAL, FEED),
)
REST: Final = Policy(
    "notice",
    "rest_seconds",
    SECONDS,
    "0",
    ANY,
    "how long after the notice of a disruption a customer is told of no other; 0: no rest",
    by=(GENERAL, DOMAIN),
)
