"""Where an object stands that commands alone decide about: its state, who decided, and when."""

from dataclasses import dataclass
from typing import Final

from streams.cells import CellCodec
from telassure.kernel.events import Act
from telassure.kernel.instant import Instant


@dataclass(slots=True)
class ActCell:
    """`state` "" is as if nothing had been said."""

    state: str = ""
    user: str = ""
    at: Instant = 0

    def become(self, state: str, act: Act) -> str:
        """Take a state as of an act; "" (as a command's `obey` answers)."""
        self.state, self.user, self.at = state, act.user, act.given_at
        return ""


ACT_CELL: Final = CellCodec(ActCell)
