"""What stands beside a problem: its ticket, and who has acknowledged it."""

from collections.abc import Mapping, Sequence
from typing import Final

from dashboards.snapshot.views import Acknowledged
from streams.operators.desk.ticketing import ticket_of
from telassure.kernel.events import ActOutcome, TroubleTicket
from telassure.kernel.events.act import DONE
from telassure.kernel.ports import AnyOf, AssuranceReader

_ACTS: Final = 1_000


def tickets_of(reader: AssuranceReader, problems: Sequence[str]) -> Mapping[str, TroubleTicket]:
    """The tickets of these problems, by problem."""
    if not problems:
        return {}
    wanted = {"ticket_id": AnyOf([ticket_of(problem) for problem in problems])}
    return {ticket.problem_id: ticket for ticket in reader.find(TroubleTicket, wanted, limit=len(problems)).rows}


def acknowledgements(reader: AssuranceReader, problems: Sequence[str]) -> Mapping[str, Acknowledged]:
    """Who has acknowledged these problems, by problem: as the newest act on each that took effect says."""
    if not problems:
        return {}
    acts = reader.find(
        ActOutcome,
        {"object_id": AnyOf(problems), "command": AnyOf(("ack", "unack")), "outcome": DONE},
        limit=_ACTS,
    ).rows
    newest = {act.object_id: act for act in reversed(acts)}
    return {
        name: Acknowledged(act.user, act.given_at, act.stated) for name, act in newest.items() if act.command == "ack"
    }
