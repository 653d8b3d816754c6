"""The laws for MediatedCounts."""

from collections.abc import Sequence
from typing import Any

from streams.hosts.driver import Outcome
from streams.operators.charging.dedupe import Dedupe
from streams.operators.charging.mediated_count import MediatedCounts
from streams.operators.charging.rate import Rate
from streams.rated_usage import UniqueUsage
from telassure.kernel.events import MediatedCount, UsageRecords
from tests.conformance.cases import OperatorCase, _charging


def reflected(inputs: Sequence[Any], outcome: Outcome) -> bool:
    counts = outcome.of(MediatedCount)
    unique = [event.rated for event in outcome.of(UniqueUsage)]
    whole = (
        sum(map(len, unique)),
        sum(int(r.usage.volume.sum()) for r in unique),
        sum(int(r.micros.sum()) for r in unique),
    )
    identities = {count.count_id for count in counts}
    counted = sum(c.records for c in counts), sum(c.volume for c in counts), sum(c.rated_micros for c in counts)
    return counted == whole and len(identities) == len(counts)


CASES = (
    OperatorCase(
        operator=MediatedCounts,
        topology=_charging.topology(
            lambda catalogue: (Rate(catalogue), Dedupe(catalogue), MediatedCounts(catalogue)), UsageRecords
        ),
        streams=_charging.streams(_charging.usage),
        long_run=_charging.usage_days,
        cell_bound=0,
        reflected=reflected,
        catalogue=_charging.ENTRIES,
    ),
)
