"""What a person has said of the machine's clock, as the processes that doubt it find it: an act on the record."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from telassure.kernel.commands import CLOCK
from telassure.kernel.errors import TransientError
from telassure.kernel.events import ActOutcome
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration
from telassure.kernel.ports import RecordReader
from telassure.observe.heartbeats import uptime

CONFIRM: Final = "confirm"
_EVERY: Final = 1.0
_WAY_OUT: Final = 'telassure act confirm clock --why "it is right"'


@dataclass(slots=True)
class Confirmation:
    """Whether the clock has been confirmed since some moment: there is an act that was not there at the first question
    about it. No times are compared, since the clock that would tell them is in doubt. `newest` gives the newest such
    act's id, and is asked once a second at most."""

    newest: Callable[[], str]
    elapsed: Callable[[], float] = uptime
    _since: float | None = None
    _known: str | None = None
    _asked: float = 0.0
    _said: bool = False

    def __call__(self, since: float) -> bool:
        now = self.elapsed()
        if since != self._since:
            self._since, self._known, self._said, self._asked = since, None, False, now - 2 * _EVERY
        if self._said or now - self._asked < _EVERY:
            return self._said
        self._asked = now
        try:
            found = self.newest()
        except TransientError:
            return False
        if self._known is None:
            self._known = found
        self._said = found != self._known
        return self._said


def newest_confirmation(opened: Callable[[], RecordReader]) -> str:
    """The id of the newest act that confirms the clock, "" where there is none."""
    with closing(opened()) as reader:  # type: ignore[type-var]  # every reader that is opened here can be closed
        found = reader.find(ActOutcome, {"command": CONFIRM, "object_type": CLOCK.name}, limit=1).rows
    return found[0].act_id if found else ""


def doubt(jump: Duration) -> str:
    """What there is to say of a clock that is in doubt, "" of one that is believed."""
    if not jump:
        return ""
    way = "ahead" if jump > 0 else "back"
    return (
        f"the clock of this machine has jumped {span(jump)} {way} and is not followed yet; if it is right: {_WAY_OUT}"
    )


def hold(what: str, held: bool) -> str:
    """What there is to say of timers that stand still."""
    return f"timers of our {what} stand still after a leap of time, so that sources speak first" if held else ""


def span(jump: Duration) -> str:
    """A span of time as a person says it.

    >>> span(40 * DAY), span(-90 * MINUTE), span(7 * SECOND)
    ('40 days', '1.5 hours', '7 seconds')
    """
    size = abs(jump)
    unit, name = next((u, n) for u, n in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes"), (1, "")) if size >= u)
    return f"{size / unit:.3g} {name}" if name else f"{size / SECOND:.3g} seconds"
