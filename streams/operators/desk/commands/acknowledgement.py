"""Acknowledging a problem with all its active alarms, and taking that back.

The alarm list acknowledges the alarms (`Act.targets`); that the problem is acknowledged, and by whom, stands here.
"""

from typing import Final

from streams.operators.desk.act_cell import ActCell
from telassure.kernel.commands import PROBLEM, Command
from telassure.kernel.events import Act
from telassure.kernel.instant import in_utc


def _acknowledge(cell: ActCell, act: Act) -> str:
    if cell.state == "acknowledged" and not act.targets:
        return f"the problem is acknowledged already by {cell.user}, at {in_utc(cell.at)}"
    return cell.become("acknowledged", act)


def _unacknowledge(cell: ActCell, act: Act) -> str:
    if cell.state != "acknowledged" and not act.targets:
        return "neither the problem nor an active alarm of it is acknowledged"
    return cell.become("", act)


ACK: Final = Command(
    "ack",
    PROBLEM,
    "Acknowledge a problem with every active alarm of it: somebody has seen it and takes care of it.",
    _acknowledge,
    alarms={"state": "active", "ack_state": "unacknowledged"},
    example="PROBLEM",
)
UNACK: Final = Command(
    "unack",
    PROBLEM,
    "Take the acknowledgement of a problem and of its active alarms back.",
    _unacknowledge,
    alarms={"state": "active", "ack_state": "acknowledged"},
)
