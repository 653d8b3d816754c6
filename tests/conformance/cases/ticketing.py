"""The laws for Ticketing."""

from collections.abc import Sequence
from typing import Any

from streams.hosts.driver import Outcome
from streams.operators.alarms.alarm_list import AlarmList
from streams.operators.correlation.correlate import Correlate
from streams.operators.desk.ticketing import Ticketing
from telassure.kernel.events import Act, ServiceProblem, TroubleTicket
from tests.conformance.cases import OperatorCase, _assurance


def reflected(inputs: Sequence[Any], outcome: Outcome) -> bool:
    """Every open problem that was ever bad enough has its ticket where a small one need not last, but for one that was
    silenced: it may have."""
    quiet = {target for act in inputs if isinstance(act, Act) and act.command == "silence" for target in act.targets}
    bad = [p for p in outcome.of(ServiceProblem) if p.state == "open" and p.perceived_severity >= 2]
    loud = {p.problem_id for p in bad if p.feed == _assurance.FEEDS[0]} - {
        p.problem_id for p in bad if p.root_causes[0].managed_object in quiet
    }
    ticketed = {ticket.problem_id for ticket in outcome.of(TroubleTicket)}
    return loud <= ticketed <= {p.problem_id for p in bad} and _assurance.answered(inputs, outcome, "alarm's object")


CASES = (
    OperatorCase(
        operator=Ticketing,
        topology=_assurance.topology(
            lambda catalogue: (AlarmList(catalogue), Correlate(catalogue), Ticketing(catalogue))
        ),
        streams=_assurance.streams(),
        long_run=_assurance.new_alarms,
        cell_bound=16,  # a ticket closes ten minutes after it is resolved; there is one a minute
        reflected=reflected,
        catalogue=_assurance.ENTRIES,
    ),
)
