"""Detection: telemetry by domain, scored and stored; its episodes go on to assurance, verdicts on them come back."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from streams.catalogue import Catalogue
from streams.operators.commands import owner_of
from streams.topology import AnyOperator, CheckpointPolicy, Hop, Source, Topology
from telassure.kernel.events import Act, KpiEpisode, Measurements, Verdict
from telassure.kernel.events.kpi import Ints
from telassure.kernel.instant import DAY, HOUR, Duration

LATENESS: Final[Duration] = HOUR
JUDGED: Final[Duration] = 36_500 * DAY  # an episode of any age may be judged


def domain_of(envelope: Measurements) -> tuple[tuple[str, ...], Ints]:
    """An envelope holds rows of one domain only."""
    return (envelope.domain,), np.zeros(len(envelope), np.int32)


def verdict_domain(verdict: Verdict) -> tuple[tuple[str, ...], None]:
    return (verdict.domain,), None


def episode_domain(episode: KpiEpisode) -> str:
    return episode.domain


def operators(catalogue: Catalogue) -> Sequence[AnyOperator]:
    """Imported where it is used: numba takes a second to load, and only workers score."""
    from streams.operators.detection.anomaly import Anomaly
    from streams.operators.detection.challenger import Challenger

    return Anomaly(catalogue), Challenger(catalogue)


DETECTION: Final = Topology(
    name="detection",
    sources=(
        Source(Measurements, keys=domain_of, lateness=LATENESS, late="correct"),
        Source(Verdict, keys=verdict_domain, lateness=JUDGED),
        Source(Act, keys=owner_of, lateness=JUDGED),
    ),
    operators=operators,
    hops=(Hop(KpiEpisode, to="assurance", key=episode_domain),),
    checkpoint=CheckpointPolicy(paced=True),
)
