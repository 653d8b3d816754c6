"""The ledger and, in the same transaction, what was charged per hour, so that no page sums millions of lines."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Table, Text, func, select

from telassure.events import Charge
from telassure.instant import HOUR, Instant
from telassure.store.sql import dialect
from telassure.store.sql.engine import Row, run
from telassure.store.sql.records import CHARGES
from telassure.store.sql.schema import STATE

HOURS: Final = Table(
    "charged_hour",
    STATE,
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("currency", Text, primary_key=True),
    Column("micros", BigInteger, nullable=False),
)
_LINES: Final = CHARGES.table.c


def write(connection: Connection, charges: Sequence[Charge]) -> None:
    """Upsert the lines. Where all are new their sums are added; where one was there, its hours are summed again."""
    if not charges:
        return
    rows = [CHARGES.pack(charge) for charge in charges]
    if run(connection, dialect.insert(connection.dialect, CHARGES.table, ignore=True), rows) == len(rows):
        sums = _sums(charges)
        text = dialect.upsert(connection.dialect, HOURS, lambda t, came: {"micros": t.c.micros + came.micros})
    else:
        run(connection, dialect.upsert(connection.dialect, CHARGES.table), rows)
        sums = [row for hour in sorted({c.time - c.time % HOUR for c in charges}) for row in _summed(connection, hour)]
        text = dialect.upsert(connection.dialect, HOURS)
    run(connection, text, sums)


def since(connection: Connection, start: Instant) -> dict[str, int]:
    """Micro-units charged for usage with event time from `start`, by currency: whole hours, and what is before."""
    whole = start + -start % HOUR
    found: dict[str, int] = {}
    hours = select(HOURS.c.currency, func.sum(HOURS.c.micros)).where(HOURS.c.hour >= whole).group_by(HOURS.c.currency)
    for currency, micros in [*connection.execute(hours), *_between(connection, start, whole)]:
        found[currency] = found.get(currency, 0) + int(micros)
    return {currency: micros for currency, micros in found.items() if micros}


def _sums(charges: Sequence[Charge]) -> list[Row]:
    sums: dict[tuple[Instant, str], int] = {}
    for charge in charges:
        if charge.service:  # a recharge has none
            place = (charge.time - charge.time % HOUR, charge.currency)
            sums[place] = sums.get(place, 0) + charge.amount_micros
    return [(*place, micros) for place, micros in sums.items()]


def _summed(connection: Connection, hour: Instant) -> list[Row]:
    return [(hour, currency, int(micros)) for currency, micros in _between(connection, hour, hour + HOUR)]


def _between(connection: Connection, start: Instant, end: Instant) -> Sequence[Row]:
    usage = (_LINES.time >= start) & (_LINES.time < end) & (_LINES.service != "")
    lines = select(_LINES.currency, func.sum(_LINES.amount_micros)).where(usage).group_by(_LINES.currency)
    return [tuple(row) for row in connection.execute(lines)]
