"""Acknowledging an alarm, and taking that back (TMF642 ack_state)."""

from typing import Final

from streams.operators.alarms.alarm_cell import AlarmCell
from telassure.kernel.commands import ALARM, Command
from telassure.kernel.events import Act
from telassure.kernel.instant import in_utc


def _acknowledge(cell: AlarmCell, act: Act) -> str:
    if not cell.active:
        return f"the alarm cleared at {in_utc(cell.cleared_at or 0)}; only an active one is acknowledged"
    if cell.acknowledged:
        by = f" by {cell.ack_user}" if cell.ack_user else ""
        return f"the alarm is acknowledged already{by}, at {in_utc(cell.acted_at)}"
    return cell.acknowledge(act.user, act.given_at, acknowledged=True)


def _unacknowledge(cell: AlarmCell, act: Act) -> str:
    if not cell.acknowledged:
        return "the alarm is not acknowledged"
    return cell.acknowledge("", act.given_at, acknowledged=False)


ACK: Final = Command("ack", ALARM, "Acknowledge an alarm: somebody has seen it and takes care of it.", _acknowledge)
UNACK: Final = Command("unack", ALARM, "Take the acknowledgement of an alarm back.", _unacknowledge)
