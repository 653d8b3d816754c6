"""Elements as the release before kept them, which knew no jumps, as this release's.

What they had learned is kept, with the open episodes; the jumps of KPIs begin anew.
"""

from typing import Final

import numpy as np

from models.detection.element import KPI, fresh_elements
from models.detection.layout import Records

KPI_1: Final = np.dtype([("usual", "f4"), ("spread", "f4"), ("rows", "u2"), ("counted", "u2")])

ELEMENT_1: Final = np.dtype(
    [
        ("step", "i8"),
        ("last", "i8"),
        ("since", "i8"),
        ("group", "i8"),
        ("grouped", "i8"),
        ("peak_value", "f8"),
        ("peak_expected", "f4"),
        ("peak_band", "f4"),
        ("peak", "f4"),
        ("novelty", "f4"),
        ("stray", "f4"),
        ("weight", "f4"),
        ("usual_novelty", "f4"),
        ("novelty_spread", "f4"),
        ("usual_stray", "f4"),
        ("stray_spread", "f4"),
        ("covered", "f4"),
        ("behind", "f4"),
        ("top", "i4", (3,)),
        ("share", "f4", (3,)),
        ("worst_top", "i4", (3,)),
        ("worst_share", "f4", (3,)),
        ("steps", "u2"),
        ("number", "u2"),
        ("rows", "u2"),
        ("wont", "u2"),
        ("heard", "u2"),
        ("new", "u2"),
        ("worst_heard", "u2"),
        ("episodes", "u2"),
        ("recent", "u2"),
        ("feed", "u2"),
        ("open", "u1"),
        ("severity", "u1"),
        ("channel", "u1"),
        ("judged", "u1"),
        ("unlearned", "u1"),
        ("spare", "u1", (3,)),
    ]
)


def elements_from_1(old: Records) -> Records:
    """The same elements in today's layout, in the same order."""
    return filled(fresh_elements(len(old)), old)


def kpis_from_1(old: Records) -> Records:
    """The same series' part in their elements in today's layout, in the same order."""
    return filled(np.zeros(len(old), KPI), old)


def filled(records: Records, old: Records) -> Records:
    """The records with every field that the old ones have too."""
    for name in set(old.dtype.names or ()) & set(records.dtype.names or ()):
        records[name] = old[name]
    return records
