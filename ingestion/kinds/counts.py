"""Switch counts from outside: how much usage a switch says it has produced in a period."""

from collections.abc import Iterator
from typing import Final

from ingestion.batches.forms import Singles
from ingestion.batches.kind import FileForm, Kind
from ingestion.batches.routes import CHARGING, Draft, Routes
from ingestion.fields.row import Row
from ingestion.fields.terms import Terms
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import SwitchCount
from telassure.kernel.identity import derive_id


def _count(row: Row, terms: Terms, _: int) -> SwitchCount:
    start, end = row.period()
    switch, service = row.text("switch"), row.service()
    if end > terms.newest:
        raise InvalidInput(fields.out_of_range(end, "period_end", terms.newest))
    return SwitchCount(
        count_id=_named(row) or derive_id("count", terms.feed, switch, service, start, end),
        feed=terms.feed,
        switch=switch,
        service=service,
        period_start=start,
        period_end=end,
        records=row.whole("records"),
        volume=row.whole("volume"),
    )


def _named(row: Row) -> str:
    return row.record_id("count_id") if row.optional("count_id") else ""


def _route(count: SwitchCount, routes: Routes, _: str) -> Iterator[Draft]:
    yield routes.single(CHARGING, count.switch, count)


COUNTS: Final = Kind(
    name="counts",
    text="how many records and how much volume a switch has counted of one service in one period",
    event=SwitchCount,
    form=Singles(frozenset(SwitchCount.__dataclass_fields__) - {"feed"}, _count),
    route=_route,
    files=FileForm(telltale=("records", "switch")),
    identity="count_id",
)
