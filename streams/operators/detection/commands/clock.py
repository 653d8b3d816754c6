"""What a person may say of the clock that the whole system goes by: that a jump of it is right."""

from collections.abc import Mapping, Sequence
from typing import Final

from telassure.kernel.commands import CLOCK, PolicyCommand
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Act, PolicyValue
from telassure.kernel.policies import Texts


def _of_the_clock(policies: Texts, act: Act, figures: Mapping[str, int]) -> Sequence[PolicyValue]:
    """It states nothing: whoever doubts its machine's clock looks for this act."""
    if act.object_id != CLOCK.name:
        raise InvalidInput(f"{act.command} acts on the clock; say {CLOCK.name}", act.object_id)
    return ()


CONFIRM: Final = PolicyCommand(
    "confirm",
    CLOCK,
    "Say that the machine's clock is right after a jump: it is followed now, and timers that stand still go on.",
    needs_why=True,
    example='clock --why "the time server was away for a week"',
    state=_of_the_clock,
)
