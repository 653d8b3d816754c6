"""The laws for CaseBook."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from streams.hosts.driver import Outcome
from streams.operators.commands import owner_of
from streams.operators.controls.case_book import REMEMBERED, CaseBook
from streams.topologies.charging import NEVER_LATE
from streams.topology import Source, Topology
from telassure.kernel.events import Act, Tick
from telassure.kernel.instant import MINUTE
from tests.conformance.cases import OperatorCase, _assurance, _charging


def act(number: int, command: str, case: int, owner: str = "a-1") -> Act:
    at = _charging.START + number * MINUTE
    where = (f"act-{number}", command, "leakage case", f"case-{case}", owner, "", at, (), ())
    return Act(*where, "eve", True, "test", "page", at)


@st.composite
def streams(draw: st.DrawFn) -> list[Any]:
    commands, owners = st.sampled_from(("approve", "dispute")), st.sampled_from(("a-1", "a-2"))
    asked = draw(st.lists(st.tuples(st.integers(0, 60), commands, st.integers(0, 3), owners), max_size=30))
    return [*(act(*each) for each in asked), Tick(_charging.START + 100 * MINUTE + REMEMBERED)]


def ever_new(count: int) -> list[Any]:
    """Ever new cases decided about, and the time after which all are forgotten."""
    made = [act(number, "approve", number) for number in range(count)]
    return [*made, Tick(_charging.START + count * MINUTE + REMEMBERED)]


def answered(inputs: Sequence[Any], outcome: Outcome) -> bool:
    """Every act on a case has its outcome."""
    return _assurance.answered(inputs, outcome, "leakage case")


CASES = (
    OperatorCase(
        operator=CaseBook,
        topology=lambda: Topology("laws", (Source(Act, owner_of, lateness=NEVER_LATE),), lambda _: (CaseBook(),)),
        streams=streams(),
        long_run=ever_new,
        cell_bound=2,
        reflected=answered,
    ),
)
