"""Usage from outside, by row or by column, becomes one envelope of pseudonyms and prefixes; accounts may be open."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from ingestion.batches.forms import Envelopes
from ingestion.batches.kind import Columns, FileForm, Kind
from ingestion.batches.routes import CHARGING, Draft, Routes, used
from ingestion.fields import columns
from ingestion.fields.columns import Column, Faults
from ingestion.fields.privacy import Pseudonymiser, dialled_prefix, service_name
from ingestion.fields.repeated_hour import told_apart
from ingestion.fields.restated import restated
from ingestion.fields.terms import NO_ROWS, Reading, RowNumbers, Terms
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import UsageRecords

Dictionary = tuple[tuple[str, ...], np.ndarray[tuple[int], np.dtype[np.int32]]]
_CODES: Final = ("account", "subscriber", "service", "destination", "switch")
REQUIRED: Final = ("record_id", "service", "time", "volume")
KNOWN: Final = frozenset({*REQUIRED, "subscriber", "account", "destination", "switch"})


def _from_rows(rows: Sequence[object], terms: Terms, who: Pseudonymiser) -> Reading:
    """Row by row: {record_id, subscriber and/or account, service, destination?, switch?, time, volume}."""
    faults = Faults(len(rows))
    return _reading(_envelope(columns.columns_of(rows, KNOWN, REQUIRED, faults), terms, who, faults), faults)


def _from_columns(body: Mapping[str, object], terms: Terms, who: Pseudonymiser) -> Reading:
    """The same names as arrays."""
    found = columns.arrays_of(body, KNOWN, REQUIRED)
    faults = Faults(len(found["time"]))
    return _reading(_envelope(found, terms, who, faults), faults)


def _envelope(found: Mapping[str, Column], terms: Terms, who: Pseudonymiser, faults: Faults) -> UsageRecords:
    subscribers, subscriber = _optional(found, "subscriber", lambda value: _pseudonym(value, who), faults)
    accounts, account = _optional(found, "account", partial(fields.optional_text, field="account"), faults)
    services, service = columns.coded(found["service"], service_name, faults)
    destinations, destination = _optional(found, "destination", partial(_prefix, terms.priced), faults)
    switches, switch = _optional(found, "switch", partial(fields.optional_text, field="switch"), faults)
    _somebody((accounts, account), (subscribers, subscriber), faults)
    return UsageRecords(
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


def _reading(whole: UsageRecords, faults: Faults) -> Reading:
    good = np.flatnonzero(faults.good())
    if not len(good):
        return Reading((), (), faults.bad_rows(), faults.rows)
    envelope = whole if len(good) == faults.rows else whole.take(good)
    return Reading((envelope,), (good,), faults.bad_rows(), faults.rows, good[_repeats(envelope)])


def _repeats(envelope: UsageRecords) -> RowNumbers:
    """Rows that say of a record id, in every field, what an earlier row says; other content is the deduplication's."""
    if len(set(envelope.record_id)) == len(envelope):
        return NO_ROWS
    first: dict[str, int] = {}
    key = np.fromiter((first.setdefault(each, n) for n, each in enumerate(envelope.record_id)), np.int64)
    codes = [getattr(envelope, name).astype(np.int64) for name in _CODES]
    return restated(key, envelope.time, envelope.volume, *codes)[0]


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


def _prefix(priced: Container[str], value: object) -> str:
    destination = fields.optional_text(value, "destination", limit=128)
    return dialled_prefix(destination, priced)


def _spelt(column: Column) -> tuple[str, ...] | None:
    """The ids, where all of them are in their one spelling as they come; seen of the whole column at once."""
    try:
        joined = "|".join(column)  # type: ignore[arg-type]  # what is no text is told by the join
    except TypeError:
        return None
    strange = not (joined.isascii() and joined.isprintable()) or any(gap in f"|{joined}|" for gap in ("||", "| ", " |"))
    ids: tuple[str, ...] = tuple(column)  # type: ignore[arg-type]  # they are all text, as they were joined
    return None if strange or max(map(len, ids)) > fields.LONGEST_TEXT else ids


def _record_ids(column: Column, faults: Faults) -> tuple[str, ...]:
    if (spelt := _spelt(column)) is not None:
        return spelt
    ids: list[str] = []
    for row, value in enumerate(column):
        try:
            ids.append(fields.record_id(value, "record_id"))
        except InvalidInput as error:
            faults.mark(row, error.reason)
            ids.append("")
    return tuple(ids)


def _route(envelope: UsageRecords, routes: Routes, _: str) -> Iterator[Draft]:
    """An envelope for each partition of accounts."""
    charged = _with_accounts(envelope, routes)
    partition_of = [routes.partition(CHARGING, account) for account in charged.accounts]
    place = np.array(partition_of, dtype=np.int64)[charged.account]
    for piece in routes.pieces(np.arange(len(charged))):
        for partition in np.unique(place[piece]).tolist():
            rows = piece[place[piece] == partition]
            yield Draft(CHARGING, partition, compact_usage(charged.take(rows)), len(rows), rows)


def _with_accounts(envelope: UsageRecords, routes: Routes) -> UsageRecords:
    """Usage that names only its subscriber goes to the account that paid for that subscriber at its time."""
    if "" not in envelope.accounts:
        return envelope
    open_code = envelope.accounts.index("")
    codes = {account: code for code, account in enumerate(envelope.accounts)}
    owners = routes.directory.owners
    payers = [owners.newest(who) or "" if who else "" for who in envelope.subscribers]
    paid_by = np.fromiter((codes.setdefault(payer, len(codes)) for payer in payers), np.int32, len(payers))
    account = np.where(envelope.account == open_code, paid_by[envelope.subscriber], envelope.account)
    moved = np.array([owners.dated(who) for who in envelope.subscribers])[envelope.subscriber]
    for row in np.flatnonzero(moved & (envelope.account == open_code)).tolist():
        payer = owners.at(envelope.subscribers[envelope.subscriber[row]], int(envelope.time[row])) or ""
        account[row] = codes.setdefault(payer, len(codes))
    return replace(envelope, accounts=tuple(codes), account=account.astype(np.int32))


def compact_usage(part: UsageRecords) -> UsageRecords:
    """Only the dictionary entries that its rows use."""
    accounts, account = used(part.accounts, part.account)
    subscribers, subscriber = used(part.subscribers, part.subscriber)
    services, service = used(part.services, part.service)
    destinations, destination = used(part.destinations, part.destination)
    switches, switch = used(part.switches, part.switch)
    return replace(
        part,
        accounts=accounts,
        account=account,
        subscribers=subscribers,
        subscriber=subscriber,
        services=services,
        service=service,
        destinations=destinations,
        destination=destination,
        switches=switches,
        switch=switch,
    )


def _columns(table: Columns) -> object:
    return dict(table)


USAGE: Final = Kind(
    name="usage",
    text="one mediated record (CDR) of use: who, which service, when, how much; also as arrays",
    event=UsageRecords,
    form=Envelopes(KNOWN, _from_rows, _from_columns),
    route=_route,
    files=FileForm(telltale=("record_id",), chunk=10_000, body=_columns),
    personal=True,
)
