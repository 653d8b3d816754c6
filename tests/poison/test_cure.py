"""A home that took times to come, before they were known to be wrong, is cured by a command on the record."""

from pathlib import Path
from typing import Any

import pytest

from telassure import wiring
from telassure.app.diagnosis import clocks
from telassure.kernel.commands import Instruction, house_own
from telassure.kernel.events import ActOutcome, Alarm, Charge, TroubleTicket
from telassure.kernel.instant import DAY, Instant
from telassure.wiring import WallClock
from tests.poison.kinds.times import alarm, call, point, said
from tests.poison.living import Living
from tests.poison.machine import Machine
from tests.poison.network import STEP, catalogue, live, seconds
from tests.poison.reverted import REVERTED

pytestmark = pytest.mark.heavy
HIT = ("a-1", "a-2")
POISONED, CURED, ENOUGH = 120, 130, 700
YEARS = [pytest.param(36 * 365 * DAY, id="36 years"), pytest.param(73 * 365 * DAY, id="73 years")]


def lived(folder: Path, ahead: int = 0) -> tuple[list[Any], ...]:
    """What a NOC and an accountant see of what happens after the cure, and who is on record for it."""
    system = Living(folder, Machine())
    with system.alive():
        for second in seconds():
            if second > ENOUGH:
                break
            system.machine.run(STEP)
            if ahead and second == POISONED:
                _poison(system, system.machine.wall + ahead)
            if ahead and second == CURED:
                before = clocks.no_feed_ahead(system.reader.feeds(), WallClock())
                _cure(system)
                after = clocks.no_feed_ahead(system.reader.feeds(), WallClock())
                assert (before.ok, after.ok) == (False, True)
                assert "telassure act cure clock" in before.mend
            live(system, second)
            system.step()
        return _seen(system)


def _poison(system: Living, at: Instant) -> None:
    rows = [
        ("alarms", [alarm("ghost-north", at), alarm("ghost-south", at)]),
        ("usage", [call(account, at) for account in HIT]),
        ("measurements", [point("ghost-north", at)]),
    ]
    with REVERTED["years"]():
        answers = [said(system, kind, body, "replay:evil", "recording_token") for kind, body in rows]
    assert answers == [202, 202, 202]
    system.step()


def _cure(system: Living) -> None:
    desk = wiring.commands(system.settings, system.log, system.reader, patience=0)
    desk.give(Instruction("cure", "clock", "eve", "a recording of 2099 was taken", act_id="c-1", permit=house_own))
    system.step()
    (act,) = system.reader.every(ActOutcome)
    assert (act.command, act.user, act.outcome) == ("cure", "eve", "done")


def _seen(system: Living) -> tuple[list[Any], ...]:
    later = system.machine.wall - (ENOUGH - CURED) * 1_000_000
    alarms = [a for a in system.reader.every(Alarm) if a.raised_at > later and "ghost" not in a.managed_object]
    tickets = [t for t in system.reader.every(TroubleTicket) if t.opened_at > later and "ghost" not in t.root_cause]
    charges = [c for c in system.reader.every(Charge) if c.time > later and c.account not in HIT]
    return (
        sorted((a.managed_object, a.state, a.raised_at, a.cleared_at) for a in alarms),
        sorted((t.root_cause, t.state, t.opened_at) for t in tickets),
        sorted((c.record_id, c.amount_micros, c.correction) for c in charges),
        list(system.refused),
    )


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Any], ...]:
    return lived(tmp_path_factory.mktemp("healthy") / "home")


@pytest.mark.parametrize("ahead", YEARS)
def test_what_happens_after_the_cure_is_told_and_charged_as_in_a_home_that_was_well(
    healthy: tuple[list[Any], ...], ahead: int, tmp_path: Path
) -> None:
    assert all(healthy[:3])
    assert lived(tmp_path / "home", ahead) == healthy


@pytest.mark.parametrize("ahead", YEARS)
def test_an_account_whose_day_a_wrong_time_has_closed_is_charged_from_the_next_day_on(
    ahead: int, tmp_path: Path
) -> None:
    """Nothing can tell whether what comes of that day is a repeat: it is a dead letter, and not charged twice."""
    system = Living(tmp_path / "home", Machine())

    def sent() -> str:
        system.machine.run(STEP)
        row = call("a-1", system.machine.wall)
        system.post("usage", [row], "cdr")
        system.step()
        return str(row["record_id"])

    with system.alive():
        system.post("catalogue", catalogue(), "inventory")
        before = sent()
        _poison(system, system.machine.wall + ahead)
        _cure(system)
        same_day = sent()
        system.machine.run(15 * 3_600)
        system.step()
        next_day = sent()
        charged = {charge.record_id for charge in system.reader.every(Charge)}
        letters = [letter.position for letter in system.reader.letters().rows]
    assert {before, next_day} <= charged
    assert same_day in letters
    assert same_day not in charged
