"""What is a little wrong with an element for long opens an incident only where the element is seldom so."""

import numpy as np
import pytest

from models.detection.element import LEAST_BEHIND, fresh_elements
from models.detection.element_verdict import prove_step
from models.detection.layout import Record

STEPS = 10


def element_of(judged: int, outside: int, behind: float = LEAST_BEHIND) -> Record:
    """An element that had too much evidence in so many of its steps, less than twice what is too much."""
    element = fresh_elements(1)[0]
    element["behind"], element["judged"] = behind, judged
    element["outside"][0, 0] = outside
    return element


def steps_to_proof(element: Record, *evidence: float) -> int:
    """After how many steps with this evidence (over what is too much, by turns) there is proof; STEPS: not by then."""
    found = [prove_step(element, evidence[step % len(evidence)]) for step in range(STEPS)]
    return found.index(True) + 1 if any(found) else STEPS


@pytest.mark.parametrize(("judged", "outside", "steps"), [(4_000, 4, 3), (4_000, 120, 4), (60_000, 60, 3)])
def test_an_element_that_often_has_too_much_evidence_needs_more_of_it(judged: int, outside: int, steps: int) -> None:
    assert steps_to_proof(element_of(judged, outside), 1.5) == steps


@pytest.mark.parametrize("judged", [4_000, 40_000])
def test_much_more_evidence_than_ever_is_proof_at_once_where_a_little_is_none(judged: int) -> None:
    assert steps_to_proof(element_of(judged, 250), 20.0) == 2
    assert steps_to_proof(element_of(400, 250), 1.5) == STEPS


def test_calm_steps_between_take_from_the_proof() -> None:
    assert steps_to_proof(element_of(4_000, 120), 1.5, 0.0, 0.0, 0.0, 0.0) == STEPS


@pytest.mark.parametrize("evidence", [1.5, 50.0])
def test_an_element_that_is_silent_yet_proves_and_counts_nothing(evidence: float) -> None:
    element = element_of(0, 0, LEAST_BEHIND / 2)
    assert steps_to_proof(element, evidence) == STEPS
    assert (int(element["judged"]), int(np.sum(element["outside"]))) == (0, 0)
