"""The laws for Correlate."""

from collections.abc import Sequence
from typing import Any

from streams.hosts.driver import Outcome
from streams.operators.alarms.alarm_list import AlarmList
from streams.operators.correlation.correlate import Correlate
from telassure.kernel.events import Alarm
from tests.conformance.cases import OperatorCase, _assurance


def reflected(inputs: Sequence[Any], outcome: Outcome) -> bool:
    """An alarm that was active for longer than anything settles or waits in is a member of some problem."""
    newest = {alarm.alarm_id: alarm for alarm in outcome.of(Alarm)}
    first = {alarm.alarm_id: alarm for alarm in reversed(outcome.of(Alarm))}
    settled = {
        alarm_id
        for alarm_id, alarm in newest.items()
        if first[alarm_id].state == "active" and (alarm.cleared_at or 1 << 60) > alarm.changed_at + 3600 * 10**6
    }
    return settled <= _assurance.members(outcome)


CASES = (
    OperatorCase(
        operator=Correlate,
        topology=_assurance.topology(lambda catalogue: (AlarmList(catalogue), Correlate(catalogue))),
        streams=_assurance.streams(),
        long_run=_assurance.new_alarms,
        cell_bound=1,
        reflected=reflected,
        catalogue=_assurance.ENTRIES,
    ),
)
