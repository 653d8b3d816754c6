"""What a series' readings show: a gauge its value, a counter its rate per second. That is stored, scored and told."""

from dataclasses import replace

import numpy as np

from models.detection.counters import rates, room_for
from models.detection.layout import Records
from streams.operators.detection.domain_series import DomainSeries, Slots
from telassure.kernel.events import Measurements
from telassure.kernel.instant import SECOND


def readings(cell: DomainSeries, envelope: Measurements, rules: Records, slots: Slots) -> Measurements:
    """The envelope with rates in the place of counts. `rules` has one per measurement. A suspect count is not read."""
    if not rules["kind"].any():
        return envelope
    kinds = rules["kind"][envelope.measurement]
    cell.meters = room_for(cell.meters, len(cell.pairs))
    counts = np.where(envelope.suspect & (kinds != 0), np.nan, envelope.value)
    shown = rates(cell.meters, kinds, slots, envelope.time, counts, envelope.granularity / SECOND)
    return replace(envelope, value=shown)
