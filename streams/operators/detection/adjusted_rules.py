"""The kernel's rules with operators' feedback on them: a row of its own for each series that was judged."""

from typing import Final

import numpy as np

from models.detection.layout import Records
from streams.operators.detection.domain_series import DomainSeries, Slots
from streams.operators.detection.feedback import bounded
from telassure.kernel.events import Measurements
from telassure.kernel.events.kpi import Ints

DIVIDED: Final = ("threshold", "limit")
"""What a factor multiplies: the score is divided by these, so that a factor of 2 halves it."""


def adjusted(cell: DomainSeries, rules: Records, envelope: Measurements, slots: Slots) -> tuple[Records, Ints]:
    """The rules, one per measurement and then one per judged series, and each row's rule. The factors of a series and
    of its measurement multiply, within the bounds of one."""
    whole = [cell.feedback.factor(("", name)) for name in envelope.names]
    places = {name: place for place, name in enumerate(envelope.names)}
    judged = sorted(
        (cell.slots[pair], places[pair[1]], labels.factor)
        for pair, labels in cell.feedback.targets.items()
        if pair[1] in places and pair in cell.slots
    )
    found = np.concatenate((rules, rules[[place for _, place, _ in judged]])) if judged else rules.copy()
    factors = [*whole, *(bounded(own * whole[place]) for _, place, own in judged)]
    for column in DIVIDED:
        found[column][: len(factors)] *= factors
    return found, _rows(envelope, slots, np.array([slot for slot, _, _ in judged], np.int64))


def _rows(envelope: Measurements, slots: Slots, judged: Slots) -> Ints:
    """Each row's rule: its measurement's, or that of its series where `judged` (ascending) holds it."""
    if not len(judged):
        return envelope.measurement
    place = np.minimum(np.searchsorted(judged, slots), len(judged) - 1)
    own = judged[place] == slots
    return np.where(own, len(envelope.names) + place, envelope.measurement).astype(np.int32)
