"""The product's detector as an evaluation sees it, and the one way in which any detector is fed."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import numpy as np

from models.detection.layout import Columns, Setting, fresh_series
from models.detection.seasonal import advance, no_marks, no_scores
from streams.catalogue import Catalogue
from streams.operators.detection.policies import SILENCE
from streams.operators.detection.rules import rules_for
from telassure.evaluation.anomalies.corpus import Floats, Series, Times
from telassure.kernel.errors import ConfigurationError
from telassure.kernel.events import PolicyValue

# The next rows of one series, in order, to their scores (NaN: not scored). Called again and again for one series; it
# never learns a name, a label, or how much is still to come.
Detector: TypeAlias = Callable[[Times, Floats], Floats]

PROFILES: Final = ("novelty", "balanced", "sensitive")
CHUNK: Final = 500  # rows a detector is given at once


def scores_of(detector: Detector, series: Series) -> Floats:
    """The scores of one series from a fresh detector, fed once and in order, some rows at a time."""
    parts = []
    for start in range(0, len(series), CHUNK):
        rows = slice(start, start + CHUNK)
        parts.append(detector(series.time[rows].copy(), series.value[rows].copy()))
    return np.concatenate(parts) if parts else np.empty(0)


def policies_of(profile: str) -> tuple[PolicyValue, ...]:
    """The policies that set the detection operator to a profile: the one place that knows. ConfigurationError for a
    profile that the operator does not have."""
    if profile not in PROFILES:
        raise ConfigurationError(f"--profile: the detector has no profile {profile!r}; it has {', '.join(PROFILES)}")
    return (PolicyValue("detection", "profile", profile),)


def product_detector(profile: str = "balanced", policies: Sequence[PolicyValue] = ()) -> Detector:
    """A fresh detector of the product for one series, as the operator `anomaly` runs it under the profile's policies
    (and further ones over them) and from a feed that does not say its granularity. ConfigurationError as
    `policies_of`."""
    catalogue = Catalogue()
    catalogue.apply((*policies_of(profile), *policies))
    state, rules = fresh_series(1), rules_for(catalogue, "", ("value",))
    setting = Setting(feed=0, granularity=0.0, silence=SILENCE.of(catalogue))

    def detect(time: Times, value: Floats) -> Floats:
        rows = len(time)
        zero = np.zeros(rows, np.int32)
        columns = Columns(slot=zero, rule=zero, time=time, value=value, suspect=np.zeros(rows, np.bool_))
        scores = no_scores(rows)
        advance(state, rules, columns, setting, scores, no_marks(rows))
        return scores.score

    return detect
