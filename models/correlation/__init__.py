"""Causal reasoning about alarms: how well a cause explains what is alarmed, and which few causes explain it all."""

from models.correlation.branches import branch_cost
from models.correlation.confidence import (
    CALIBRATION,
    UNDETERMINED,
    UNFITTED,
    CauseCalibration,
    CauseSigns,
    posterior_of,
    shared_out,
)
from models.correlation.evidence import (
    EVIDENCE,
    EvidenceWeights,
    explanation_value,
    is_physical,
    posterior,
)
from models.correlation.explain import Hypothesis, best_explanation
from models.correlation.lineage import Lineage, far_rules
from models.correlation.naming import NamedSupports, NameRule, name_rules, named_supports
from models.correlation.symptoms import AlarmPart, is_load, is_radio, is_supply, part_of

__all__ = [
    "CALIBRATION",
    "EVIDENCE",
    "UNDETERMINED",
    "UNFITTED",
    "AlarmPart",
    "CauseCalibration",
    "CauseSigns",
    "EvidenceWeights",
    "Hypothesis",
    "Lineage",
    "NameRule",
    "NamedSupports",
    "best_explanation",
    "branch_cost",
    "explanation_value",
    "far_rules",
    "is_load",
    "is_physical",
    "is_radio",
    "is_supply",
    "name_rules",
    "named_supports",
    "part_of",
    "posterior",
    "posterior_of",
    "shared_out",
]
