"""Resources of the catalogue in force: inventory, customers, accounts and offerings, read and stated as files are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import uuid4

from bss_sync.tmf.back_office import BackOffice, Caller
from bss_sync.tmf.documents import DocumentBacking
from bss_sync.tmf.face import Wire, WirePage
from bss_sync.tmf.overlay import Overlay
from bss_sync.tmf.query import ListQuery, in_order
from bss_sync.tmf.refusal import bad, missing
from telassure.kernel.events import CatalogueEntry
from telassure.kernel.events.control import name_of
from telassure.kernel.instant import iso

E = TypeVar("E", bound=CatalogueEntry)
_PIECE: Final = 1_000


@dataclass(frozen=True)
class EntryForm(Generic[E]):
    """A type of entry as a resource. `show` makes the attributes that the catalogue decides. `row` makes the row of the
    catalogue's `section` that a body states under an id, None where the body is none of ours to state: it is kept as it
    was sent. `ended` is the row that takes an entry out of use, None where none does; `otherwise` are
    attributes that hold where nobody has said others. `settable` are those of `show` that a change may state, `stated`
    those that are shown as they were stated, where they were, and `joined` arrays of which others may add elements."""

    kind: type[E]
    resource: str
    section: str
    show: Callable[[E], dict[str, Any]]
    row: Callable[[str, Wire, E | None], Mapping[str, Any] | None]
    ended: Callable[[E], Mapping[str, Any] | None] = lambda entry: None
    otherwise: Callable[[E], dict[str, Any]] = lambda entry: {}
    settable: frozenset[str] = frozenset()
    stated: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()


class EntryBacking(Generic[E]):
    """Documents of others first, then the entries in the order in which they were first stated."""

    def __init__(self, office: BackOffice, form: EntryForm[E]) -> None:
        self._office, self._form = office, form
        self._foreign = DocumentBacking(office, form.resource)
        self._overlay = Overlay(office, form.resource, form.stated, form.joined)

    def get(self, identity: str) -> Wire | None:
        own = self._foreign.get(identity)
        if own is not None:
            return own
        entry = self._entry(identity)
        return None if entry is None else next(iter(self._whole([entry])))

    def listed(self, query: ListQuery) -> WirePage:
        gone = self._overlay.gone()
        entries = [each for each in self._stated() if not gone or name_of(each) not in gone]
        if query.filters or query.order:
            several = [*self._foreign.every(), *self._whole(entries)]
            found = in_order((each for each in several if all(f.holds(each) for f in query.filters)), query.order)
            return WirePage(found[query.offset : query.offset + query.limit], len(found))
        before = self._office.documents.count(self._form.resource)
        rows = [*self._foreign.listed(query).rows] if query.offset < before else []
        start = max(query.offset - before, 0)
        rows += self._whole(entries[start : start + query.limit - len(rows)])
        return WirePage(rows, before + len(entries))

    def create(self, body: Wire, caller: Caller) -> Wire:
        identity = str(uuid4())
        row = self._form.row(identity, body, None)
        if row is None:
            return self._foreign.create(body, caller)
        return self._state(identity, row, body, caller)

    def change(self, before: Wire, after: Wire, caller: Caller) -> Wire:
        identity = str(before["id"])
        if self._foreign.get(identity) is not None:
            return self._foreign.change(before, after, caller)
        entry = self._entry(identity)
        if entry is None:
            raise missing(self._form.resource)
        own = self._form.show(entry)
        touched = {name for name in own if after.get(name) != before.get(name)} - {*self._form.stated}
        if refused := touched - self._form.settable:
            raise bad(f"{', '.join(sorted(refused))}: this is what the catalogue says, and cannot be set here")
        row = self._form.row(identity, after, entry) if touched else None
        if touched and row is None:
            raise bad("what is left could not be stated in the catalogue")
        if row is not None:
            begins = getattr(entry, "valid_from", None)  # what is changed is the entry that was shown
            return self._state(identity, row if begins is None else {**row, "valid_from": iso(begins)}, after, caller)
        self._overlay.keep(identity, own, after)
        return next(iter(self._whole([entry])))

    def remove(self, identity: str, caller: Caller) -> None:
        """It is taken out of use, and not shown any more."""
        if self._foreign.get(identity) is not None:
            self._foreign.remove(identity, caller)
            return
        entry = self._entry(identity)
        if entry is None:
            raise missing(self._form.resource)
        row = self._form.ended(entry)
        if row is not None:
            self._office.submit("catalogue", {self._form.section: [row]}, caller)
        self._overlay.remove(identity, caller)

    def _state(self, identity: str, row: Mapping[str, Any], body: Wire, caller: Caller) -> Wire:
        self._office.submit("catalogue", {self._form.section: [row]}, caller)
        entry = self._office.awaited(lambda: self._entry(identity), identity)
        self._overlay.keep(identity, self._form.show(entry), body)
        return next(iter(self._whole([entry])))

    def _entry(self, identity: str) -> E | None:
        if self._overlay.is_gone(identity):
            return None
        return self._office.stated.get(self._form.kind, identity)

    def _stated(self) -> Sequence[E]:
        return self._office.stated.every(self._form.kind)

    def _whole(self, entries: Sequence[E]) -> Iterator[Wire]:
        for start in range(0, len(entries), _PIECE):
            some = entries[start : start + _PIECE]
            form = self._form
            yield from self._overlay.over([(name_of(each), form.otherwise(each), form.show(each)) for each in some])


def characteristic(body: Wire, name: str, of: str) -> str:
    """The value of a characteristic, "" where there is none."""
    several = body.get(of)
    for each in several if isinstance(several, list) else ():
        if isinstance(each, dict) and each.get("name") == name and each.get("value") is not None:
            return str(each["value"])
    return ""
