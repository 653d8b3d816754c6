"""What is kept of what the system concludes: one declaration beside each type of record, from which the rest follows.

The SQL tables, the fingerprint, the memory store, the reader and retention are made of these declarations; only the
migration that makes a table is written by hand.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Final, Generic, TypeAlias, TypeVar, get_type_hints

from telassure.kernel.declared import declared, derived
from telassure.kernel.errors import ConfigurationError

EVENTS: Final = "telassure.kernel.events"
DESCENDING: Final = "-"
"""What the name of a field begins with in an order that has the greatest first."""
Order: TypeAlias = tuple[str, ...]


class BusinessRecord:
    """Something that the system concluded. A subclass is a frozen dataclass whose first field is its id, and has a
    `Kept` beside it in its module; a later record of the same key replaces the earlier."""

    __slots__ = ()


R = TypeVar("R", bound=BusinessRecord)


@dataclass(frozen=True, eq=False)
class Kept(Generic[R]):
    """How records of one type are kept, found and forgotten. Names are those of the record's fields.

    `time` says how old a record is. `order` is the one in which they are read ("-" before a name: the greatest first);
    the key completes it. `filters` can be asked for besides the key, `indexes` are the table's own beside the key's.
    `key` is the id alone, or begins with what the table lies in the order of and ends with the id. `closed` are the
    states of a record that is done with; one that is open is never removed, and none at all where `removable` is
    not set. What is `archived` is a ledger: its records leave the table only into an archive. `days` is how long a
    record that is done with stays where nobody says otherwise, 0 for ever. `shown_to` are the rights that may see them.
    `appended` are fields that migrations have added behind the others, in that order; `unknown` is what a field counts
    as in an order while it is None.

    >>> from telassure.kernel.events import Alarm
    >>> kept_as(Alarm).table, kept_as(Alarm).key, kept_as(Alarm).order
    ('alarm', ('alarm_id',), ('-perceived_severity', '-changed_at'))
    """

    record: type[R]
    table: str
    time: str
    order: Order
    filters: tuple[str, ...]
    shown_to: tuple[str, ...]
    key: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    closed: tuple[str, ...] = ()
    removable: bool = True
    archived: bool = False
    days: int = 400
    unhashed: tuple[str, ...] = ()
    appended: tuple[str, ...] = ()
    unknown: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.key:
            object.__setattr__(self, "key", (self.names[0],))
        if self.key[-1] != self.names[0]:
            raise ConfigurationError(f"{self.table}: the key ends with {self.key[-1]}, not with the id {self.names[0]}")
        for name in self._mentioned():
            if name not in self.names:
                raise ConfigurationError(f"{self.table}: {self.record.__name__} has no field {name}")

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in fields(self.record))  # type: ignore[arg-type]  # each one is a dataclass

    @cached_property
    def hints(self) -> Mapping[str, Any]:
        """The types of the fields."""
        return get_type_hints(self.record)

    @property
    def identity(self) -> str:
        """The field that holds the id."""
        return self.key[-1]

    def _mentioned(self) -> Iterator[str]:
        yield from (self.time, *self.filters, *self.key, *self.unhashed, *self.appended, *self.unknown)
        yield from (name.removeprefix(DESCENDING) for name in self.order)
        yield from ("state",) if self.closed else ()
        yield from (name for index in self.indexes for name in index)


@derived
def kept_types() -> Mapping[type[BusinessRecord], Kept[BusinessRecord]]:
    """Every declaration by its record; ConfigurationError where a record or a table is declared twice."""
    found: dict[type[BusinessRecord], Kept[BusinessRecord]] = {}
    tables: dict[str, str] = {}
    for kept in declared(Kept, EVENTS):
        name = kept.record.__name__
        if kept.record in found or kept.table in tables:
            raise ConfigurationError(f"{name} is kept in {kept.table}, as {tables.get(kept.table, name)} is already")
        found[kept.record], tables[kept.table] = kept, name
    return found


def kept_as(record: type[R]) -> Kept[R]:
    """How records of a type are kept; ConfigurationError for a type that is not."""
    kept = kept_types().get(record)
    if kept is None:
        raise ConfigurationError(f"{record.__name__} is not kept: declare Kept({record.__name__}, …) beside it")
    return kept  # type: ignore[return-value]  # it was found by its record
