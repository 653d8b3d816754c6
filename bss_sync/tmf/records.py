"""Resources that the system concludes, shown as they stand, with what others have added to them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from bss_sync.tmf.back_office import BackOffice, Caller
from bss_sync.tmf.documents import SCANNED, DocumentBacking
from bss_sync.tmf.face import Wire, WirePage
from bss_sync.tmf.overlay import Overlay
from bss_sync.tmf.query import Filter, ListQuery, in_order
from bss_sync.tmf.refusal import FaceRefusal, bad, missing
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import parse_instant
from telassure.kernel.kept import DESCENDING, BusinessRecord, kept_as
from telassure.kernel.ports import ANY, AnyOf, Between, Condition, NoneOf, Value, Where

R = TypeVar("R", bound=BusinessRecord)
_SKIPPED: Final = 5_000
UNFOUND: Final = "\x00"
"""A text that no record holds."""


def as_text(text: str) -> Value:
    return text


def as_instant(text: str) -> Value:
    """An instant as a query writes it; a "+" that the address turned into a space is one."""
    try:
        return parse_instant(text.replace(" ", "+") if "T" in text else text)
    except (InvalidInput, ValueError):
        raise bad("a filter by time needs a date-time such as 2026-06-01T10:00:00Z") from None


@dataclass(frozen=True, slots=True)
class Column:
    """The record's field that an attribute is, and how a text of a query becomes its value."""

    field: str
    value: Callable[[str], Value] = as_text


@dataclass(frozen=True)
class Projection(Generic[R]):
    """A type of record as a resource: `show` makes all attributes that are the system's own; `columns` are those that
    the store can be asked by; `stated` are attributes shown as others have stated them, where they have;
    `otherwise` holds where nobody says another; `key` makes the record's key of an id, None where it cannot be one.
    `only` are texts that fields of a record have to be, for it to be shown."""

    record: type[R]
    resource: str
    show: Callable[[R], dict[str, Any]]
    columns: Mapping[str, Column] = field(default_factory=dict)
    stated: tuple[str, ...] = ()
    otherwise: Mapping[str, Any] = field(default_factory=dict)
    key: Callable[[str], tuple[Value, ...] | None] = lambda identity: (identity,)
    only: Mapping[str, str] = field(default_factory=dict)

    def name(self, record: R) -> str:
        """The id that a record is shown under: its key's values with a dot between them."""
        return ".".join(str(getattr(record, name)) for name in kept_as(self.record).key)

    def where(self, filters: Sequence[Filter]) -> tuple[Where, list[Filter]]:
        """What the store can be asked, and what is left to look at."""
        asked: dict[str, Condition] = dict(self.only)
        left = list[Filter]()
        for each in filters:
            column = self.columns.get(each.path)
            condition = None if column is None or column.field in asked else _condition(each, column)
            if column is None or condition is None:
                left.append(each)
            else:
                asked[column.field] = condition
        return asked, left

    def order(self, names: Sequence[str]) -> tuple[str, ...] | None:
        """The same order in the record's fields, None where the store cannot give it."""
        found = []
        for name in names:
            column = self.columns.get(name.removeprefix(DESCENDING))
            if column is None:
                return None
            found.append((DESCENDING if name.startswith(DESCENDING) else "") + column.field)
        return tuple(found)


class RecordBacking(Generic[R]):
    """Documents of the same type that others have created (`foreign`) first, then the records in their own order."""

    def __init__(self, office: BackOffice, projection: Projection[R], foreign: DocumentBacking | None = None) -> None:
        self.office, self.projection, self.foreign = office, projection, foreign
        self.overlay = Overlay(office, projection.resource, projection.stated)
        self._key = kept_as(projection.record).identity

    def get(self, identity: str) -> Wire | None:
        own = self.foreign.get(identity) if self.foreign is not None else None
        if own is not None:
            return own
        record = self.record(identity)
        return None if record is None else next(iter(self._whole([record])))

    def record(self, identity: str) -> R | None:
        """The record that is shown under an id."""
        if self.overlay.is_gone(identity):
            return None
        key = self.projection.key(identity)
        found = None if key is None else self.office.reader.get(self.projection.record, *key)
        if found is None or any(getattr(found, name) != text for name, text in self.projection.only.items()):
            return None
        return found

    def listed(self, query: ListQuery) -> WirePage:
        where, left = self.projection.where(query.filters)
        order = self.projection.order(query.order)
        gone = self.overlay.gone()
        mixed = self.foreign is not None and (query.order or query.filters)
        if left or order is None or mixed or (gone and self._key in where):
            return self._looked_through(query, where, left)
        where = {**where, self._key: NoneOf(sorted(gone))} if gone else where
        before = 0 if self.foreign is None else self.office.documents.count(self.projection.resource)
        rows: list[Wire] = []
        if self.foreign is not None and query.offset < before:
            rows += self.foreign.listed(ListQuery(offset=query.offset, limit=query.limit)).rows
        if len(rows) < query.limit:
            records = self._page(where, order, max(query.offset - before, 0), query.limit - len(rows))
            rows += self._whole(records)
        return WirePage(rows, before + self.office.reader.count(self.projection.record, where))

    def create(self, body: Wire, caller: Caller) -> Wire:
        if self.foreign is None:
            raise FaceRefusal(405, "these are made by the system alone")
        return self.foreign.create(body, caller)

    def change(self, before: Wire, after: Wire, caller: Caller) -> Wire:
        """What is not the system's own is kept; FaceRefusal where something else is to be changed."""
        identity = str(before["id"])
        if self.foreign is not None and self.foreign.get(identity) is not None:
            return self.foreign.change(before, after, caller)
        record = self.record(identity)
        if record is None:
            raise missing(self.projection.resource)
        own = self.projection.show(record)
        touched = [name for name in own if after.get(name) != before.get(name)]
        if touched:
            raise bad(f"{', '.join(touched[:5])}: this is what the system has concluded, and cannot be set")
        self.overlay.keep(identity, own, after)
        return next(iter(self._whole([record])))

    def remove(self, identity: str, caller: Caller) -> None:
        if self.foreign is not None and self.foreign.get(identity) is not None:
            self.foreign.remove(identity, caller)
            return
        if self.record(identity) is None:
            raise missing(self.projection.resource)
        self.overlay.remove(identity, caller)

    def _page(self, where: Where, order: Sequence[str], offset: int, limit: int) -> Sequence[R]:
        reader, after = self.office.reader, ""
        while offset > 0:
            page = reader.find(self.projection.record, where, tuple(order), min(offset, _SKIPPED), after)
            offset, after = offset - len(page.rows), page.after
            if not after:
                return ()
        return reader.find(self.projection.record, where, tuple(order), limit, after).rows

    def _looked_through(self, query: ListQuery, where: Where, left: Sequence[Filter]) -> WirePage:
        found = list[Wire]()
        for looked_at, each in enumerate(self._whole(self.office.reader.every(self.projection.record, where or ANY))):
            if looked_at >= SCANNED:
                able = ", ".join(sorted(self.projection.columns)) or "id"
                raise bad(f"that takes looking through more than {SCANNED:,}; narrow it by {able}")
            if all(one.holds(each) for one in left):
                found.append(each)
        gone = self.overlay.gone()
        own = self.foreign.every() if self.foreign is not None else []
        chosen = [each for each in own if all(one.holds(each) for one in query.filters)]
        chosen += [each for each in found if each["id"] not in gone]
        ordered = in_order(chosen, query.order)
        return WirePage(ordered[query.offset : query.offset + query.limit], len(ordered))

    def _whole(self, records: "Sequence[R] | Iterator[R]") -> Iterator[Wire]:
        """With what was added to them."""
        several = list[R]()
        for record in records:
            several.append(record)
            if len(several) >= _SKIPPED:
                yield from self._with_additions(several)
                several = []
        yield from self._with_additions(several)

    def _with_additions(self, records: Sequence[R]) -> Iterator[Wire]:
        name, show, otherwise = self.projection.name, self.projection.show, self.projection.otherwise
        return self.overlay.over([(name(record), otherwise, show(record)) for record in records])


def _condition(asked: Filter, column: Column) -> Condition | None:
    """The store's own condition; None where it has none for this."""
    if asked.operator in ("eq", "ne"):
        values = [column.value(text) for text in asked.values]
        return NoneOf(values) if asked.operator == "ne" else AnyOf(values)
    value = column.value(asked.values[0]) if len(asked.values) == 1 else None
    if not isinstance(value, int):
        return None
    beyond = value + 1 if asked.operator in ("gt", "lte") else value
    return Between(beyond, None) if asked.operator in ("gt", "gte") else Between(None, beyond)
