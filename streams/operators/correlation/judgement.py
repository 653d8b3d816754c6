"""What is judged of a problem: its ranked causes with the grounds for them, and what is said of it."""

from collections.abc import Hashable, Mapping
from typing import NamedTuple

from streams.operators.correlation.impact import Impact
from telassure.kernel.events import RootCause


class Grounds(NamedTuple):
    """What a ranking was made of beside the members (`joins`): the catalogue's version, how many alarmed dependants the
    causes had that were asked for, and which of the silent causes were known to be well.
    """

    version: int
    joins: int
    reached: Mapping[str, int]
    well: Mapping[str, bool]


class Ranking(NamedTuple):
    """The causes of one problem as they are judged now: `causes` are (object, score, evidence), best first; of the
    best, how many dependants it `explained` and how many are `silent`."""

    centre: str
    explained: int
    silent: int
    causes: list[tuple[str, float, str]]
    grounds: Grounds


class CausesAndCost(NamedTuple):
    """What is said of a problem's causes and cost, with what that was made of."""

    made_of: Hashable
    causes: tuple[RootCause, ...]
    cost: Impact
