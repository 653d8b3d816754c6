"""The lines of the ledger: appended under the seal of their commit, never written over."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Final

from sqlalchemy import Connection, tuple_

from telassure.kernel.events import Charge
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import Instant
from telassure.store.sql import bulk, dialect, seals
from telassure.store.sql.engine import run
from telassure.store.sql.records import table_of

_CHARGES: Final = table_of(Charge)
_LINES: Final = _CHARGES.table.c
Place = tuple[Instant, str]
"""(time, charge_id): where a line stands."""
_IN_ORDER: Final = itemgetter(*(list(_LINES).index(column) for column in (_LINES.time, _LINES.charge_id)))


def append(connection: Connection, place: tuple[int, int], charges: Sequence[Charge]) -> Sequence[Charge]:
    """The lines that were appended by the commit of a place (partition, offset).

    A line whose id stands already says what should stand there: what it says otherwise is appended as a difference that
    names the line it corrects, and one that says the same is not appended again.
    """
    head = seals.head(connection, place[0])
    with connection.begin_nested() as tried:
        if _insert(connection, place, head, charges):
            return charges
        tried.rollback()
    fresh = _fresh(connection, charges, f"{place[0]}/{place[1]}")
    _insert(connection, place, head, fresh)
    return fresh


def _insert(connection: Connection, place: tuple[int, int], head: tuple[int, str], charges: Sequence[Charge]) -> bool:
    """Whether all of them are new."""
    if not charges:
        return True
    partition, offset = place
    rows = sorted([_CHARGES.pack(charge) for charge in charges], key=_IN_ORDER)
    rows, digest = seals.sealed(rows, f"{partition}/{offset}", head[1])
    new = run(connection, bulk.insert(connection.dialect, _CHARGES.table, ignore=True), rows)
    seals.advance(connection, partition, offset, (head[0] + len(rows), digest))
    return new == len(rows)


def _fresh(connection: Connection, charges: Sequence[Charge], seal: str) -> list[Charge]:
    """What is left to append where some lines stand already, or come twice at once."""
    standing = _standing(connection, [(charge.time, charge.charge_id) for charge in charges])
    fresh: list[Charge] = []
    for number, charge in enumerate(charges):
        several = standing.setdefault((charge.time, charge.charge_id), [])
        line = (
            charge if not several else _difference(charge, several, derive_id("delta", charge.charge_id, seal, number))
        )
        if line is not None:
            fresh.append(line)
            several.append(line)
    return fresh


def _difference(charge: Charge, standing: Iterable[Charge], name: str) -> Charge | None:
    """What has to be added to the lines that stand, so that they come to what a line says; None for nothing."""
    volume, amount, shortfall = charge.volume, charge.amount_micros, charge.shortfall_micros
    for line in standing:
        volume, amount, shortfall = (
            volume - line.volume,
            amount - line.amount_micros,
            shortfall - line.shortfall_micros,
        )
    if not (volume or amount or shortfall):
        return None
    return replace(
        charge,
        charge_id=name,
        volume=volume,
        amount_micros=amount,
        shortfall_micros=shortfall,
        correction=True,
        corrects=charge.charge_id,
    )


def _standing(connection: Connection, places: Sequence[Place]) -> dict[Place, list[Charge]]:
    """The lines at these places, and those that correct them, in order."""
    found: dict[Place, list[Charge]] = {}
    for column in (_LINES.charge_id, _LINES.corrects):
        for start in range(0, len(places), dialect.MARKS // 2):
            some = tuple_(_LINES.time, column).in_(places[start : start + dialect.MARKS // 2])
            for row in connection.execute(_CHARGES.table.select().where(some)):
                line = _CHARGES.unpack(row)
                found.setdefault((line.time, line.corrects or line.charge_id), []).append(line)
    return found
