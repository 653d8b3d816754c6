"""Recharges from outside: money that was put on a prepaid balance."""

from collections.abc import Iterator
from typing import Final

from ingestion.batches.forms import Singles
from ingestion.batches.kind import FileForm, Kind
from ingestion.batches.routes import CHARGING, Draft, Routes
from ingestion.fields.row import Row
from ingestion.fields.terms import Terms
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Recharge


def _recharge(row: Row, terms: Terms, _: int) -> Recharge:
    amount = row.money("amount")
    if amount.micros <= 0:
        raise InvalidInput(f"amount {amount} of a recharge is not positive")
    return Recharge(
        recharge_id=row.record_id("recharge_id"),
        feed=terms.feed,
        account=row.text("account"),
        amount=amount,
        time=row.moment("time", terms.newest),
    )


def _route(recharge: Recharge, routes: Routes, _: str) -> Iterator[Draft]:
    yield routes.single(CHARGING, recharge.account, recharge)


RECHARGES: Final = Kind(
    name="recharges",
    text="money put on the balance of a prepaid account",
    event=Recharge,
    form=Singles(frozenset(Recharge.__dataclass_fields__) - {"feed"} | {"currency"}, _recharge),
    route=_route,
    files=FileForm(telltale=("recharge_id",)),
    identity="recharge_id",
    personal=True,
)
