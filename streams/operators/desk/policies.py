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
SEVERAL_ALARMS: Final = Policy(
    "ticketing",
    "several_alarms",
    WHOLE,
    "3",
    Range(1, 1_000_000),
    "so many active alarms at once, or four times as many over its life, open a problem's ticket at once",
    by=(GENERAL, FEED),
)
ALONE: Final = Policy(
    "ticketing",
    "alone_seconds",
    SECONDS,
    "900",
    ANY,
    "a problem of fewer alarms opens its ticket when it has lasted so long; 0: at once",
    by=(GENERAL, FEED),
)
MASS_ALARMS: Final = Policy(
    "ticketing",
    "mass_alarms",
    WHOLE,
    "20",
    Range(1, 1_000_000),
    "so many active alarms of a warning and more open a ticket below the minimum severity too",
    by=(GENERAL, FEED),
)
IMPACT_CUSTOMERS: Final = Policy(
    "ticketing",
    "impact_customers",
    WHOLE,
    "10",
    Range(1, 1_000_000),
    "so many affected customers open the ticket of a problem of few alarms at once",
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
