"""What is kept of one subject, by all the names by which it is known, in the catalogue and in every kept record."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Any, Final

import orjson

from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Account, CatalogueEntry, Customer, Subscriber
from telassure.kernel.kept import kept_types
from telassure.wiring.places import reader
from telassure.wiring.recorded import catalogue_now, known_pseudonymiser
from telassure.wiring.settings import Settings

CATALOGUE: Final = "catalogue"


@dataclass(frozen=True, slots=True)
class SubjectExport:
    """What was found, by the name of the store, and the places that were not looked into. `known_as` are the names that
    may be told: the pseudonym of a number, its account and customer, not the number, which is looked for too. The
    `digest` is of all that was found."""

    known_as: Sequence[str]
    stores: Mapping[str, Sequence[Mapping[str, Any]]]
    left_out: Sequence[str]

    @property
    def counts(self) -> Mapping[str, int]:
        return {name: len(found) for name, found in self.stores.items()}

    @property
    def digest(self) -> str:
        return sha256(orjson.dumps(self.stores, option=orjson.OPT_SORT_KEYS)).hexdigest()


def subject_export(settings: Settings, subject: str) -> SubjectExport:
    """All of a subject: a number (MSISDN, IMSI), or the id of an account or a customer. InvalidInput, which does not
    say the number again, where nothing is kept of it."""
    entries = catalogue_now(settings)
    names = _names(entries, subject, _pseudonym(settings, subject)) - {""}
    found = {CATALOGUE: [_plain(each) for each in entries if _is_own(each, names)]}
    with closing(reader(settings)) as records:
        for kind, kept in kept_types().items():
            found[kept.table] = [_plain(each) for each in records.every(kind) if _concerns(each, names)]
    stores = {name: several for name, several in found.items() if several}
    if not stores:
        raise InvalidInput("nothing is kept of this subject; give its number, or the id of its account or customer")
    told = names - ({subject} if numbered(subject) and not _is_id(entries, subject) else set())
    return SubjectExport(sorted(told), stores, list(_left_out(settings)))


def _pseudonym(settings: Settings, subject: str) -> str:
    try:
        return known_pseudonymiser(settings).of(subject)
    except InvalidInput:
        return subject  # an id that can be no number


def _names(entries: Sequence[CatalogueEntry], subject: str, pseudonym: str) -> set[str]:
    """The names of a subject: of a number its account and customer too, but no other number of them; of an account its
    customer and its numbers; of a customer all of its accounts and their numbers."""
    accounts = [each for each in entries if isinstance(each, Account)]
    subscribers = [each for each in entries if isinstance(each, Subscriber)]
    below = {each.account_id for each in accounts if subject in (each.account_id, each.customer)}
    above = {each.account for each in subscribers if each.subscriber == pseudonym}
    numbers = {each.subscriber for each in subscribers if each.account in below}
    customers = {each.customer for each in accounts if each.account_id in (below | above)}
    return {subject, pseudonym, *below, *above, *numbers, *customers}


def _is_id(entries: Sequence[CatalogueEntry], subject: str) -> bool:
    """Whether an account or a customer is called so, whatever it looks like."""
    return any(isinstance(each, Account) and subject in (each.account_id, each.customer) for each in entries)


def numbered(subject: str) -> bool:
    """Whether this may be a number, which is not to be told."""
    return sum(each.isdigit() for each in subject) >= 7 and not any(each.isalpha() for each in subject)


def _is_own(entry: CatalogueEntry, names: set[str]) -> bool:
    """Not what shares an account or a customer with the subject, which may be somebody else's."""
    return isinstance(entry, Account | Customer | Subscriber) and next(_texts(entry)) in names


def _concerns(record: object, names: set[str]) -> bool:
    return any(text in names for text in _texts(record))


def _texts(record: object) -> Iterator[str]:
    for each in fields(record):  # type: ignore[arg-type]  # events and records are dataclasses
        value = getattr(record, each.name)
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            yield from (part for part in value if isinstance(part, str))


def _plain(record: object) -> Mapping[str, Any]:
    found: dict[str, Any] = orjson.loads(orjson.dumps(record, default=str))
    return {"type": type(record).__name__, **found}


def _left_out(settings: Settings) -> Iterator[str]:
    yield "the log: what no worker has applied yet, and what was applied and is not forgotten yet"
    yield "dead letters: open refusals are kept without numbers, but with ids of accounts"
    yield "inbox/done and inbox/failed: files as they came, until their days are over"
    yield f"the archive of ledgers: {settings.retention.archive or 'archive/ of the home'}"
    yield "backups, and what receivers of notices were sent"
    yield "documents that others state by the TM Forum faces: parties, places, resources"
    yield "cells: what operators of a topology remember between records"
    yield "access.db: who logged in and did what; and the audit trails of access and of the log"
    yield "the metric store: series of network elements"
    yield "texts in which a name stands among other words: reasons, notes, texts of alarms"
