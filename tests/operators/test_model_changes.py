"""The history of decisions on models is read from policies, which anyone with the role may write by hand."""

from dataclasses import asdict

import orjson
import pytest

from streams.operators.detection.model_changes import ModelChange, entries, history, next_number, to_undo
from streams.operators.detection.policies import MODEL_CHANGE

SOUND = ModelChange(
    "c-1", "promote", "", "balanced", "b1", "novelty", "n1", "ann", "quieter", 7, 3, figures={"open": 2}
)


def policies(*audits: dict[str, object]) -> dict[tuple[str, str, str], str]:
    kept = {(entry.area, entry.name, entry.selector): entry.value for entry in entries(SOUND)}
    return kept | {(*MODEL_CHANGE.place, f"hand-{n}"): orjson.dumps(audit).decode() for n, audit in enumerate(audits)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "4"},
        {"number": None},
        {"at": []},
        {"selector": 5},
        {"undoes": None},
        {"figures": 1},
        {"figures": {"open": "x"}},
    ],
    ids=str,
)
def test_an_audit_with_a_part_of_another_kind_is_passed_over(wrong: dict[str, object]) -> None:
    by_hand = asdict(SOUND) | {"change_id": "c-2"}
    assert [change.change_id for change in history(policies(by_hand))] == ["c-1", "c-2"]
    found = policies(by_hand | wrong)
    assert (history(found), next_number(found), to_undo(history(found), "")) == ([SOUND], 4, SOUND)


def test_a_figure_that_was_not_defined_leaves_the_decision_in_force() -> None:
    undefined = asdict(SOUND) | {"change_id": "c-2", "number": 4, "figures": {"auc": None}}
    assert [change.change_id for change in history(policies(undefined))] == ["c-1", "c-2"]
