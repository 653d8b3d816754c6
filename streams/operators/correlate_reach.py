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

    @property
    def version(self) -> int:
        """The catalogue's."""
        return self._catalogue.version

    def supports(self, managed_object: str) -> tuple[str, ...]:
        """Itself, then what it depends on, nearest first."""
        self._refresh()
        found = self._supports.get(managed_object)
        if found is None:
            found = self._supports[managed_object] = tuple(self._catalogue.supports(managed_object, HOPS))
        return found

    def dependants(self, domain: str, managed_object: str) -> frozenset[str]:
        """Itself and what depends on it in this domain (the alarms of other domains are not seen here)."""
        self._refresh()
        key = (domain, managed_object)
        found = self._dependants.get(key)
        if found is None:
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
        self._refresh()
        found = self._neighbours.get(managed_object)
        if found is None:
            found = self._neighbours[managed_object] = frozenset(self.adjacent(managed_object))
        return found

    def adjacent(self, managed_object: str) -> tuple[str, ...]:
        """Neighbours without a known direction, as its own entry names them."""
        resource = self._catalogue.resources.get(managed_object)
        return resource.adjacent if resource is not None else ()

    def _refresh(self) -> None:
        if self._catalogue.version != self._version or len(self._supports) + len(self._dependants) > _CACHED:
            self._version = self._catalogue.version
            self._supports.clear()
            self._dependants.clear()
            self._neighbours.clear()
