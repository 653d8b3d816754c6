"""What depends on what, cached for one version of the catalogue: a bounded number of hops, one domain's dependants."""

from typing import Final

from streams.catalogue import Catalogue, within
from streams.operators.correlation.names import Names, place

HOPS: Final = 14
FARTHEST: Final = 1 << 30
NEAR: Final = 4
SHARED: Final = 8
UNSEEN: Final = (-360.0, -360.0)
"""No place: it has not been looked for."""
_CACHED: Final = 200_000


class Reach:
    """Look-ups over the network that are repeated for every alarm. Unknown objects support only themselves."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._names_say = Names(catalogue)
        self._version = -1
        self._supports: dict[str, tuple[str, ...]] = {}
        self._dependants: dict[tuple[str, str], frozenset[str]] = {}
        self._neighbours: dict[str, frozenset[str]] = {}
        self._around: dict[str, frozenset[str]] = {}
        self._parents: dict[str, tuple[str, ...]] = {}
        self._links: dict[str, list[tuple[str, str]]] = {}
        self._linked = False
        self._children: dict[str, tuple[str, ...]] = {}
        self._above: dict[str, frozenset[str]] = {}
        self._places: dict[str, tuple[float, float] | None] = {}

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
        found = self._supports[managed_object] = tuple(within(managed_object, HOPS, self.parents))
        return found

    def parents(self, managed_object: str) -> tuple[str, ...]:
        """What it depends on directly, as far as the inventory lets one see: what it names as its supports; of what
        names two ends or more, the ports there (or the ends, where it names no port), since a link is as well as both;
        and of what one of two names as a neighbour and the other does not, each of the other. What names imply is
        added, and what they gainsay left out (`Names`)."""
        if self._catalogue.version == self._version:
            found = self._parents.get(managed_object)
            if found is not None:
                return found
        self._refresh()
        found = self._parents[managed_object] = tuple(self._found_parents(managed_object))
        return found

    def above(self, managed_object: str) -> frozenset[str]:
        """Itself and all that it depends on, however far."""
        if self._catalogue.version == self._version:
            found = self._above.get(managed_object)
            if found is not None:
                return found
        self._refresh()
        found = self._above[managed_object] = frozenset(within(managed_object, FARTHEST, self.parents))
        return found

    def children(self, managed_object: str) -> tuple[str, ...]:
        """The other direction of `parents`."""
        if self._catalogue.version == self._version:
            found = self._children.get(managed_object)
            if found is not None:
                return found
        self._refresh()
        catalogue = self._catalogue
        near = {
            managed_object,
            *catalogue.dependents.get(managed_object, ()),
            *catalogue.beside.get(managed_object, ()),
            *self._names_say.below(managed_object),
        }
        resource = catalogue.resources.get(managed_object)
        for name in (*resource.depends_on, *resource.adjacent) if resource is not None else ():
            near.add(name)
        for name in tuple(near):
            near.update(catalogue.beside.get(name, ()))
        found = tuple(sorted(n for n in near if n != managed_object and managed_object in self.parents(n)))
        self._children[managed_object] = found
        return found

    def states(self, managed_object: str, support: str) -> bool:
        """Whether the inventory itself says that it depends on this, by its entry or by its name."""
        resource = self._catalogue.resources.get(managed_object)
        if resource is None:
            return False
        return support in resource.depends_on or support in self._names_say.of(managed_object).implied

    def functions(self, managed_object: str) -> list[str]:
        """What many services have in common and those of this object need, though it does not depend on it: there is no
        path between a cell and the function that registers its users."""
        catalogue, found = self._catalogue, set[str]()
        services = catalogue.services_on.get(managed_object, ())
        if len(services) >= SHARED:
            return []
        for service in services:
            found.update(catalogue.services[service].supported_by)
        mine = self.supports(managed_object)
        return sorted(name for name in found if self.is_shared(name) and name not in mine)

    def is_shared(self, managed_object: str) -> bool:
        """Whether many services need it."""
        return self.serves(managed_object) >= SHARED

    def serves(self, managed_object: str) -> int:
        """How many services need it."""
        return len(self._catalogue.services_on.get(managed_object, ()))

    def is_leaf(self, managed_object: str) -> bool:
        """Whether nothing depends on it, neither objects nor many services."""
        return not self.is_shared(managed_object) and not self.children(managed_object)

    def ends(self, managed_object: str) -> tuple[str, ...]:
        """The two ends of a link, as its own entry names them; () where it is none."""
        resource = self._catalogue.resources.get(managed_object)
        if resource is None or self._ends(managed_object) != 2:
            return ()
        return tuple(sorted(name for name in resource.adjacent if not self._names(name, managed_object)))

    def links(self) -> dict[str, list[tuple[str, str]]]:
        """From each end of a link: (link, other end)."""
        if self._catalogue.version != self._version or not self._linked:
            self._refresh()
            self._linked = True
            for name in sorted(self._catalogue.resources):
                ends = self.ends(name)
                if ends:
                    self._links.setdefault(ends[0], []).append((name, ends[1]))
                    self._links.setdefault(ends[1], []).append((name, ends[0]))
        return self._links

    def place(self, managed_object: str) -> tuple[float, float] | None:
        """Latitude and longitude in degrees: its own, or else those of what it stands at."""
        if self._catalogue.version == self._version:
            known = self._places.get(managed_object, UNSEEN)
            if known is not UNSEEN:
                return known
        self._refresh()
        found = self._places[managed_object] = place(self._catalogue, managed_object)
        return found

    def kind(self, managed_object: str) -> str:
        """The class of the object; "" where it is unknown."""
        resource = self._catalogue.resources.get(managed_object)
        return resource.kind if resource is not None else ""

    def branches(self, managed_object: str) -> int:
        """How many objects depend on it directly."""
        return len(self.children(managed_object))

    def _found_parents(self, managed_object: str) -> dict[str, None]:
        catalogue = self._catalogue
        resource = catalogue.resources.get(managed_object)
        if resource is None:
            return {}
        named = self._names_say.of(managed_object)
        found = dict.fromkeys((*(name for name in resource.depends_on if name not in named.doubted), *named.implied))
        ends = [
            name for name in resource.adjacent if not self._names(name, managed_object) and name in catalogue.resources
        ]
        if len(ends) > 1 or (ends and self._is_link(managed_object)):
            below = sorted(catalogue.dependents.get(managed_object, ()))
            for end in ends:
                ports = [port for port in below if end in catalogue.supports(port, NEAR)]
                found.update(dict.fromkeys(ports or [end]))
            return found
        found.update(dict.fromkeys(ends))
        if not resource.depends_on and not catalogue.dependents.get(managed_object):
            for name in sorted(catalogue.beside.get(managed_object, ())):
                if name not in resource.adjacent and not self._is_link(name):
                    found[name] = None
        return found

    def _is_link(self, managed_object: str) -> bool:
        """Whether things of its kind mostly join two others; the inventory may have lost one of the ends."""
        resource = self._catalogue.resources.get(managed_object)
        return resource is None or self._catalogue.linking.get(resource.kind, 0) > 0

    def _ends(self, managed_object: str) -> int:
        resource = self._catalogue.resources.get(managed_object)
        named = resource.adjacent if resource is not None else ()
        return sum(1 for name in named if not self._names(name, managed_object) and name in self._catalogue.resources)

    def _names(self, managed_object: str, neighbour: str) -> bool:
        resource = self._catalogue.resources.get(managed_object)
        return resource is not None and neighbour in resource.adjacent

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
        reached = within(managed_object, HOPS, self.children)
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
        caches = (
            *(self._supports, self._dependants, self._neighbours),
            *(self._around, self._parents, self._children, self._links, self._above, self._places),
        )
        if self._catalogue.version != self._version or sum(len(cache) for cache in caches) > _CACHED:
            self._version, self._linked = self._catalogue.version, False
            for cache in caches:
                cache.clear()
