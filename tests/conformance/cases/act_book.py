"""The laws for ActBook."""

from collections.abc import Sequence
from typing import Any

from streams.hosts.driver import Outcome
from streams.operators.desk.act_book import REMEMBERED, ActBook
from telassure.kernel.commands import PROBLEM
from telassure.kernel.events import Act, Tick
from telassure.kernel.instant import MINUTE
from tests.conformance.cases import OperatorCase, _assurance


def answered(inputs: Sequence[Any], outcome: Outcome) -> bool:
    """Every act on a problem has its outcome."""
    return _assurance.answered(inputs, outcome, "problem")


def ever_new(count: int) -> list[Any]:
    """Ever new problems acknowledged, and the time after which all are forgotten."""
    made = [
        Act(
            f"a-{n}", "ack", "problem", f"p-{n}", "east", "ems", _assurance.START + n * MINUTE, (), (), "eve", True, "",
            "page", _assurance.START + n * MINUTE,
        )
        for n in range(count)
    ]  # fmt: skip
    return [*made, Tick(_assurance.START + count * MINUTE + REMEMBERED)]


CASES = (
    OperatorCase(
        operator=ActBook,
        topology=_assurance.topology(lambda catalogue: (ActBook("streams.operators.desk", (PROBLEM,)),)),
        streams=_assurance.streams(),
        long_run=ever_new,
        cell_bound=2,
        reflected=answered,
    ),
)
