"""What depends on what, cached for one version of the catalogue: a bounded number of hops, one domain's dependants."""

from typing import Final

from streams.catalogue import Catalogue

HOPS: Final = 6
_CACHED: Final = 200_000


class Reach:
    """Look-ups over the network that are repeated for every alarm. Unknown objects support only themselves."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._version = -1
        self._supports: dict[str, tuple[str, ...]] = {}
        self._dependants: dict[tuple[str, str], frozenset[str]] = {}
        self._neighbours: dict[str, frozenset[str]] = {}
        self._around: dict[str, frozenset[str]] = {}

    @property
    def version(self) -> int:
        """The catalogue's."""
        return self._catalogue.version

    def supports(self, managed_object: str) -> tuple[str, ...]:
        """Itself, then what it depends on, nearest first."""
        if self._catalogue.version == self._version:
            found = self._supports.get(managed_object)
            if found is not None:
                return found
        self._refresh()
        found = self._supports[managed_object] = tuple(self._catalogue.supports(managed_object, HOPS))
        return found

    def around(self, managed_object: str) -> frozenset[str]:
        """Every object whose failure could explain its alarms: its supports and its neighbours."""
        if self._catalogue.version == self._version:
            found = self._around.get(managed_object)
            if found is not None:
                return found
        self._refresh()
        found = frozenset((*self.supports(managed_object), *self.adjacent(managed_object)))
        self._around[managed_object] = found
        return found

    def dependants(self, domain: str, managed_object: str) -> frozenset[str]:
        """Itself and what depends on it in this domain (the alarms of other domains are not seen here)."""
        key = (domain, managed_object)
        if self._catalogue.version == self._version:
            found = self._dependants.get(key)
            if found is not None:
                return found
        self._refresh()
        resources = self._catalogue.resources
        reached = self._catalogue.dependants(managed_object, HOPS)
        found = frozenset(r for r in reached if r == managed_object or resources[r].domain == domain)
        self._dependants[key] = found
        return found

    def within(self, domain: str, managed_object: str) -> tuple[str, ...]:
        """What it is a dependant of as `dependants` sees it: itself, and where it is of this domain its supports."""
        resource = self._catalogue.resources.get(managed_object)
        if resource is None or resource.domain != domain:
            return (managed_object,)
        return self.supports(managed_object)

    def neighbours(self, managed_object: str) -> frozenset[str]:
        """The same as `adjacent`, as a set."""
        if self._catalogue.version == self._version:
            found = self._neighbours.get(managed_object)
            if found is not None:
                return found
        self._refresh()
        found = self._neighbours[managed_object] = frozenset(self.adjacent(managed_object))
        return found

    def adjacent(self, managed_object: str) -> tuple[str, ...]:
        """Neighbours without a known direction, as its own entry names them."""
        resource = self._catalogue.resources.get(managed_object)
        return resource.adjacent if resource is not None else ()

    def _refresh(self) -> None:
        caches = (self._supports, self._dependants, self._neighbours, self._around)
        if self._catalogue.version != self._version or sum(len(cache) for cache in caches) > _CACHED:
            self._version = self._catalogue.version
            for cache in caches:
                cache.clear()
