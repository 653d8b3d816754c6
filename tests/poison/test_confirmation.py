"""A person says that the clock is right: processes that doubt it follow it, and timers that stand still go on."""

from pathlib import Path

import pytest

from telassure import wiring
from telassure.app.diagnosis import clocks
from telassure.kernel.commands import Instruction, house_own
from telassure.kernel.errors import InvalidInput, TransientError
from telassure.kernel.events import ActOutcome
from telassure.kernel.instant import DAY, HOUR, SECOND, Duration
from telassure.observe.heartbeats import Heart, remarks
from telassure.wiring.confirmation import Confirmation
from telassure.wiring.places import clock_doubt
from tests.poison.living import Living
from tests.poison.machine import START, Machine
from tests.system.installation import until


@pytest.fixture
def system(tmp_path: Path) -> Living:
    return Living(tmp_path / "home", Machine())


def confirm(system: Living, number: int = 1, what: str = "clock") -> None:
    desk = wiring.commands(system.settings, system.log, system.reader, patience=0)
    desk.give(Instruction("confirm", what, "eve", "the time server was away", act_id=f"c-{number}", permit=house_own))
    system.step()


def passed(system: Living, seconds: float) -> None:
    system.machine.run(seconds)
    system.step()


@pytest.mark.parametrize(("jump", "said"), [(40 * DAY, "40 days ahead"), (-3 * HOUR, "3 hours back")])
def test_a_jump_that_is_confirmed_is_followed(system: Living, jump: Duration, said: str) -> None:
    clock = wiring.WallClock()
    with system.alive():
        passed(system, 10)
        system.machine.jump(jump)
        passed(system, 1)
        assert said in clock_doubt()
        assert clock.now() == START + 11 * SECOND
        confirm(system)
        until(lambda: clock.now() == START + 11 * SECOND + jump, 20, "that the clock is followed")
        assert clock_doubt() == ""


def test_timers_that_stand_still_since_a_start_go_on(system: Living) -> None:
    with system.alive():
        confirm(system, 1)
        passed(system, 10)
    system.machine.run(12 * HOUR / SECOND)
    with system.alive():
        confirm(system, 2)  # before it is in doubt: worth nothing
        passed(system, 1)
        assert system.host.held
        passed(system, 2)  # it knows what was said before
        confirm(system, 3)
        until(lambda: system.host.step() or not system.host.held, 20, "that timers go on")


def test_a_doubt_is_in_the_answer_that_it_is_ready_and_found_by_doctor(system: Living) -> None:
    with system.alive(), system.connected("") as client:
        Heart(system.home, "worker-assurance", "assurance worker", remark=lambda: "the clock has jumped").beat()
        answer, finding = client.get("/ready"), clocks.followed(remarks(system.home))
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "remarks": ["the clock has jumped"]})
    assert (finding.ok, finding.found) == (False, "the clock has jumped")
    assert "telassure act confirm clock" in finding.mend


def test_who_confirmed_it_and_why_is_kept(system: Living) -> None:
    with system.alive():
        confirm(system)
        (act,) = system.reader.every(ActOutcome)
    assert (act.command, act.user, act.why, act.outcome) == ("confirm", "eve", "the time server was away", "done")


@pytest.mark.parametrize("what", ["clocks", "north", "CLOCK"])
def test_nothing_but_the_clock_is_confirmed(system: Living, what: str) -> None:
    with system.alive(), pytest.raises(InvalidInput, match="say clock"):
        confirm(system, 1, what)


class Asked:
    """A record of acts, and a clock that is moved by hand."""

    def __init__(self, newest: str = "") -> None:
        self.newest, self.at, self.times = newest, 0.0, 0
        self.confirmation = Confirmation(self.ask, lambda: self.at)

    def ask(self) -> str:
        self.times += 1
        if self.newest == "away":
            raise TransientError("the store is away")
        return self.newest

    def later(self, since: float) -> bool:
        self.at += 2
        return self.confirmation(since)


@pytest.mark.parametrize("before", ["", "an earlier one"])
def test_a_confirmation_of_before_confirms_nothing_that_came_later(before: str) -> None:
    asked = Asked(before)
    assert [asked.later(1.0), asked.later(1.0)] == [False, False]
    asked.newest = "this one"
    assert [asked.later(1.0), asked.later(1.0), asked.later(2.0)] == [True, True, False]


def test_a_record_that_is_away_confirms_nothing_and_is_asked_again() -> None:
    asked = Asked("away")
    assert not asked.later(1.0)
    asked.newest = "an earlier one"
    assert not asked.later(1.0)
    asked.newest = "this one"
    assert asked.later(1.0)


def test_the_record_is_asked_once_a_second_at_most() -> None:
    asked = Asked()
    assert not any(asked.confirmation(1.0) for _ in range(1_000))
    assert asked.times == 1
