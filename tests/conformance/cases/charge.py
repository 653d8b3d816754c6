"""The laws for Charger."""

from collections.abc import Sequence
from typing import Any

from streams.hosts.driver import Outcome
from streams.operators.charging.charge import Charger
from streams.operators.charging.dedupe import Dedupe
from streams.operators.charging.rate import Rate
from streams.rated_usage import Repeated, UniqueUsage
from telassure.kernel.events import Charge, Recharge, UsageRecords
from tests.conformance.cases import OperatorCase, _charging


def reflected(inputs: Sequence[Any], outcome: Outcome) -> bool:
    usage = sum(len(event.rated) for event in outcome.of(UniqueUsage))
    recharges = sum(isinstance(event, Recharge) for event in inputs)
    repeated = sum(event.records for event in outcome.of(Repeated) if event.feed == "vouchers")
    return usage + recharges == len(outcome.of(Charge)) + repeated + _charging.letters_of(outcome, "charge")


CASES = (
    OperatorCase(
        operator=Charger,
        topology=_charging.topology(
            lambda catalogue: (Rate(catalogue), Dedupe(catalogue), Charger(catalogue)), UsageRecords, Recharge
        ),
        streams=_charging.streams(_charging.usage, _charging.recharges),
        long_run=lambda n: [
            *_charging.usage_days(n // 2),
            *(_charging.recharge(i, i % 2, 12 * n + i, 1_000) for i in range(n // 2)),
        ],
        cell_bound=4,
        reflected=reflected,
        catalogue=_charging.ENTRIES,
    ),
)
