"""Whatever time, floods and strangers do beside it, half an hour of a network is told as if nothing had been.

Three inputs of every kind, one of each kind together; `python -m benchmarks.poison` tries every input alone, and says
which it was.
"""

from pathlib import Path

import pytest

from tests.poison.kinds import poisons
from tests.poison.kinds.times import MACHINE, RECORDING
from tests.poison.outcome import Told, differing
from tests.poison.reverted import REVERTED
from tests.poison.trial import CALM, Poison, together, trial

pytestmark = pytest.mark.heavy


def hands() -> list[list[Poison]]:
    """The first input of every kind, the second of every kind, and so on."""
    return [list(hand) for hand in zip(*poisons().values(), strict=False)]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return trial(CALM, tmp_path_factory.mktemp("undisturbed")).told


def test_the_undisturbed_half_hour_has_something_of_everything(undisturbed: Told) -> None:
    assert {name for name, several in undisturbed.items() if not several} == {"refused", "late"}


@pytest.mark.parametrize("hand", hands(), ids=["first", "second", "third"])
def test_what_a_network_is_told_of_is_as_in_the_undisturbed_control(
    undisturbed: Told, hand: list[Poison], tmp_path: Path
) -> None:
    found = trial(together(hand), tmp_path)
    assert differing(found.told, undisturbed) == {}
    assert found.claim == ""


@pytest.mark.parametrize(("reverted", "kind", "number"), [("clock", MACHINE, 0), ("recordings", RECORDING, 1)])
def test_a_mended_defect_that_is_put_back_shows(
    undisturbed: Told, reverted: str, kind: str, number: int, tmp_path: Path
) -> None:
    with REVERTED[reverted]():
        found = trial(poisons()[kind][number], tmp_path)
    assert {"alarms", "tickets", "notices"} <= differing(found.told, undisturbed).keys()
