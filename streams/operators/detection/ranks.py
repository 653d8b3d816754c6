"""Which ranker is in force for a measurement of a domain.

A ranker orders what is shown and suppresses nothing. Which one is in force is policy (area "models"): "ranker" names a
version by measurement, then by domain, then in general, and "ranker_parameters" of that version holds its numbers.
"""

from collections.abc import Mapping

from models.ranking.ranker import LONGEST, Ranker, read, version_of
from streams.operators.detection.labels import selectors
from streams.operators.detection.policies import NONE, RANKER, RANKER_PARAMETERS

Policies = Mapping[tuple[str, str, str], str]


def ranker_for(policies: Policies, domain: str, measurement: str) -> Ranker | None:
    """The ranker in force; None where there is none, or none of which this release can use the numbers."""
    for selector in (*selectors(measurement), domain, ""):
        version = policies.get((*RANKER.place, selector), NONE)
        if version != NONE:
            return ranker_named(policies, version)
    return None


def ranker_named(policies: Policies, version: str) -> Ranker | None:
    """The ranker of a version; None where its numbers are missing, others than the version says, or unusable."""
    text = policies.get((*RANKER_PARAMETERS.place, version), "")
    return read(text) if len(text) <= LONGEST and version_of(text) == version else None
