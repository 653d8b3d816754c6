"""The laws for Rate."""

from streams.operators.charging.rate import Rate
from streams.rated_usage import RatedUsage
from telassure.kernel.events import UsageRecords
from tests.conformance.cases import OperatorCase, _charging

CASES = (
    OperatorCase(
        operator=Rate,
        topology=_charging.topology(lambda catalogue: (Rate(catalogue),), UsageRecords),
        streams=_charging.streams(_charging.usage),
        long_run=_charging.usage_days,
        cell_bound=0,
        reflected=lambda inputs, outcome: (
            _charging.rows_of(inputs) == sum(map(len, outcome.of(RatedUsage))) + _charging.letters_of(outcome, "rate")
        ),
        catalogue=_charging.ENTRIES,
    ),
)
