"""Open cases of leakage, summed where they lie."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Select, distinct, func, select

from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import CaseDecision, RevenueLeakage
from telassure.kernel.events.case_decision import DISPUTED
from telassure.kernel.kept import kept_as
from telassure.kernel.ports import LeakageSum
from telassure.store.sql.records import table_of

Each: TypeAlias = Callable[[Callable[[Connection], Sequence[Any]]], Iterable[Sequence[Any]]]
"""What asks every database the same."""
_HALF: Final = 1 << 32


def summed(each: Each, alike: Sequence[str], controls: Sequence[str] | None = None) -> list[LeakageSum]:
    """Of every database, in the order of `alike` and currency; of these controls where any are named.

    What somebody disputes is left out. A subject has its cases in one database, so that subjects add up.
    """
    asked = _query(alike, controls)
    found: dict[tuple[str, ...], LeakageSum] = {}
    for rows in each(lambda connection: connection.execute(asked).all()):
        for *place, cases, subjects, highs, lows, begun, ended in rows:
            *values, currency = place
            total = int(highs) * _HALF + int(lows)
            here = LeakageSum(tuple(values), currency, cases, subjects, total, begun, ended)
            known = found.get(tuple(place))
            found[tuple(place)] = here if known is None else _together(known, here)
    return [found[place] for place in sorted(found)]


def _query(alike: Sequence[str], controls: Sequence[str] | None) -> Select[Any]:
    kept, case, decision = kept_as(RevenueLeakage), table_of(RevenueLeakage).table.c, table_of(CaseDecision).table.c
    for name in alike:
        if name not in kept.filters or kept.hints[name] is not str:
            raise InvalidInput(f"leakage is not summed by {name!r}; by control, subject or service")
    disputed = select(decision.leakage_id).where(decision.decision == DISPUTED)
    opened = (case.state == "open") & case.leakage_id.not_in(disputed)
    if controls is not None:
        opened &= case.control.in_(controls)
    place = [*(case[name] for name in alike), case.amount_currency]
    high, low = case.amount_micros // _HALF, case.amount_micros % _HALF  # a sum of whole ones could pass 64 bits
    subjects = func.count(distinct(case.subject))
    times = func.min(case.period_start), func.max(case.period_end)
    return select(*place, func.count(), subjects, func.sum(high), func.sum(low), *times).where(opened).group_by(*place)


def _together(one: LeakageSum, other: LeakageSum) -> LeakageSum:
    return LeakageSum(
        one.alike,
        one.currency,
        one.cases + other.cases,
        one.subjects + other.subjects,
        one.micros + other.micros,
        min(one.begun, other.begun),
        max(one.ended, other.ended),
    )
