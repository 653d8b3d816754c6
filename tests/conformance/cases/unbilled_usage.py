"""The laws for UnbilledUsage."""

from collections.abc import Sequence
from typing import Any

from streams.hosts.driver import Outcome
from streams.operators.charging.dedupe import Dedupe
from streams.operators.charging.rate import Rate
from streams.operators.controls.unbilled_usage import UnbilledUsage
from telassure.kernel.events import BilledLine, DeadLetter, UsageRecords
from tests.conformance.cases import OperatorCase, _charging


def reflected(inputs: Sequence[Any], outcome: Outcome) -> bool:
    """Lines that span days come out as dead letters (the gaps themselves are proved in tests/topologies)."""
    spanning = {e.line_id for e in inputs if isinstance(e, BilledLine) and e.line_id == "l-6"}
    return spanning <= {letter.position for letter in outcome.of(DeadLetter) if letter.operator == "unbilled_usage"}


CASES = (
    OperatorCase(
        operator=UnbilledUsage,
        topology=_charging.topology(
            lambda catalogue: (Rate(catalogue), Dedupe(catalogue), UnbilledUsage(catalogue)), UsageRecords, BilledLine
        ),
        streams=_charging.streams(_charging.usage, _charging.bills),
        long_run=_charging.usage_days,
        cell_bound=20,
        reflected=reflected,
        catalogue=_charging.ENTRIES,
    ),
)
