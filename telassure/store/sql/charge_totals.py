"""What was charged per hour, kept as the ledger's lines are appended, so that no page sums millions of lines."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Table, func, select
from sqlalchemy.sql import ColumnElement

from telassure.kernel.events import Charge
from telassure.kernel.instant import HOUR, Instant
from telassure.store.sql import bulk
from telassure.store.sql.engine import Row, run
from telassure.store.sql.records import table_of
from telassure.store.sql.schema import STATE, TEXT

HOURS: Final = Table(
    "charged_hour",
    STATE,
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("currency", TEXT, primary_key=True),
    Column("micros", BigInteger, nullable=False),
)
_CHARGES: Final = table_of(Charge)
_LINES: Final = _CHARGES.table.c

Sums = Mapping[tuple[Instant, str], int]
"""Micro-units by (hour, currency)."""


def sums_of(charges: Sequence[Charge]) -> Sums:
    """What lines that were appended add to the hours, for `add`. A recharge, which has no service, adds nothing."""
    sums: dict[tuple[Instant, str], int] = {}
    for charge in charges:
        if charge.service:
            place = (charge.time - charge.time % HOUR, charge.currency)
            sums[place] = sums.get(place, 0) + charge.amount_micros
    return sums


def add(connection: Connection, sums: Sums) -> None:
    """The hours are everybody's rows: to be written last, in one order, so that commits wait for each other briefly."""
    statement = bulk.upsert(connection.dialect, HOURS, _sum)
    run(connection, statement, [(*place, micros) for place, micros in sorted(sums.items())])


def _sum(table: Table, came: Any) -> Mapping[str, ColumnElement[Any]]:
    """Not a lambda where it is used: statements are cached by their function, and each lambda would be a new one."""
    return {"micros": table.c.micros + came.micros}


def since(connection: Connection, start: Instant) -> dict[str, int]:
    """Micro-units charged for usage with event time from `start`, by currency: whole hours, and what is before."""
    whole = start + -start % HOUR
    found: dict[str, int] = {}
    hours = select(HOURS.c.currency, func.sum(HOURS.c.micros)).where(HOURS.c.hour >= whole).group_by(HOURS.c.currency)
    for currency, micros in [*connection.execute(hours), *_between(connection, start, whole)]:
        found[currency] = found.get(currency, 0) + int(micros)
    return {currency: micros for currency, micros in found.items() if micros}


def forget(connection: Connection, before: Instant) -> int:
    """The hours go with their lines: those that end before an instant from which on no line is older."""
    return int(connection.execute(HOURS.delete().where(HOURS.c.hour < before - before % HOUR)).rowcount)


def _between(connection: Connection, start: Instant, end: Instant) -> Sequence[Row]:
    usage = (_LINES.time >= start) & (_LINES.time < end) & (_LINES.service != "")
    lines = select(_LINES.currency, func.sum(_LINES.amount_micros)).where(usage).group_by(_LINES.currency)
    return [tuple(row) for row in connection.execute(lines)]
