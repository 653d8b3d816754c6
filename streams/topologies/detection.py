"""Detection: telemetry by domain, scored and stored; its episodes go on to assurance."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from streams.catalogue import Catalogue
from streams.topology import AnyOperator, CheckpointPolicy, Hop, Source, Topology
from telassure.events import KpiEpisode, Measurements
from telassure.events.kpi import Ints
from telassure.instant import HOUR, Duration

LATENESS: Final[Duration] = HOUR


def domain_of(envelope: Measurements) -> tuple[tuple[str, ...], Ints]:
    """An envelope holds rows of one domain only."""
    return (envelope.domain,), np.zeros(len(envelope), np.int32)


def episode_domain(episode: KpiEpisode) -> str:
    return episode.domain


def operators(catalogue: Catalogue) -> Sequence[AnyOperator]:
    """Imported where it is used: numba takes a second to load, and only workers score."""
    from streams.operators.anomaly import Anomaly

    return (Anomaly(catalogue),)


DETECTION: Final = Topology(
    name="detection",
    sources=(Source(Measurements, keys=domain_of, lateness=LATENESS, late="store"),),
    operators=operators,
    hops=(Hop(KpiEpisode, to="assurance", key=episode_domain),),
    checkpoint=CheckpointPolicy(paced=True),
)
