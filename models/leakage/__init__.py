"""Revenue controls: where money that was earned did not arrive."""

from models.leakage.gap import (
    AGREED,
    OVER_BILLED,
    UNBILLED_USAGE,
    UNDER_BILLED,
    Tolerance,
    billing_verdict,
    value_of_missing,
)

__all__ = [
    "AGREED",
    "OVER_BILLED",
    "UNBILLED_USAGE",
    "UNDER_BILLED",
    "Tolerance",
    "billing_verdict",
    "value_of_missing",
]
