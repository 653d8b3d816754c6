"""Every episode that scores have made carries what was known of it and, where a ranker is in force, its rank.

A ranker orders what is shown and suppresses nothing. Which one is in force is policy (area "models"): "ranker" names a
version by measurement, then by domain, then in general, and "ranker_parameters" of that version holds its numbers.
"""

from collections.abc import Mapping
from dataclasses import replace

from models.detection.layout import OPENED
from models.ranking.features import FEATURES, Standing, evidence_of
from models.ranking.ranker import LONGEST, Ranker, read, version_of
from streams.operators.detection.domain_series import DomainSeries
from streams.operators.detection.episode_changes import Change
from streams.operators.detection.feedback import bounded
from streams.operators.detection.policies import NONE, RANKER, RANKER_PARAMETERS
from telassure.kernel.events import KpiEpisode
from telassure.kernel.instant import SECOND, Instant

Policies = Mapping[tuple[str, str, str], str]


def ranker_for(policies: Policies, domain: str, measurement: str) -> Ranker | None:
    """The ranker in force; None where there is none, or none of which this release can use the numbers."""
    for selector in (measurement, domain, ""):
        version = policies.get((*RANKER.place, selector), NONE)
        if version != NONE:
            return ranker_named(policies, version)
    return None


def ranker_named(policies: Policies, version: str) -> Ranker | None:
    """The ranker of a version; None where its numbers are missing, others than the version says, or unusable."""
    text = policies.get((*RANKER_PARAMETERS.place, version), "")
    return read(text) if len(text) <= LONGEST and version_of(text) == version else None


def ranked(
    told: KpiEpisode, change: Change, cell: DomainSeries, ranker: Ranker | None, local: Instant
) -> tuple[KpiEpisode, tuple[str, ...]]:
    """The episode with what is known of it at its row, and the KPIs that are with it; a closed one with what was when
    it last was open. `local` is the wall clock at the mark's row."""
    slot = int(change.mark["slot"])
    if told.state == "closed":
        states, others = cell.evidence.close(slot)
    else:
        if change.mark["kind"] == OPENED:
            cell.evidence.open(slot, told.measurement, told.changed_at)
        others = change.beside.others
        states = cell.evidence.note(slot, evidence_of(standing(told, change, cell, local)))
    if ranker is None or not states or len(states[-1]) < len(FEATURES):  # an older release's know less
        return replace(told, evidence=states), others
    return replace(told, evidence=states, rank=ranker.probability(states[-1], told.measurement)), others


def standing(told: KpiEpisode, change: Change, cell: DomainSeries, local: Instant) -> Standing:
    """What the cell and the mark say of an episode that is open."""
    mark, beside = change
    series, whole = (told.managed_object, told.measurement), ("", told.measurement)
    around = cell.evidence.surround(int(mark["slot"]), told.measurement, told.changed_at, beside.others)
    return Standing(
        peak=told.peak_score,
        value=told.value,
        expected=told.expected,
        band=float(mark["band"]),
        channel=int(mark["channel"]),
        severity=told.severity,
        local=local,
        lasted=(told.changed_at - told.started_at) / SECOND,
        series_lately=around.of_series,
        measurement_lately=around.of_measurement,
        companions=len(around.others),
        learned=beside.learned,
        factor=bounded(cell.feedback.factor(series) * cell.feedback.factor(whole)),
    )
