"""Operators' verdicts on episodes from outside: whether an anomaly was one."""

from collections.abc import Iterator
from typing import Final

from ingestion.batches.forms import Singles
from ingestion.batches.kind import OPERATORS, FileForm, Kind
from ingestion.batches.routes import DETECTION, Draft, Routes
from ingestion.fields.row import Row
from ingestion.fields.terms import Terms
from telassure.kernel.events import Verdict
from telassure.kernel.rights import JUDGE

CHOICES: Final = ("true_positive", "false_positive", "undo")


def _why(row: Row) -> str:
    """In the operator's own words, which may take several lines, but must be there."""
    return row.free("why") or row.text("why")


def _verdict(row: Row, terms: Terms, _: int) -> Verdict:
    verdict = row.choice("verdict", CHOICES)
    return Verdict(
        verdict_id=row.record_id("verdict_id"),
        domain=row.text("domain"),
        feed=row.text("feed"),
        managed_object=row.text("managed_object"),
        measurement=row.text("measurement"),
        started_at=row.moment("started_at", terms.newest),
        verdict=verdict,
        scope=row.choice("scope", ("series", "measurement")) if "scope" in row else "series",
        user=row.acting("user", terms.principal),
        why=_why(row),
        given_at=row.moment("given_at", terms.newest),
        undoes=row.text("undoes") if verdict == "undo" else row.optional("undoes"),
    )


def _route(verdict: Verdict, routes: Routes, _: str) -> Iterator[Draft]:
    yield routes.single(DETECTION, verdict.domain, verdict)


VERDICTS: Final = Kind(
    name="verdicts",
    text="an operator's word on an episode: true or false positive, or the undoing of such a word",
    event=Verdict,
    form=Singles(frozenset(Verdict.__dataclass_fields__), _verdict),
    route=_route,
    files=FileForm(telltale=("verdict_id",)),
    identity="verdict_id",
    right=JUDGE,
    feed=OPERATORS,
)
