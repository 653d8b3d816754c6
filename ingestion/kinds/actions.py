"""Operators' actions from outside: what a person did to an alarm."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ingestion.batches.forms import Singles
from ingestion.batches.kind import OPERATORS, FileForm, Kind
from ingestion.batches.routes import ASSURANCE, Draft, Routes
from ingestion.fields.row import Row
from ingestion.fields.terms import Terms
from telassure.kernel.events import AlarmAction
from telassure.kernel.rights import OPERATE

CHOICES: Final = ("acknowledge", "unacknowledge", "clear")


def _action(row: Row, terms: Terms, _: int) -> AlarmAction:
    return AlarmAction(
        action_id=row.record_id("action_id"),
        domain=row.optional("domain"),
        alarm_id=row.text("alarm_id"),
        action=row.choice("action", CHOICES),
        user=row.acting("user", terms.principal),
        time=row.moment("time", terms.newest),
        feed=terms.feed,
    )


def _route(action: AlarmAction, routes: Routes, domain: str) -> Iterator[Draft]:
    home = action.domain or domain
    yield routes.single(ASSURANCE, home, replace(action, domain=home))


ACTIONS: Final = Kind(
    name="actions",
    text="what an operator did to an alarm: acknowledge, unacknowledge or clear",
    event=AlarmAction,
    form=Singles(frozenset(AlarmAction.__dataclass_fields__) - {"feed"}, _action),
    route=_route,
    files=FileForm(telltale=("action_id",)),
    identity="action_id",
    right=OPERATE,
    feed=OPERATORS,
)
