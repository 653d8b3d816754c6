"""Elements as earlier releases kept them, as this release's.

What they had learned is kept, with the open episodes. The first layout knew no jumps: those of KPIs begin anew. The
second did not count how often there was too much evidence: all steps that taught count as having had none.
"""

from typing import Final

import numpy as np

from models.detection.element import KPI, fresh_elements
from models.detection.excursions import MOST_JUDGED
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


ELEMENT_2: Final = np.dtype(
    [
        ("step", "i8"),
        ("last", "i8"),
        ("since", "i8"),
        ("group", "i8"),
        ("grouped", "i8"),
        ("told", "i8"),
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
        ("far", "f4", (16,)),
        ("held", "f4", (4,)),
        ("held_spread", "f4", (4,)),
        ("held_most", "f4", (4,)),
        ("excess_most", "f4"),
        ("excess_sum", "f4"),
        ("excesses", "f4"),
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
        ("leaping", "u2"),
        ("hour", "u2"),
        ("hours", "u2"),
        ("daily", "u1", (24,)),
        ("hour_most", "u1"),
        ("open", "u1"),
        ("severity", "u1"),
        ("channel", "u1"),
        ("judged", "u1"),
        ("unlearned", "u1"),
        ("held_any", "u1"),
    ]
)


def elements_from(old: Records) -> Records:
    """The same elements, of any earlier layout, in today's, in the same order."""
    elements = filled(fresh_elements(len(old)), old)
    elements["weighed"], elements["judged"] = old["judged"], np.minimum(old["steps"], MOST_JUDGED)
    return elements


def kpis_from_1(old: Records) -> Records:
    """The same series' part in their elements in today's layout, in the same order."""
    return filled(np.zeros(len(old), KPI), old)


def filled(records: Records, old: Records) -> Records:
    """The records with every field that the old ones have too."""
    for name in set(old.dtype.names or ()) & set(records.dtype.names or ()):
        records[name] = old[name]
    return records
