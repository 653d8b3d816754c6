"""What each piece of evidence for or against one failed element is worth, in units of log-likelihood."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Final


@dataclass(frozen=True, slots=True)
class EvidenceWeights:
    """Log-likelihood weights of a naive Bayes model of fault propagation; all positive, natural logarithms.

    `prior`: a fault of its own costs this much (one chance in e^6, about 400, that an element fails in the window).
    `explained`: -log of the chance of about 0.7 that a dependant of a failed element is alarmed.
    `silent`: -log of the chance of about 0.3 that it is not, where the cause itself is silent too. `silent_alarmed`:
    the same where the cause has an alarm of its own, since a partial failure that reaches few dependants is then
    likely.
    `late`: per second by which the cause's own alarm came after the first it explains, at most `late_most`, so that
    delivery delay never outweighs a single unexplained object. `physical`: its own alarm names a physical fault.
    """

    prior: float = 6.0
    explained: float = 0.36
    silent: float = 1.2
    silent_alarmed: float = 0.3
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
    explained: int, silent: int, own_alarm: bool, late_seconds: float = 0.0, physical: bool = False
) -> float:
    """How much better one fault explains `explained` alarmed objects than a fault of each, given its `silent`
    dependants.

    `late_seconds` is how long its own alarm came after the first (0 or less: not late). Positive: the one fault is the
    likelier story. A single object without dependants is worth the same as its own fault but for the evidence of its
    alarm.

    >>> explanation_value(explained=14, silent=1, own_alarm=True) > explanation_value(13, 0, own_alarm=True)
    True
    >>> explanation_value(explained=2, silent=198, own_alarm=True) < 0
    True
    """
    weights = EVIDENCE
    silence = weights.silent_alarmed if own_alarm else weights.silent
    value = explained * _WORTH - weights.prior - silent * silence
    if own_alarm:
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
