"""The business records as tables: columns follow the dataclass, money is micros and currency, tuples are JSON text."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from math import isnan
from operator import attrgetter
from types import NoneType
from typing import Any, Final, Generic, TypeVar, get_args, get_type_hints

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
)
from sqlalchemy.types import TypeEngine

from telassure.kernel.events import (
    ActOutcome,
    Alarm,
    Charge,
    KpiEpisode,
    MediatedCount,
    ModelComparison,
    Notification,
    PerceivedSeverity,
    RevenueLeakage,
    RootCause,
    ServiceProblem,
    SwitchCount,
    ThresholdChange,
    TroubleTicket,
)
from telassure.kernel.money import Money
from telassure.kernel.ports import BusinessRecord
from telassure.store.sql import bulk
from telassure.store.sql.engine import Row, run
from telassure.store.sql.schema import STATE, TEXT

R = TypeVar("R")
_TEXTS: Final = tuple[str, ...]
_CAUSES: Final = tuple[RootCause, ...]
_TABLE: Final = tuple[tuple[float, ...], ...]
_COLUMNS: Final[Mapping[Any, type[TypeEngine[Any]] | TypeEngine[Any]]] = {
    str: TEXT,
    int: BigInteger,
    float: Double,
    bool: Boolean,
    PerceivedSeverity: SmallInteger,
    _TEXTS: TEXT,
    _CAUSES: TEXT,
    _TABLE: TEXT,
}
_DEFAULTS: Final[Mapping[str, str]] = {
    "trace": "",
    "evidence": "[]",
    "group_id": "",
    "corroborating": "[]",
    "ack_user": "",
    "assignee": "",
    "notes": "[]",
}
"""What a release that does not know a column leaves in it."""
_APPENDED: Final[Mapping[type[Any], tuple[str, ...]]] = {
    Alarm: ("ack_user", "acked_at"),
    KpiEpisode: ("evidence", "rank", "group_id", "corroborating"),
    TroubleTicket: ("assignee", "notes"),
}
"""Columns that stand behind the trace, where migrations have added them, in that order."""


@dataclass(frozen=True)
class RecordTable(Generic[R]):
    """One record type and its table. `pack` gives a row in column order, `unpack` the record of a row."""

    record: type[R]
    table: Table
    pack: Callable[[R], Row]
    unpack: Callable[[Sequence[Any]], R]

    def write(self, connection: Connection, records: Iterable[R]) -> None:
        """Upsert by primary key, in order: of two with one id the later stays."""
        run(connection, bulk.upsert(connection.dialect, self.table), [self.pack(record) for record in records])


def _hints(record: type[Any]) -> list[tuple[str, Any, bool]]:
    """(field, type without None, whether it may be None) in the order of the columns: as the fields, but for those
    that were appended."""
    hints = get_type_hints(record)
    appended = _APPENDED.get(record, ())
    found = []
    for name in (*(field.name for field in fields(record) if field.name not in appended), *appended):
        hint = hints[name]
        some = [part for part in get_args(hint) if part is not NoneType]
        optional = NoneType in get_args(hint)
        found.append((name, some[0] if optional else hint, optional))
    return found


def _columns(record: type[Any]) -> list[Column[Any]]:
    made: list[Column[Any]] = []
    for name, hint, optional in _hints(record):
        if hint is Money:
            made.append(Column(f"{name}_micros", BigInteger, nullable=False))
            made.append(Column(f"{name}_currency", TEXT, nullable=False))
        elif name in _DEFAULTS:
            made.append(Column(name, TEXT, nullable=False, server_default=_DEFAULTS[name]))
        else:  # NaN is kept as NULL, as SQLite does by itself, so a float column is nullable
            made.append(Column(name, _COLUMNS[hint], nullable=optional or hint is float))
    return made


def _packer(record: type[R]) -> Callable[[R], Row]:
    paths: list[str] = []
    encoded: list[tuple[int, Callable[[Any], object]]] = []
    for name, hint, _ in _hints(record):
        if hint in _STORE:
            encoded.append((len(paths), _STORE[hint]))
        paths.extend([f"{name}.micros", f"{name}.currency"] if hint is Money else [name])
    fast: Callable[[R], Row] = attrgetter(*paths)
    if not encoded:
        return fast

    def pack(record: R) -> Row:
        row = list(fast(record))
        for place, store in encoded:
            row[place] = store(row[place])
        return tuple(row)

    return pack


def _unpacker(record: type[R]) -> Callable[[Sequence[Any]], R]:
    hints = _hints(record)

    def unpack(row: Sequence[Any]) -> R:
        values: dict[str, Any] = {}
        stored = iter(row)
        for name, hint, optional in hints:
            value = next(stored)
            if hint is Money:
                values[name] = Money(value, next(stored))
            else:
                values[name] = None if value is None and optional else _LOAD.get(hint, _same)(value)
        return record(**values)

    return unpack


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _number(value: float | None) -> float | None:
    """One form in every database: not a number is NULL, and zero has no sign."""
    return None if value is None or isnan(value) else value + 0.0


_STORE: Final[Mapping[Any, Callable[[Any], object]]] = {
    _TEXTS: _json,
    _CAUSES: _json,
    _TABLE: _json,
    float: _number,
}


def _same(value: object) -> object:
    return value


def _causes(text: str) -> tuple[RootCause, ...]:
    return tuple(RootCause(**cause) for cause in orjson.loads(text))


_LOAD: Final[Mapping[Any, Callable[[Any], Any]]] = {
    bool: bool,
    float: lambda value: float("nan") if value is None else value,
    PerceivedSeverity: PerceivedSeverity,
    _TEXTS: lambda text: tuple(orjson.loads(text)),
    _CAUSES: _causes,
    _TABLE: lambda text: tuple(map(tuple, orjson.loads(text))),
}


def _record_table(record: type[R], name: str, key: Sequence[str], *indexes: Sequence[str]) -> RecordTable[R]:
    table = Table(
        name,
        STATE,
        *_columns(record),
        PrimaryKeyConstraint(*key),
        *(Index(f"{name}_by_{columns[-1]}", *columns) for columns in indexes),
        sqlite_with_rowid=False,
    )
    return RecordTable(record, table, _packer(record), _unpacker(record))


ALARMS: Final = _record_table(Alarm, "alarm", ["alarm_id"], ("state", "perceived_severity", "changed_at"))
EPISODES: Final = _record_table(KpiEpisode, "kpi_episode", ["episode_id"], ("state", "changed_at"))
PROBLEMS: Final = _record_table(
    ServiceProblem, "service_problem", ["problem_id"], ("state", "perceived_severity", "opened_at")
)
TICKETS: Final = _record_table(TroubleTicket, "trouble_ticket", ["ticket_id"], ("state", "opened_at"))
NOTIFICATIONS: Final = _record_table(Notification, "notification", ["notification_id"], ("time",))
# By time first: a ledger grows at its end, and in a tree by id alone 10,000 random ids touch 10,000 pages a commit.
# The id derives from the usage record or recharge it charges, whose time is part of it.
CHARGES: Final = _record_table(Charge, "charge", ["time", "charge_id"])
LEAKAGE: Final = _record_table(RevenueLeakage, "revenue_leakage", ["leakage_id"], ("state", "time"))
SWITCH_COUNTS: Final = _record_table(SwitchCount, "switch_count", ["count_id"])
MEDIATED_COUNTS: Final = _record_table(MediatedCount, "mediated_count", ["count_id"])
THRESHOLD_CHANGES: Final = _record_table(ThresholdChange, "threshold_change", ["change_id"], ("given_at",))
COMPARISONS: Final = _record_table(ModelComparison, "model_comparison", ["comparison_id"], ("time",))
ACT_OUTCOMES: Final = _record_table(ActOutcome, "act_outcome", ["act_id"], ("object_id",), ("given_at",))

RECORD_TABLES: Final[Mapping[type[Any], RecordTable[Any]]] = {
    kept.record: kept
    for kept in (
        ALARMS,
        EPISODES,
        PROBLEMS,
        TICKETS,
        NOTIFICATIONS,
        CHARGES,
        LEAKAGE,
        SWITCH_COUNTS,
        MEDIATED_COUNTS,
        THRESHOLD_CHANGES,
        COMPARISONS,
        ACT_OUTCOMES,
    )
}


def write(connection: Connection, records: Sequence[BusinessRecord]) -> None:
    """Upsert every record into the table of its type."""
    by_type: dict[type[Any], list[BusinessRecord]] = {}
    for record in records:
        by_type.setdefault(type(record), []).append(record)
    for record_type, several in by_type.items():
        RECORD_TABLES[record_type].write(connection, several)
