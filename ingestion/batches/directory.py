"""Who belongs where: the domain of a managed object and the account of a subscriber, as far as the catalogue says."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import RLock
from typing import Final, Protocol

from ingestion.batches.in_force import CatalogueInForce
from telassure.kernel.events import CatalogueEntry, Resource, Subscriber
from telassure.kernel.valid_time import ValidTimes

_ELEMENTS: Final = ("ManagedElement=", "MeContext=")  # a local name begins here at the latest (TS 32.300)
_LOOKED_UP: Final = 500_000
_MOST_PARTS: Final = 32


class Directory(Protocol):
    """Look-ups that routing needs; None where the catalogue does not say. `owners` are subscribers' accounts."""

    @property
    def in_force(self) -> CatalogueInForce: ...
    def stating(self) -> AbstractContextManager[CatalogueInForce]:
        """For one statement at a time: the catalogue in force, as of everything that is in the log by now."""
        ...

    def domain_of(self, managed_object: str) -> str | None: ...
    @property
    def owners(self) -> ValidTimes[str]: ...
    def learn(self, entries: Iterable[CatalogueEntry]) -> None: ...


class MemoryDirectory:
    """The directory in memory: loaded from the catalogue in force, and taught by each change that passes the gateway.

    An object without an entry belongs where the nearest object that contains it does (distinguished names, "," between
    the parts). A catalogue may leave out the leading parts of names (a file's dnPrefix): an object or container whose
    whole name it does not know is looked up by its local one, which begins at ManagedElement or above.

    >>> here = MemoryDirectory([Resource("Dublin", "enodeb", "Dublin", "east")])
    >>> here.domain_of("Dublin,Cell=1"), here.domain_of("Cork,Cell=1"), here.domain_of("SubNetwork=9,Dublin,Cell=1")
    ('east', None, 'east')

    `catch_up` teaches it what others have put into the log since it was asked last.
    """

    def __init__(self, entries: Iterable[CatalogueEntry] = (), catch_up: Callable[[], None] | None = None) -> None:
        self.in_force = CatalogueInForce()
        self.gate = RLock()
        self._catch_up = catch_up
        self._domains: dict[str, str] = {}
        self.owners: ValidTimes[str] = ValidTimes()
        self._looked_up: dict[str, str | None] = {}
        self.learn(entries)

    @contextmanager
    def stating(self) -> Iterator[CatalogueInForce]:
        with self.gate:
            if self._catch_up is not None:
                self._catch_up()
            yield self.in_force

    def domain_of(self, managed_object: str) -> str | None:
        if managed_object in self._domains:
            return self._domains[managed_object]
        if managed_object not in self._looked_up:
            if len(self._looked_up) >= _LOOKED_UP:
                self._looked_up.clear()
            self._looked_up[managed_object] = self._nearest(managed_object.split(","))
        return self._looked_up[managed_object]

    def _nearest(self, parts: Sequence[str]) -> str | None:
        highest = _local_from(parts) + 1
        names = (",".join(parts[start:end]) for end in range(len(parts), 0, -1) for start in range(min(end, highest)))
        return next((self._domains[name] for name in names if name in self._domains), None)

    def learn(self, entries: Iterable[CatalogueEntry]) -> None:
        """Take catalogue entries in their order; a later one replaces an earlier one of the same identity."""
        several = tuple(entries)
        with self.gate:
            self.in_force.learn(several)
        for entry in several:
            if isinstance(entry, Resource):
                self._domains[entry.resource_id] = entry.domain
                self._looked_up.clear()
            elif isinstance(entry, Subscriber):
                self.owners.put(entry.subscriber, entry.valid_from, entry.account)


def _local_from(parts: Sequence[str]) -> int:
    """The last part at which a local name may begin: the element, or where none is named, what is above an object."""
    element = next((place for place, part in enumerate(parts) if part.startswith(_ELEMENTS)), max(len(parts) - 2, 0))
    return min(element, _MOST_PARTS)
