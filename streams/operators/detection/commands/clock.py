"""What a person may say of the clock that all goes by: that a jump of it is right, or that what it did was wrong."""

from collections.abc import Mapping, Sequence
from typing import Final

from telassure.kernel.commands import CLOCK, ControlCommand, PolicyCommand
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Act, ClockCure, PolicyValue
from telassure.kernel.policies import Texts
from telassure.kernel.rights import CONFIGURE


def _of_the_clock(act: Act) -> None:
    if act.object_id != CLOCK.name:
        raise InvalidInput(f"{act.command} acts on the clock; say {CLOCK.name}", act.object_id)


def _confirmed(policies: Texts, act: Act, figures: Mapping[str, int]) -> Sequence[PolicyValue]:
    """It states nothing: whoever doubts its machine's clock looks for this act."""
    _of_the_clock(act)
    return ()


def _set_back(act: Act) -> ClockCure:
    _of_the_clock(act)
    return ClockCure(act.given_at, act.act_id)


CONFIRM: Final = PolicyCommand(
    "confirm",
    CLOCK,
    "Say that the machine's clock is right after a jump: it is followed now, and timers that stand still go on.",
    needs_why=True,
    right=CONFIGURE,
    example='clock --why "the time server was away for a week"',
    state=_confirmed,
)
CURE: Final = ControlCommand(
    "cure",
    CLOCK,
    "Set back to now what a wrong time has put ahead: clocks of keys and feeds, and the newest tick.",
    needs_why=True,
    right=CONFIGURE,
    example='clock --why "a recording dated 2099 was taken on Monday"',
    control=_set_back,
)
