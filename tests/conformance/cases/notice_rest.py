"""The laws for NoticeRest, and for Notice before it."""

from collections.abc import Sequence
from typing import Any

from streams.hosts.driver import Outcome
from streams.operators.alarms.alarm_list import AlarmList
from streams.operators.correlation.correlate import Correlate
from streams.operators.desk.notice import Notice
from streams.operators.desk.notice_rest import NoticeRest
from streams.operators.desk.ticketing import Ticketing
from streams.topology import AnyOperator
from telassure.kernel.events import Notification, PolicyValue, TroubleTicket
from telassure.kernel.events.outcome import NoticeHeld
from tests.conformance.cases import OperatorCase, _assurance


def operators(catalogue: Any) -> Sequence[AnyOperator]:
    first = (AlarmList(catalogue), Correlate(catalogue), Ticketing(catalogue))
    return (*first, Notice(catalogue), NoticeRest(catalogue))


def reflected(inputs: Sequence[Any], outcome: Outcome) -> bool:
    """Every customer of a ticket has been told of it, or counted as not told at once, and nobody else."""
    affected = {(t.ticket_id, customer) for t in outcome.of(TroubleTicket) for customer in t.affected_customers}
    told = {(n.ticket_id, n.customer) for n in outcome.of(Notification)}
    held = {(n.ticket_id, n.customer) for n in outcome.of(NoticeHeld)}
    return affected == told | held and outcome.counters.get("notices_held", 0) == len(outcome.of(NoticeHeld))


CASES = (
    OperatorCase(
        operator=NoticeRest,
        topology=_assurance.topology(operators),
        streams=_assurance.streams(),
        long_run=_assurance.new_alarms,
        cell_bound=4,
        reflected=reflected,
        catalogue=(*_assurance.ENTRIES, PolicyValue("notice", "rest_seconds", "240")),
    ),
)
