"""Every episode that scores have made carries what was known of it and, where a ranker is in force, its rank.

A ranker orders what is shown and suppresses nothing. Which one is in force is policy (area "models"): "ranker" names a
version by measurement, then by domain, then in general, and "ranker_parameters" of that version holds its numbers.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from models.detection.layout import Record
from models.ranking.features import FEATURES, Standing, evidence_of
from models.ranking.ranker import Ranker, read, version_of
from streams.operators.detection_words import companions
from streams.operators.domain_series import DomainSeries
from streams.operators.episode_evidence import lately
from streams.operators.feedback import bounded
from telassure.events import KpiEpisode
from telassure.instant import SECOND, Instant

AREA: Final = "models"
RANKER: Final = "ranker"
PARAMETERS: Final = "ranker_parameters"
NO_RANKER: Final = "none"
"""A selector's own policy with this value is as none: the wider one is in force."""

Policies = Mapping[tuple[str, str, str], str]


def ranker_for(policies: Policies, domain: str, measurement: str) -> Ranker | None:
    """The ranker in force; None where there is none, or none of which this release can use the numbers."""
    for selector in (measurement, domain, ""):
        version = policies.get((AREA, RANKER, selector), NO_RANKER)
        if version != NO_RANKER:
            return ranker_named(policies, version)
    return None


def ranker_named(policies: Policies, version: str) -> Ranker | None:
    """The ranker of a version; None where its numbers are missing, others than the version says, or unusable."""
    text = policies.get((AREA, PARAMETERS, version), "")
    return read(text) if version_of(text) == version else None


def ranked(told: KpiEpisode, mark: Record, cell: DomainSeries, ranker: Ranker | None, local: Instant) -> KpiEpisode:
    """The episode with what is known of it now; a closed one with what was known when it last was open. `local` is the
    wall clock at the mark's row."""
    slot = int(mark["slot"])
    if told.state == "open":
        states = cell.evidence.note(slot, evidence_of(standing(told, mark, cell, local)))
    else:
        states = cell.evidence.close(slot, told.measurement, told.changed_at)
    if ranker is None or not states or len(states[-1]) < len(FEATURES):  # an older release's know less
        return replace(told, evidence=states)
    return replace(told, evidence=states, rank=ranker.probability(states[-1], told.measurement))


def standing(told: KpiEpisode, mark: Record, cell: DomainSeries, local: Instant) -> Standing:
    """What the cell and the mark say of an episode that is open."""
    slot, at = int(mark["slot"]), told.changed_at
    series, whole = (told.managed_object, told.measurement), ("", told.measurement)
    return Standing(
        peak=told.peak_score,
        value=told.value,
        expected=told.expected,
        band=float(mark["band"]),
        channel=int(mark["channel"]),
        severity=told.severity,
        local=local,
        lasted=(at - told.started_at) / SECOND,
        series_lately=lately(cell.evidence.of_series, slot, at),
        measurement_lately=lately(cell.evidence.of_measurement, told.measurement, at),
        companions=len(companions(cell, slot, at)),
        learned=float(cell.state["learned"][slot]),
        factor=bounded(cell.feedback.factor(series) * cell.feedback.factor(whole)),
    )
