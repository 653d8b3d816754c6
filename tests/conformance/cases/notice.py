"""The laws for Notice."""

from collections.abc import Sequence
from typing import Any

from streams.hosts.driver import Outcome
from streams.operators.alarms.alarm_list import AlarmList
from streams.operators.correlation.correlate import Correlate
from streams.operators.desk.notice import Notice
from streams.operators.desk.ticketing import Ticketing
from telassure.kernel.events import Notification, TroubleTicket
from tests.conformance.cases import OperatorCase, _assurance


def reflected(inputs: Sequence[Any], outcome: Outcome) -> bool:
    """Every customer of a ticket has been told of it, and nobody else."""
    affected = {(t.ticket_id, customer) for t in outcome.of(TroubleTicket) for customer in t.affected_customers}
    return affected == {(n.ticket_id, n.customer) for n in outcome.of(Notification)}


CASES = (
    OperatorCase(
        operator=Notice,
        topology=_assurance.topology(
            lambda catalogue: (AlarmList(catalogue), Correlate(catalogue), Ticketing(catalogue), Notice(catalogue))
        ),
        streams=_assurance.streams(),
        long_run=_assurance.new_alarms,
        cell_bound=16,
        reflected=reflected,
        catalogue=_assurance.ENTRIES,
    ),
)
