"""Silencing an object for a while: it raises no ticket and no notice (planned works, a known fault)."""

from typing import Final

from streams.operators.desk.ticket_cell import TicketCell
from telassure.kernel.commands import ALARM_OBJECT, TICKET_OBJECT, Argument, Command
from telassure.kernel.events import Act

LONGEST_MINUTES: Final = 7 * 24 * 60
_SILENCE: Final = (
    "Silence the object for some minutes: it raises no ticket and no notice; what is still open then is told as new."
)
_UNSILENCE: Final = "Take every silence of the object back; what is open is told as new."
_ARGUMENTS: Final = (
    Argument("minutes", f"How long, from now on; at most {LONGEST_MINUTES}, a week.", within=(1, LONGEST_MINUTES)),
    Argument("objects", "Also others: all whose names begin so, such as site-7*.", default=""),
)


def _silence(cell: TicketCell, act: Act) -> str:
    return cell.silences.begin(act)


def _unsilence(cell: TicketCell, act: Act) -> str:
    return cell.silences.take_back(act)


_EXAMPLE: Final = 'ID --minutes 60 --why "planned works"'
SILENCE: Final = Command("silence", ALARM_OBJECT, _SILENCE, _silence, _ARGUMENTS, needs_why=True, example=_EXAMPLE)
SILENCE_CAUSE: Final = Command(
    "silence", TICKET_OBJECT, _SILENCE, _silence, _ARGUMENTS, needs_why=True, example=_EXAMPLE
)
UNSILENCE: Final = Command("unsilence", ALARM_OBJECT, _UNSILENCE, _unsilence)
UNSILENCE_CAUSE: Final = Command("unsilence", TICKET_OBJECT, _UNSILENCE, _unsilence)
