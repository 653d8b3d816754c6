"""A control of money: what it compares, when it judges, what it tolerates, and who answers for what it finds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from streams.catalogue import Catalogue
from streams.operator import Operator
from telassure.kernel.declared import declared, derived
from telassure.kernel.policies import Policy

MODULES: Final = "streams.operators.controls"
AnyControlOperator = Operator[Any, Any, Any]  # the cell type is the operator's own affair


@dataclass(frozen=True, eq=False)
class Control:
    """One control, declared beside its operator in a file of its own (GB941: what may be lost, and where it is looked
    for).

    `owner` answers for what is found. `evidence` are the records that the operator compares, `threshold` the policies
    that say what is tolerated, `schedule` those that say when it judges, which `judges` puts into words. `at_risk` is
    how the money is valued. `findings` are the words under which its leakage is kept; its state is what is open there.
    """

    name: str
    text: str
    owner: str
    operator: Callable[[Catalogue], AnyControlOperator]
    evidence: tuple[type, ...]
    threshold: tuple[Policy[Any], ...]
    schedule: tuple[Policy[Any], ...]
    judges: str
    at_risk: str
    findings: tuple[str, ...]


@derived
def controls() -> tuple[Control, ...]:
    """Every control, by the name of its module."""
    return declared(Control, MODULES)
