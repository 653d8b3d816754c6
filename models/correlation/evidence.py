"""What each piece of evidence for or against one failed element is worth, in units of log-likelihood."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Final


@dataclass(frozen=True, slots=True)
class EvidenceWeights:
    """Log-likelihood weights of a naive Bayes model of fault propagation; all positive, natural logarithms.

    `prior`: a fault of its own costs this much (one chance in e^6, about 400, that an element fails in the window).
    `explained`: -log of the chance of about 0.7 that a dependant of a failed element is alarmed. `passed`: what an
    object costs that is struck and says nothing, between a cause and its consequences. `unsaid`: -log of the chance of
    about 0.3 that a cause has no alarm of its own.
    `late`: per second by which the cause's own alarm came after the first it explains, at most `late_most`, so that
    delivery delay never outweighs a single unexplained object. `physical`: its own alarm names a physical fault.
    """

    prior: float = 8.0
    explained: float = 0.36
    passed: float = 0.5
    inferred: float = 2.0
    unsaid: float = 2.5
    late: float = 0.02
    late_most: float = 1.0
    physical: float = 1.0

    @property
    def worth(self) -> float:
        """What explaining one alarmed object saves over a fault of its own."""
        return self.prior - self.explained


EVIDENCE: Final = EvidenceWeights()
_WORTH: Final = EVIDENCE.worth

# X.733 / X.736 and TMF642 probable causes that name a broken thing, not a consequence; compared without case and
# punctuation.
_PHYSICAL: Final = frozenset(
    (
        "powerproblem",
        "commercialpowerfailure",
        "powerfailure",
        "powersupplyfailure",
        "mainsfailure",
        "acpowerfailure",
        "batteryfailure",
        "batterydischarging",
        "rectifierfailure",
        "lossofsignal",
        "los",
        "lossofpower",
        "cablecut",
        "fibrecut",
        "fibercut",
        "linefault",
        "linkdown",
        "transmissionfailure",
        "transmitterfailure",
        "receiverfailure",
        "laserfailure",
        "equipmentfailure",
        "equipmentmalfunction",
        "hardwarefailure",
        "boardfailure",
        "cardfailure",
        "linecardproblem",
        "processorproblem",
        "fire",
        "flood",
        "enclosuredooropen",
        "heatingventcoolingproblem",
        "antennafailure",
        "replaceableunitproblem",
        "replaceableunitmissing",
        "multiplexerproblem",
        "iodeviceerror",
        "timingproblem",
    )
)


def is_physical(probable_cause: str) -> bool:
    """Whether a probable cause names a physical fault.

    >>> is_physical("Loss of Signal"), is_physical("communicationsProtocolError")
    (True, False)
    """
    return "".join(filter(str.isalnum, probable_cause)).lower() in _PHYSICAL


def explanation_value(
    explained: int, pattern: float, own_alarm: bool, late_seconds: float = 0.0, physical: bool = False
) -> float:
    """How much better one fault explains `explained` alarmed objects than a fault of each, given what the `pattern` of
    alarmed and silent branches below it costs (`branch_cost`).

    `late_seconds` is how long its own alarm came after the first (0 or less: not late). Positive: the one fault is the
    likelier story. A single object without dependants is worth the same as its own fault but for the evidence of its
    alarm.

    >>> explanation_value(explained=14, pattern=2.0, own_alarm=True) > explanation_value(13, 0.0, own_alarm=True)
    True
    >>> explanation_value(explained=2, pattern=16.0, own_alarm=True) < 0
    True
    """
    weights = EVIDENCE
    value = explained * _WORTH - weights.prior - pattern
    if not own_alarm:
        return value - weights.unsaid
    if late_seconds > 0.0:
        value -= min(late_seconds * weights.late, weights.late_most)
    if physical:
        value += weights.physical
    return value


def posterior(values: Sequence[float]) -> list[float]:
    """Log-likelihoods of rival causes as probabilities that sum to 1 (softmax); empty for none.

    >>> posterior([2.0, 2.0])
    [0.5, 0.5]
    """
    if not values:
        return []
    top = max(values)
    odds = [exp(value - top) for value in values]
    total = sum(odds)
    return [each / total for each in odds]
