"""Billed lines from outside: what the operator's billing system says it has billed."""

from collections.abc import Iterator
from typing import Final

from ingestion.batches.forms import Singles
from ingestion.batches.kind import FileForm, Kind
from ingestion.batches.routes import CHARGING, Draft, Routes
from ingestion.fields.row import Row
from ingestion.fields.terms import Terms
from telassure.kernel.events import BilledLine


def _bill(row: Row, terms: Terms, _: int) -> BilledLine:
    start, end = row.period()
    return BilledLine(
        line_id=row.record_id("line_id"),
        bill_id=row.record_id("bill_id"),
        feed=terms.feed,
        account=row.text("account"),
        service=row.service(),
        period_start=start,
        period_end=end,
        quantity=row.whole("quantity"),
        amount=row.money("amount"),
        time=row.moment("time", terms.newest),
    )


def _route(line: BilledLine, routes: Routes, _: str) -> Iterator[Draft]:
    yield routes.single(CHARGING, line.account, line)


BILLS: Final = Kind(
    name="bills",
    text="one line of a customer bill: usage of one service by one account in one period, and its price",
    event=BilledLine,
    form=Singles(frozenset(BilledLine.__dataclass_fields__) - {"feed"} | {"currency"}, _bill),
    route=_route,
    files=FileForm(telltale=("line_id",)),
    identity="line_id",
    personal=True,
)
