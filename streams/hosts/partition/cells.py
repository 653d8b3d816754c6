"""One operator's cells in one partition: cached, loaded on a miss, marked when changed, dumped at the checkpoint."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from streams.hosts.partition.failures import NOT_THE_OPERATOR, OperatorFailure, StoreFailure, UnreadableCell
from streams.hosts.partition.owners import FOREVER, NEVER, Owner, Owners
from streams.operator import owner as owner_of
from streams.topology import AnyOperator
from telassure.kernel.errors import StaleOwner, TelassureError, UnknownSchema
from telassure.kernel.instant import Instant
from telassure.kernel.ports import CellRow

Load = Callable[[str, Sequence[str]], Mapping[str, CellRow]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A cell as it was before a record that may have to be undone; `blob` None where there was none."""

    blob: bytes | None
    wake: Instant | None
    dirty: bool


def as_loaded(rows: Mapping[str, CellRow], owners: Owners) -> Mapping[str, CellRow]:
    """The rows, where they are no newer than their owners' clocks; StaleOwner where somebody else has committed since
    these were loaded: a paced partition's hops and points would leave before its own commit finds that out."""
    for key, row in rows.items():
        owner = owners.by_name.get(owner_of(key))
        if owner is not None and 0 < owner.applied < row.offset:
            raise StaleOwner(f"{row.operator}: {key!r} is stored as of {row.offset}, loaded as of {owner.applied}")
    return rows


class Cells:
    """The KeyedState an operator sees. Dirty cells stay in memory; clean ones leave, least recently committed first.

    A cell is looked for in the store only where its owner was known there or the cell has been put out of the cache.
    """

    def __init__(self, operator: AnyOperator, index: int, owners: Owners, load: Load, limit: int) -> None:
        self.operator = operator
        self.index = index
        self.dirty: dict[str, None] = {}
        self.journal: dict[str, Snapshot] | None = None
        self._owners = owners
        self._load = load
        self._limit = limit
        self._cached: dict[str, Any] = {}
        self._due: list[str] = []
        self._fetched = self._evicted = 0

    # --- what the operator calls ---------------------------------------------------------------------------------

    def of(self, key: str) -> Any:
        cell = self._cached.get(key)
        if cell is None:
            cell = self._fetch(key)
        if self.journal is not None:
            self._note(key, cell)
        if cell is None:
            cell = self._cached[key] = self.operator.fresh()
        self.dirty[key] = None
        return cell

    def peek(self, key: str) -> Any:
        cell = self._cached.get(key)
        return cell if cell is not None else self._fetch(key)

    def wake(self, key: str, at: Instant | None) -> None:
        """Set or drop the cell's timer; ValueError where the store could not hold it, which is the operator's fault."""
        if at is not None and not NEVER <= at <= FOREVER:
            raise ValueError(f"{self.operator.name}: a timer at {at} of {key!r}, which no clock reaches")
        cell = self.peek(key)
        if cell is None:
            raise KeyError(f"{self.operator.name}: no cell {key!r} to wake; call `of` first")
        if self.journal is not None:
            self._note(key, cell)
        self._owners.wake(self._owner(key), self.index, key, at)
        self.dirty[key] = None

    def due(self, watermark: Instant) -> Iterator[tuple[str, Any]]:
        del watermark  # the host has already chosen the cells of this instant
        while self._due:
            key = self._due.pop(0)
            if self.peek(key) is not None:
                yield key, self.of(key)

    def forget(self, key: str) -> None:
        cell = self.peek(key)
        if cell is None:
            return
        if self.journal is not None:
            self._note(key, cell)
        self._owners.wake(self._owner(key), self.index, key, None)
        del self._cached[key]
        self.dirty[key] = None

    # --- what the host calls -------------------------------------------------------------------------------------

    @property
    def figures(self) -> tuple[int, int, int]:
        """Cells in memory; and how often one was read from the store, and put out of the cache."""
        return len(self._cached), self._fetched, self._evicted

    def fire(self, keys: Sequence[str]) -> None:
        """Drop the timers of these cells and offer them by `due` in the coming step."""
        self.prefetch(keys)
        for key in keys:
            if self.peek(key) is None:
                self._owners.wake(self._owner(key), self.index, key, None)
            else:
                self.wake(key, None)
        self._due = list(keys)

    def fired(self) -> None:
        """The step is over: what the operator did not take is not offered again."""
        self._due = []

    def prefetch(self, keys: Iterable[str]) -> None:
        """Load several cells in one read."""
        missing = [key for key in dict.fromkeys(keys) if key not in self._cached and self._stored(key)]
        if len(missing) > 1:
            self._read(missing)

    def rows(self, keys: Iterable[str], offset: int) -> Iterator[CellRow]:
        """The dirty cells among `keys` as the store takes them; they are clean afterwards."""
        name, version = self.operator.name, self.operator.state_version
        for key in keys:
            del self.dirty[key]
            cell = self._cached.get(key)
            try:
                blob = None if cell is None else self.operator.dump(cell)
            except Exception as failure:
                raise OperatorFailure(name, repr(failure)) from failure
            yield CellRow(name, key, version, blob, self._owners.wakes.get((self.index, key)), offset)

    def evict(self) -> None:
        """Put clean cells out until the cache is a tenth under its limit."""
        if len(self._cached) <= self._limit:
            return
        surplus = len(self._cached) - self._limit * 9 // 10
        for key in [key for key in self._cached if key not in self.dirty][:surplus]:
            del self._cached[key]
            self._evicted += 1
            owner = self._owners.by_name.get(owner_of(key))
            if owner is not None:  # an idle one may be gone
                owner.new = False

    def refresh(self, keys: Iterable[str]) -> None:
        """These cells were used last."""
        if len(self._cached) > self._limit // 2:
            for key in keys:
                if key in self._cached:
                    self._cached[key] = self._cached.pop(key)

    def undo(self) -> None:
        """Put the journalled cells back as they were, timers and all."""
        for key, before in (self.journal or {}).items():
            if before.blob is None:
                self._cached.pop(key, None)
            else:
                self._cached[key] = self.operator.load(before.blob, self.operator.state_version)
            owner = self._owners.by_name.get(owner_of(key))
            if owner is not None:  # a key that is no event's has no timer
                self._owners.wake(owner, self.index, key, before.wake)
            if not before.dirty:
                self.dirty.pop(key, None)
        self.journal = None
        self._due = []

    def verify(self) -> None:
        """Dump what the journal holds, so that a cell that cannot be kept is found at the record that made it."""
        for key in self.journal or ():
            cell = self._cached.get(key)
            if cell is not None:
                self.operator.dump(cell)

    # --- within ----------------------------------------------------------------------------------------------------

    def _owner(self, key: str) -> Owner:
        found = self._owners.by_name.get(owner_of(key))
        if found is None:
            raise ValueError(f"{self.operator.name}: cell {key!r} does not start with the key of an event")
        return found

    def _stored(self, key: str) -> bool:
        if key in self.dirty:  # forgotten and not yet committed
            return False
        found = self._owners.by_name.get(owner_of(key))
        return found is not None and not found.new

    def _fetch(self, key: str) -> Any:
        if not self._stored(key):
            return None
        self._read([key])
        return self._cached.get(key)

    def _read(self, keys: Sequence[str]) -> None:
        try:
            rows = self._load(self.operator.name, keys)
        except TelassureError:
            raise
        except Exception as failure:
            raise StoreFailure(f"reading cells of {self.operator.name}") from failure
        self._fetched += len(rows)
        for key, row in rows.items():
            if row.blob is not None:
                self._cached[key] = self._loaded(row.blob, row.version)

    def _loaded(self, blob: bytes, version: int) -> Any:
        """A cell from its bytes; UnreadableCell where they are of a version that the operator does not read."""
        name, reads = self.operator.name, self.operator.reads
        if version not in reads:
            known = " and ".join(map(str, sorted(reads)))
            raise UnreadableCell(
                f"{name}: a stored cell is of version {version}, and this release reads {known}; run the release that "
                "wrote it, or replay the log into a new state"
            )
        try:
            return self.operator.load(blob, version)
        except NOT_THE_OPERATOR:
            raise
        except UnknownSchema as unknown:
            raise UnreadableCell(f"{name}: {unknown}") from unknown
        except Exception as broken:
            raise UnreadableCell(f"{name}: a stored cell of version {version} is damaged: {broken!r}") from broken

    def _note(self, key: str, cell: Any) -> None:
        if self.journal is None or key in self.journal:
            return
        blob = None if cell is None else self.operator.dump(cell)
        self.journal[key] = Snapshot(blob, self._owners.wakes.get((self.index, key)), key in self.dirty)
