"""The one validator of what comes from outside: a parsed body of any kind becomes events and refused rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ingestion.fields.privacy import Pseudonymiser
from ingestion.fields.repeated_hour import in_order
from ingestion.fields.terms import BadRow, Terms
from ingestion.kinds import catalogue as inbound_catalogue
from ingestion.kinds import measurements as inbound_kpi
from ingestion.kinds import usage as inbound_usage
from ingestion.kinds.records import SINGLE_KINDS, SingleEvent, known_fields, single
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import CatalogueChange, Measurements, UsageRecords

KINDS: Final = ("measurements", "usage", *SINGLE_KINDS, "catalogue")
FIELDS: Final = frozenset().union(
    inbound_kpi.ROW,
    inbound_usage.KNOWN,
    *map(known_fields, SINGLE_KINDS),
    *map(inbound_catalogue.section_fields, inbound_catalogue.SECTIONS),
)
"""Every field name that any kind of input knows."""
_MOST_ENTRIES: Final = 1_000
InboundEvent: TypeAlias = Measurements | UsageRecords | SingleEvent | CatalogueChange


@dataclass(frozen=True, slots=True)
class Reading:
    """What a body came to: `events`, the body index of each single event, refused rows, and how many rows it had.

    Measurements and alarms have no domain yet, usage without an account has "": the directory completes them.
    """

    events: tuple[InboundEvent, ...]
    indices: tuple[int, ...]
    rejected: tuple[BadRow, ...]
    rows: int


def validate(kind: str, body: object, terms: Terms, who: Pseudonymiser) -> Reading:
    """Judge a parsed JSON body: one object, an array of them, or columns (measurements, usage).

    A bad row is refused alone. InvalidInput where the body has no readable rows at all.
    """
    if kind not in KINDS:
        raise InvalidInput(f"kind {kind!r} is unknown; use one of {', '.join(KINDS)}")
    if kind == "catalogue":
        return _catalogue(body, terms, who)
    if isinstance(body, dict) and isinstance(body.get("time"), list):
        return _columnar(kind, body, terms, who)
    rows = [body] if isinstance(body, dict) else body
    if not isinstance(rows, list):
        raise InvalidInput(f"the body is {type(body).__name__}; send an object or an array of objects")
    if kind == "measurements":
        envelopes, rejected = inbound_kpi.from_rows(rows, terms)
        return Reading(tuple(envelopes), (), rejected, len(rows))
    if kind == "usage":
        usage, rejected = inbound_usage.from_rows(rows, terms, who)
        return Reading((usage,) if len(usage) else (), (), rejected, len(rows))
    return _singles(kind, rows, terms)


def _columnar(kind: str, body: dict[str, object], terms: Terms, who: Pseudonymiser) -> Reading:
    if kind == "measurements":
        envelopes, rejected, rows = inbound_kpi.from_columns(body, terms)
        return Reading(tuple(envelopes), (), rejected, rows)
    if kind == "usage":
        usage, rejected, rows = inbound_usage.from_columns(body, terms, who)
        return Reading((usage,) if len(usage) else (), (), rejected, rows)
    raise InvalidInput(f"{kind} are not taken by column; send an array of objects")


def _singles(kind: str, rows: Sequence[object], terms: Terms) -> Reading:
    events: list[SingleEvent] = []
    indices: list[int] = []
    rejected: list[BadRow] = []
    for index, row in enumerate(in_order(rows, "time", terms.zone)):
        try:
            events.append(single(kind, row, terms, index))
            indices.append(index)
        except InvalidInput as error:
            rejected.append(BadRow(index, error.reason))
    return Reading(tuple(events), tuple(indices), tuple(rejected), len(rows))


def _catalogue(body: object, terms: Terms, who: Pseudonymiser) -> Reading:
    stated, rejected, rows = inbound_catalogue.entries(body, terms, who)
    entries = tuple(each.entry for each in stated)
    changes = [
        CatalogueChange(entries[start : start + _MOST_ENTRIES]) for start in range(0, len(entries), _MOST_ENTRIES)
    ]
    return Reading(tuple(changes), (), rejected, rows)
