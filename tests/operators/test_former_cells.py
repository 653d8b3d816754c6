"""Cells of the release before go on in this one as they would have in that: gaps, counters, elements, verdicts."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any
from zlib import decompress

import pytest

from streams.operators.detection.anomaly import Anomaly
from streams.operators.detection.cell import load_cell
from streams.operators.detection.challenger import Challenger
from telassure.kernel.errors import UnknownSchema
from tests.operators.golden import former_scenario as scenario
from tests.operators.golden.former import header_of, with_header

FROZEN: dict[str, Any] = json.loads((Path(__file__).parent / "golden/former_cells.json").read_text(encoding="utf-8"))


def restored(operator: Any, kept: dict[str, Any]) -> scenario.Cells:
    """The state of an operator as the release before left it."""
    state = scenario.Cells(operator)
    state.cells[scenario.DOMAIN] = operator.load(decompress(b64decode(kept["blob"])), kept["version"])
    state.wake(scenario.DOMAIN, kept["wake"])
    return state


def test_cells_of_the_release_before_go_on_as_they_would_have_in_it() -> None:
    catalogue = scenario.ruled()
    detector, challenger = Anomaly(catalogue), Challenger(catalogue)
    states = (
        restored(detector, FROZEN["cells"]["anomaly"]),
        restored(challenger, FROZEN["cells"]["challenger"]),
    )

    found = scenario.said(scenario.run((detector, challenger), states, scenario.after()))

    assert [each for each in found if each[0] != "ActOutcome"] == FROZEN["after"]  # the record of acts is new


def test_a_cell_of_the_release_before_is_the_same_after_it_was_written_anew() -> None:
    for operator in (Anomaly(scenario.ruled()), Challenger(scenario.ruled())):
        cell = restored(operator, FROZEN["cells"][operator.name]).cells[scenario.DOMAIN]
        blob = operator.dump(cell)
        assert operator.dump(operator.load(blob, operator.state_version)) == blob


def test_what_a_later_release_keeps_is_refused_by_name() -> None:
    blob = restored(Anomaly(scenario.ruled()), FROZEN["cells"]["anomaly"]).cells[scenario.DOMAIN].dump()
    header: dict[str, Any] = header_of(blob)
    header["parts"]["tides"] = [1]
    with pytest.raises(UnknownSchema, match="keeps tides, which a later release wrote"):
        load_cell(with_header(blob, header))


@pytest.mark.parametrize("part", ["peers", "meters", "feedback", "gaps", "elements", "episodes"])
def test_a_part_that_a_cell_does_not_know_begins_anew_and_the_others_go_on(part: str) -> None:
    blob = restored(Anomaly(scenario.ruled()), FROZEN["cells"]["anomaly"]).cells[scenario.DOMAIN].dump()
    header: dict[str, Any] = header_of(blob)
    before = dict(header["parts"])
    del header["parts"][part]
    after: Any = header_of(load_cell(with_header(blob, header)).dump())["parts"]
    assert {name: kept for name, kept in after.items() if name != part} == {
        n: k for n, k in before.items() if n != part
    }
    assert after[part] != before[part] or part == "meters"
