"""Who works on a ticket, and what there is to say about it (TMF621 relatedParty, note)."""

from typing import Final

from streams.operators.desk.ticket_cell import TicketCell
from telassure.kernel.commands import TICKET, Argument, Command, Prose
from telassure.kernel.events import Act


def _assign(cell: TicketCell, act: Act) -> str:
    return cell.assign(act.argument("to"))


def _note(cell: TicketCell, act: Act) -> str:
    return cell.note(act.argument("text"), act.user, act.given_at)


ASSIGN: Final = Command(
    "assign",
    TICKET,
    "Say who works on a ticket; it is in progress from then on.",
    _assign,
    (Argument("to", "Who works on it: a person or a team.", longest=100),),
    example="ID --to field-team-3",
)
NOTE: Final = Command(
    "note",
    TICKET,
    "Write a note on a ticket.",
    _note,
    (Prose("text", "What there is to say.", longest=1_000),),
    example='ID --text "called the site owner"',
)
