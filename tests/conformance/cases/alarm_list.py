"""The laws for AlarmList."""

from streams.operators.alarms.alarm_list import AlarmList
from tests.conformance.cases import OperatorCase, _assurance

CASES = (
    OperatorCase(
        operator=AlarmList,
        topology=_assurance.topology(lambda catalogue: (AlarmList(catalogue),)),
        streams=_assurance.streams(),
        long_run=_assurance.new_alarms,
        cell_bound=64,  # an hour after its clear an alarm is forgotten; there is one a minute
        reflected=_assurance.heard,
    ),
)
