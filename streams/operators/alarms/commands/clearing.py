"""Clearing an alarm by hand, where its source will not."""

from typing import Final

from streams.operators.alarms.alarm_cell import AlarmCell
from telassure.kernel.commands import ALARM, Command
from telassure.kernel.events import Act
from telassure.kernel.instant import in_utc


def _clear(cell: AlarmCell, act: Act) -> str:
    if not cell.active:
        return f"the alarm cleared at {in_utc(cell.cleared_at or 0)} already"
    if act.given_at < cell.newest_raise:
        return f"the alarm was raised again at {in_utc(cell.newest_raise)}, after the command was given"
    cell.clear(act.given_at, "operator")
    return ""


CLEAR: Final = Command(
    "clear",
    ALARM,
    "Clear an alarm by hand, where its source will not.",
    _clear,
    needs_why=True,
    example='ID --why "replaced the fan"',
)
