"""Verdicts on KPI episodes are commands of the one port: the threshold moves, and the audit keeps who, when and why."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from telassure import wiring
from telassure.kernel.commands import Instruction, house_own
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import ActOutcome, ThresholdChange
from telassure.kernel.events.act import DONE, REFUSED
from telassure.kernel.ports import AssuranceReader
from telassure.wiring.settings import Settings
from tests.system.test_models import WIDENED, apply_all, have_an_episode, settings  # noqa: F401  # a fixture

Told = list[tuple[str, str, str]]


@pytest.fixture
def reader(settings: Settings) -> Iterator[AssuranceReader]:  # noqa: F811
    with closing(wiring.reader(settings)) as found:
        yield found


def give(settings: Settings, reader: AssuranceReader, *asked: Instruction) -> None:  # noqa: F811
    with wiring.opened_log(settings) as log:
        desk = wiring.commands(settings, log, reader, patience=0)
        for instruction in asked:
            desk.give(instruction)
    apply_all(settings)


def told(reader: AssuranceReader) -> Told:
    """The oldest first."""
    return [(each.command, each.outcome, each.reason) for each in reversed(reader.find(ActOutcome).rows)]


def test_a_verdict_is_given_and_taken_back(settings: Settings, reader: AssuranceReader) -> None:  # noqa: F811
    episode = have_an_episode(settings)
    false = Instruction(
        "verdict", episode, "eve", "planned works", {"verdict": "false_positive"}, "page", permit=house_own
    )
    give(settings, reader, false)
    give(settings, reader, Instruction("unverdict", episode, "eve", "it was a fault", face="page", permit=house_own))
    changes = list(reversed(reader.find(ThresholdChange).rows))
    assert [(each.before, each.after) for each in changes] == [(1.0, WIDENED), (WIDENED, 1.0)]
    assert told(reader) == [("verdict", DONE, ""), ("unverdict", DONE, "")]


def test_the_audit_of_a_verdict_names_the_episode(settings: Settings, reader: AssuranceReader) -> None:  # noqa: F811
    episode = have_an_episode(settings)
    false = Instruction(
        "verdict", episode, "eve", "planned works", {"verdict": "false_positive"}, "page", permit=house_own
    )
    give(settings, reader, false)
    (kept,) = reader.find(ActOutcome, {"object_id": episode}).rows
    assert (kept.user, kept.why, kept.face, kept.arguments) == (
        "eve",
        "planned works",
        "page",
        ("verdict=false_positive", "scope=series"),
    )


def test_taking_back_what_nobody_said_is_refused(settings: Settings, reader: AssuranceReader) -> None:  # noqa: F811
    episode = have_an_episode(settings)
    give(settings, reader, Instruction("unverdict", episode, "eve", "a mistake", permit=house_own))
    assert told(reader) == [("unverdict", REFUSED, "no verdict on this episode is in force")]


def test_a_verdict_wants_a_reason_and_a_word(settings: Settings, reader: AssuranceReader) -> None:  # noqa: F811
    episode = have_an_episode(settings)
    with pytest.raises(InvalidInput, match="needs a reason"):
        give(
            settings,
            reader,
            Instruction("verdict", episode, "eve", arguments={"verdict": "true_positive"}, permit=house_own),
        )
    with pytest.raises(InvalidInput, match="true_positive, false_positive"):
        give(settings, reader, Instruction("verdict", episode, "eve", "x", {"verdict": "perhaps"}, permit=house_own))
