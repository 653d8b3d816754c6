"""How often the likeliest cause is right, by how much it has struck: what the model of propagation cannot know."""

from math import log2
from typing import Final

_Shares = tuple[tuple[int, float], ...]
_PLAIN: Final[_Shares] = ((1, 0.16), (6, 0.12), (12, 0.3), (24, 0.8))
_PHYSICAL: Final[_Shares] = ((1, 0.2), (3, 0.45), (6, 0.5), (10, 0.95))
"""(alarmed objects, share of right first causes), where the cause's own alarm names a physical fault and elsewhere.

Of the alarms of one object or a few, most are splinters of something larger that has not shown, or of nothing; so no
posterior among the causes that are seen says more than this. Counted over the labelled scenarios of two networks, which
agree: a lone alarm is right in 13 of 58 and in 6 of 57, a physical fault over eight and more objects in 12 of 12 and in
4 of 4.
"""


def confidence(posterior: float, objects: int, physical: bool) -> float:
    """What a cause may claim: its share among those seen, times how often a problem of so many objects is seen right.

    Between the counts of a table the share changes with their logarithm.

    >>> confidence(1.0, 1, False), confidence(1.0, 100, True), confidence(0.5, 24, False)
    (0.16, 0.95, 0.4)
    """
    (least, share), *rest = _PHYSICAL if physical else _PLAIN
    for count, right in rest:
        if objects < count:
            part = log2(max(objects, least) / least) / log2(count / least)
            return posterior * (share + part * (right - share))
        least, share = count, right
    return posterior * share
