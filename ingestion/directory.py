"""Who belongs where: the domain of a managed object and the account of a subscriber, as far as the catalogue says."""

from collections.abc import Iterable
from typing import Protocol

from telassure.kernel.events import CatalogueEntry, Resource, Subscriber


class Directory(Protocol):
    """Look-ups that routing needs; None where the catalogue does not say."""

    def domain_of(self, managed_object: str) -> str | None: ...
    def account_of(self, subscriber: str) -> str | None: ...
    def learn(self, entries: Iterable[CatalogueEntry]) -> None: ...


class MemoryDirectory:
    """The directory in memory: loaded from the catalogue in force, and taught by each change that passes the gateway.

    An object without an entry belongs where the nearest object that contains it does (distinguished names, "," between
    the parts).

    >>> here = MemoryDirectory([Resource("Dublin", "enodeb", "Dublin", "east")])
    >>> here.domain_of("Dublin,Cell=1"), here.domain_of("Cork,Cell=1")
    ('east', None)
    """

    def __init__(self, entries: Iterable[CatalogueEntry] = ()) -> None:
        self._domains: dict[str, str] = {}
        self._accounts: dict[str, str] = {}
        self.learn(entries)

    def domain_of(self, managed_object: str) -> str | None:
        name = managed_object
        while name:
            found = self._domains.get(name)
            if found is not None:
                return found
            name = name.rpartition(",")[0]
        return None

    def account_of(self, subscriber: str) -> str | None:
        return self._accounts.get(subscriber)

    def learn(self, entries: Iterable[CatalogueEntry]) -> None:
        """Take catalogue entries in their order; a later one replaces an earlier one of the same identity."""
        for entry in entries:
            if isinstance(entry, Resource):
                self._domains[entry.resource_id] = entry.domain
            elif isinstance(entry, Subscriber):
                self._accounts[entry.subscriber] = entry.account
