"""Causal reasoning about alarms: how well a cause explains what is alarmed, and which few causes explain it all."""

from models.correlation.evidence import (
    EVIDENCE,
    EvidenceWeights,
    explanation_value,
    is_physical,
    posterior,
)
from models.correlation.explain import Hypothesis, best_explanation

__all__ = [
    "EVIDENCE",
    "EvidenceWeights",
    "Hypothesis",
    "best_explanation",
    "explanation_value",
    "is_physical",
    "posterior",
]
