"""The protocols between the logic and the world, a module a port. Adapters implement them, hosts use them."""

from telassure.kernel.kept import BusinessRecord
from telassure.kernel.ports.clock import Clock
from telassure.kernel.ports.deeds import Deed
from telassure.kernel.ports.letters import Choice, LetterKeeper, OpenLetter
from telassure.kernel.ports.log import TICK, Appended, Claim, Entry, EventLog, LogMark, LogRecord, PositionLedger
from telassure.kernel.ports.metrics import MetricStore
from telassure.kernel.ports.notices import Answer, Channel, Delivered, Outgoing, Postponed, Refused
from telassure.kernel.ports.reading import (
    ANY,
    LISTED,
    AnyOf,
    AssuranceReader,
    Beginning,
    Between,
    Condition,
    LetterCounts,
    Listing,
    NoneOf,
    OpenLeakage,
    RecordReader,
    Value,
    Where,
    still_open,
)
from telassure.kernel.ports.state import (
    FEED,
    Archiving,
    CellRow,
    Checkpoint,
    OutboxRow,
    StateStore,
    Taken,
    Turn,
)

__all__ = [
    "ANY",
    "FEED",
    "LISTED",
    "TICK",
    "Answer",
    "AnyOf",
    "Appended",
    "Archiving",
    "AssuranceReader",
    "Beginning",
    "Between",
    "BusinessRecord",
    "CellRow",
    "Channel",
    "Checkpoint",
    "Choice",
    "Claim",
    "Clock",
    "Condition",
    "Deed",
    "Delivered",
    "Entry",
    "EventLog",
    "LetterCounts",
    "LetterKeeper",
    "Listing",
    "LogMark",
    "LogRecord",
    "MetricStore",
    "NoneOf",
    "OpenLeakage",
    "OpenLetter",
    "OutboxRow",
    "Outgoing",
    "PositionLedger",
    "Postponed",
    "RecordReader",
    "Refused",
    "StateStore",
    "Taken",
    "Turn",
    "Value",
    "Where",
    "still_open",
]
