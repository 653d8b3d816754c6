"""One half hour, poisoned or not, and what it told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from telassure.kernel.events import Notification
from tests.outbox.receivers import Desk, Reply, desk
from tests.poison.living import Living
from tests.poison.machine import Machine
from tests.poison.network import FEEDS, STEP, live, seconds
from tests.poison.outcome import Told, outcome

Act = Callable[[Living, int], None]


def nothing(system: Living, second: int) -> None:
    pass


def no_claim(system: Living, other: Desk) -> str:
    return ""


def well(notice: dict[str, Any], times: int) -> Reply:
    return 200


@dataclass(frozen=True)
class Poison:
    """One input of a kind: `act` is called in each step, before the network speaks. `other` is how the second receiver
    of notices answers. `claim` says what else is wrong at the end, "" where nothing is. `endpoint`: settings of it."""

    kind: str
    name: str
    act: Act = nothing
    other: Callable[[dict[str, Any], int], Reply] = well
    claim: Callable[[Living, Desk], str] = no_claim
    endpoint: Mapping[str, int] = field(default_factory=dict)


CALM = Poison("none", "undisturbed")


@dataclass(frozen=True)
class Trial:
    told: Told
    claim: str = ""


def trial(poison: Poison, folder: Path) -> Trial:
    """The half hour over a new home in this folder."""
    with desk() as crm, desk(poison.other) as other:
        receivers = {"crm": crm.settings, "other": other.settings.model_copy(update={"timeout_seconds": 0.5})}
        system = Living(folder / "home", Machine(), receivers, poison.endpoint, FEEDS)
        with system.alive():
            for second in seconds():
                system.machine.run(STEP)
                poison.act(system, second)
                live(system, second)
                system.step()
            notices = system.reader.count(Notification)
            system.awaited(lambda: len(set(crm.heard)) >= notices, "the notices")
            return Trial(outcome(system, crm.heard), poison.claim(system, other))


def together(poisons: Sequence[Poison]) -> Poison:
    """All of them in one half hour; of receivers the first that is not well."""

    def act(system: Living, second: int) -> None:
        for each in poisons:
            each.act(system, second)

    def claim(system: Living, other: Desk) -> str:
        wrong = [f"{each.kind}, {each.name}: {said}" for each in poisons if (said := each.claim(system, other))]
        return "; ".join(wrong)

    other = next((each.other for each in poisons if each.other is not well), well)
    endpoint = {name: value for each in poisons for name, value in each.endpoint.items()}
    return Poison("together", "; ".join(each.name for each in poisons), act, other, claim, endpoint)
