"""Cells of the release before go on in this one as they would have in that: gaps, counters, elements, verdicts."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any
from zlib import decompress

import pytest

from streams.operators.detection.anomaly import Anomaly
from streams.operators.detection.cell import PARTS, load_cell
from streams.operators.detection.challenger import Challenger
from streams.operators.detection.feedback import Feedback
from streams.operators.detection.scoring import Scoring
from telassure.kernel.errors import UnknownSchema
from tests.operators.golden import former_scenario as scenario
from tests.operators.golden.former import header_of, with_header
from tests.operators.golden.later import FUTURE, changed, maps_of


def frozen(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(__file__).parent / "golden" / name).read_text(encoding="utf-8"))
    return found


FROZEN = frozen("former_cells.json")
RELEASES = {"before-move": FROZEN["cells"], "version 3": frozen("version_3_cells.json")["cells"]}
"""Cells of one state: the release before wrote headers by place, version 3 named the parts but not what is in them."""


def restored(operator: Any, kept: dict[str, Any]) -> scenario.Cells:
    """The state of an operator as the release before left it."""
    state = scenario.Cells(operator)
    state.cells[scenario.DOMAIN] = operator.load(decompress(b64decode(kept["blob"])), kept["version"])
    state.wake(scenario.DOMAIN, kept["wake"])
    return state


@pytest.mark.parametrize("cells", RELEASES.values(), ids=RELEASES)
def test_cells_of_the_release_before_go_on_as_they_would_have_in_it(cells: dict[str, Any]) -> None:
    catalogue = scenario.ruled()
    detector, challenger = Anomaly(catalogue), Challenger(catalogue)
    states = (
        restored(detector, cells["anomaly"]),
        restored(challenger, cells["challenger"]),
    )

    found = scenario.said(scenario.run((detector, challenger), states, scenario.after()))

    assert [each for each in found if each[0] != "ActOutcome"] == FROZEN["after"]  # the record of acts is new


@pytest.mark.parametrize("cells", RELEASES.values(), ids=RELEASES)
def test_a_cell_of_the_release_before_is_the_same_after_it_was_written_anew(cells: dict[str, Any]) -> None:
    for operator in (Anomaly(scenario.ruled()), Challenger(scenario.ruled())):
        cell = restored(operator, cells[operator.name]).cells[scenario.DOMAIN]
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
    after: dict[str, Any] = header_of(load_cell(with_header(blob, header)).dump())["parts"]
    assert {name: kept for name, kept in after.items() if name != part} == {
        n: k for n, k in before.items() if n != part
    }
    assert after.get(part) != before[part]


WRITTEN = restored(Anomaly(scenario.ruled()), RELEASES["version 3"]["anomaly"]).cells[scenario.DOMAIN].dump()
MAPS = tuple(maps_of(header_of(WRITTEN)))


@pytest.mark.parametrize("path", MAPS, ids=str)
def test_a_field_of_a_later_release_is_refused_in_each_map_of_a_cell(path: tuple[Any, ...]) -> None:
    with pytest.raises(UnknownSchema, match=FUTURE):
        load_cell(changed(WRITTEN, path, lambda place: place.update({FUTURE: "added by a later release"})))


def test_every_part_and_what_it_holds_is_among_those_maps() -> None:
    parts = {path[1] for path in MAPS if len(path) == 2}
    assert parts == {part.name for part in PARTS} - {Scoring.name}
    assert {path[2] for path in MAPS if len(path) > 2} == {"evidence", "targets"}


def test_the_part_that_keeps_nothing_refuses_what_a_later_release_keeps_in_it() -> None:
    with pytest.raises(UnknownSchema, match="tides of scores"):
        load_cell(changed(WRITTEN, ("parts",), lambda parts: parts.update({Scoring.name: {"tides": 1}})))


def test_a_field_that_a_cell_lacks_has_its_default_and_the_others_are_as_kept() -> None:
    lacking = load_cell(changed(WRITTEN, ("parts", "feedback"), lambda feedback: feedback.pop("changes")))
    whole = load_cell(WRITTEN)
    assert (lacking.part(Feedback).changes, lacking.part(Feedback).targets) == (0, whole.part(Feedback).targets)
    assert whole.part(Feedback).changes == 2


FURTHER = "added by a later release"
BEYOND = {
    "peers": [-1, {}, FURTHER],
    "feedback": [0, [], FURTHER],
    "elements": [0, b"", 0, b"", FURTHER],
    "episodes": [{}, None, FURTHER],
    "evidence": [{}, [[], [], [], [], FURTHER]],
    "around": [{}, [[], [], [], [[0, 0.0, 0.0, [], FURTHER]]]],
}
"""What version 3 kept of its parts, with one value more than it had places for."""


@pytest.mark.parametrize("kept", BEYOND.items(), ids=BEYOND)
def test_more_values_than_version_3_had_places_for_are_refused(kept: tuple[str, Any]) -> None:
    blob = decompress(b64decode(RELEASES["version 3"]["anomaly"]["blob"]))
    header = header_of(blob)
    header["parts"][kept[0] if kept[0] in header["parts"] else "episodes"] = kept[1]
    with pytest.raises(UnknownSchema, match="1 further; run the release that wrote it"):
        load_cell(with_header(blob, header), 3)


def test_values_by_place_are_refused_in_a_cell_of_this_version() -> None:
    blob = decompress(b64decode(RELEASES["version 3"]["anomaly"]["blob"]))
    with pytest.raises(UnknownSchema, match="not a SeriesHeader by the names of its fields"):
        load_cell(blob)
