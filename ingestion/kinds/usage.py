"""Usage from outside, by row or by column, becomes one envelope of pseudonyms and prefixes; accounts may be open."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np

from ingestion.fields import columns
from ingestion.fields.columns import Column, Faults
from ingestion.fields.privacy import Pseudonymiser, dialled_prefix
from ingestion.fields.repeated_hour import told_apart
from ingestion.fields.terms import BadRow, Terms
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import UsageRecords

REQUIRED: Final = ("record_id", "service", "time", "volume")
KNOWN: Final = frozenset({*REQUIRED, "subscriber", "account", "destination", "switch"})


def from_rows(rows: Sequence[object], terms: Terms, who: Pseudonymiser) -> tuple[UsageRecords, tuple[BadRow, ...]]:
    """Row by row: {record_id, subscriber and/or account, service, destination?, switch?, time, volume}."""
    faults = Faults(len(rows))
    found = columns.columns_of(rows, KNOWN, REQUIRED, faults)
    return _envelope(found, terms, who, faults), faults.bad_rows()


def from_columns(
    body: Mapping[str, object], terms: Terms, who: Pseudonymiser
) -> tuple[UsageRecords, tuple[BadRow, ...], int]:
    """The same names as arrays; also gives the number of rows."""
    found = columns.arrays_of(body, KNOWN, REQUIRED)
    faults = Faults(len(found["time"]))
    return _envelope(found, terms, who, faults), faults.bad_rows(), faults.rows


def _envelope(found: Mapping[str, Column], terms: Terms, who: Pseudonymiser, faults: Faults) -> UsageRecords:
    subscribers, subscriber = _optional(found, "subscriber", lambda value: _pseudonym(value, who), faults)
    accounts, account = _optional(found, "account", partial(fields.optional_text, field="account"), faults)
    services, service = columns.coded(found["service"], partial(fields.text, field="service"), faults)
    destinations, destination = _optional(found, "destination", _prefix, faults)
    switches, switch = _optional(found, "switch", partial(fields.optional_text, field="switch"), faults)
    _somebody((accounts, account), (subscribers, subscriber), faults)
    envelope = UsageRecords(
        feed=terms.feed,
        accounts=accounts,
        subscribers=subscribers,
        services=services,
        destinations=destinations,
        switches=switches,
        record_id=_record_ids(found["record_id"], faults),
        account=account,
        subscriber=subscriber,
        service=service,
        destination=destination,
        switch=switch,
        time=columns.instants(told_apart(found["time"], terms.zone), "time", terms.zone, terms.newest, faults),
        volume=columns.wholes(found["volume"], "volume", faults),
        late=np.zeros(faults.rows, dtype=np.bool_),
    )
    good = faults.good()
    return envelope if good.all() else envelope.take(good)


Dictionary = tuple[tuple[str, ...], np.ndarray[tuple[int], np.dtype[np.int32]]]


def _optional(found: Mapping[str, Column], name: str, admit: Callable[[object], str], faults: Faults) -> Dictionary:
    column = found.get(name)
    if column is None:
        return ("",), np.zeros(faults.rows, dtype=np.int32)
    return columns.coded(column, admit, faults)


def _somebody(accounts: Dictionary, subscribers: Dictionary, faults: Faults) -> None:
    nobody = np.ones(faults.rows, dtype=np.bool_)
    for dictionary, codes in (accounts, subscribers):
        if "" not in dictionary:
            return
        nobody &= codes == dictionary.index("")
    for row in np.flatnonzero(nobody).tolist():
        faults.mark(row, "subscriber and account are both missing; give one of them")


def _pseudonym(value: object, who: Pseudonymiser) -> str:
    if value is None or value == "":
        return ""
    if not isinstance(value, str):
        raise InvalidInput(f"subscriber is {type(value).__name__}, not text; write its digits in quotes")
    return who.of(value)


def _prefix(value: object) -> str:
    destination = fields.optional_text(value, "destination", limit=128)
    return dialled_prefix(destination)


def _record_ids(column: Column, faults: Faults) -> tuple[str, ...]:
    ids: list[str] = []
    for row, value in enumerate(column):
        if (
            type(value) is str
            and value
            and len(value) <= fields.LONGEST_TEXT
            and value.isascii()
            and value.isprintable()
        ):
            ids.append(value)
            continue
        try:
            ids.append(fields.text(value, "record_id"))
        except InvalidInput as error:
            faults.mark(row, error.reason)
            ids.append("")
    return tuple(ids)
