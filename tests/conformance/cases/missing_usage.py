"""The laws for MissingUsage."""

from collections.abc import Sequence
from typing import Any

from streams.hosts.driver import Outcome
from streams.operators.controls.missing_usage import MissingUsage
from streams.rated_usage import Repeated
from telassure.kernel.events import MediatedCount, SwitchCount
from tests.conformance.cases import OperatorCase, _charging


def reflected(inputs: Sequence[Any], outcome: Outcome) -> bool:
    counts = sum(isinstance(event, SwitchCount) for event in inputs)
    repeated = sum(event.records for event in outcome.of(Repeated))
    return counts == len(outcome.of(SwitchCount)) + repeated + _charging.letters_of(outcome, "missing_usage")


CASES = (
    OperatorCase(
        operator=MissingUsage,
        topology=_charging.topology(lambda catalogue: (MissingUsage(catalogue),), SwitchCount, MediatedCount),
        streams=_charging.streams(_charging.switch_counts, _charging.mediated_counts),
        long_run=lambda n: [_charging.switch_count(7 * day + day % 2, 24 * day, 3, 300) for day in range(n)],
        cell_bound=30,
        reflected=reflected,
        catalogue=_charging.ENTRIES,
    ),
)
