"""The protocols between the logic and the world, a module a port. Adapters implement them, hosts use them."""

from telassure.kernel.ports.clock import Clock
from telassure.kernel.ports.log import Appended, Claim, Entry, EventLog, LogRecord, PositionLedger
from telassure.kernel.ports.metrics import MetricStore
from telassure.kernel.ports.notices import Notifier
from telassure.kernel.ports.reading import AssuranceReader
from telassure.kernel.ports.state import (
    FEED,
    BusinessRecord,
    CellRow,
    Checkpoint,
    OutboxRow,
    StateStore,
    Taken,
    Turn,
)

__all__ = [
    "FEED",
    "Appended",
    "AssuranceReader",
    "BusinessRecord",
    "CellRow",
    "Checkpoint",
    "Claim",
    "Clock",
    "Entry",
    "EventLog",
    "LogRecord",
    "MetricStore",
    "Notifier",
    "OutboxRow",
    "PositionLedger",
    "StateStore",
    "Taken",
    "Turn",
]
