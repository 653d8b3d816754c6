"""The laws for Dedupe."""

from collections.abc import Sequence
from typing import Any

from streams.hosts.driver import Outcome
from streams.operators.charging.dedupe import Dedupe
from streams.operators.charging.rate import Rate
from streams.rated_usage import RatedUsage, Repeated, UniqueUsage
from telassure.kernel.events import UsageRecords
from tests.conformance.cases import OperatorCase, _charging


def reflected(inputs: Sequence[Any], outcome: Outcome) -> bool:
    unique = sum(len(event.rated) for event in outcome.of(UniqueUsage))
    repeated = sum(event.records for event in outcome.of(Repeated))
    rated = sum(map(len, outcome.of(RatedUsage)))
    return rated == unique + repeated + _charging.letters_of(outcome, "dedupe")


CASES = (
    OperatorCase(
        operator=Dedupe,
        topology=_charging.topology(lambda catalogue: (Rate(catalogue), Dedupe(catalogue)), UsageRecords),
        streams=_charging.streams(_charging.usage),
        long_run=_charging.usage_days,
        cell_bound=20,
        reflected=reflected,
        catalogue=_charging.ENTRIES,
    ),
)
