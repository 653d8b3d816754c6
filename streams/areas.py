"""Which domains are layers of one network, so that what fails in one is seen in another and correlated in one place."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import combinations
from typing import Final

from streams.catalogue import Catalogue

ALIKE: Final = 0.1
"""Domains of which more than so many objects (of the smaller) are of kinds that both have are regions, not layers."""
LEAST: Final = 10
"""A domain of fewer objects is too small to tell what it is."""


class Areas:
    """The areas of a network: each a set of domains, called after the one on which most others of it rest.

    Domains are layers (optical, IP, radio) where the objects of one depend on those of another and they have hardly a
    kind of object in common; regions have the same kinds, and stay apart. The strongest ties are taken first, and no
    area comes to hold two regions. A domain that is no layer is an area of its own. Made anew when a resource changes.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._network = -1
        self._of: Mapping[str, str] = {}

    def of(self, domain: str) -> str:
        """The area of a domain."""
        return self._known().get(domain, domain)

    def holds(self, area: str, domain: str) -> bool:
        """Whether objects of this domain are correlated there: in its area, or alone under its own name."""
        return area in (domain, self.of(domain))

    def domains(self, area: str) -> list[str]:
        """The domains of an area, by name."""
        return sorted({area, *(domain for domain, found in self._known().items() if found == area)})

    def _known(self) -> Mapping[str, str]:
        if self._network != self._catalogue.network:
            self._network = self._catalogue.network
            self._of = _areas(self._catalogue)
        return self._of


def _areas(catalogue: Catalogue) -> dict[str, str]:
    """The area of every domain whose area is not called as itself."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    ties: Counter[tuple[str, str]] = Counter()
    for resource in catalogue.resources.values():
        kinds[resource.domain][resource.kind] += 1
        for support in resource.depends_on:
            other = catalogue.resources.get(support)
            if other is not None and other.domain != resource.domain:
                ties[(resource.domain, other.domain)] += 1
    if not ties:
        return {}
    area_of = {domain: {domain} for domain in kinds}
    apart = {pair for pair in combinations(sorted(kinds), 2) if not _layers(kinds[pair[0]], kinds[pair[1]])}
    for (upper, lower), _ in sorted(ties.items(), key=lambda one: (-one[1], one[0])):
        together = area_of[upper] | area_of[lower]
        if not any(pair in apart for pair in combinations(sorted(together), 2)):
            area_of.update(dict.fromkeys(together, together))
    return {domain: name for domain, area in area_of.items() if (name := _name(area, ties)) != domain}


def _layers(some: Counter[str], others: Counter[str]) -> bool:
    """Whether two domains have hardly a kind of object in common."""
    least = min(some.total(), others.total())
    common = sum(min(count, others[kind]) for kind, count in some.items())
    return least >= LEAST and common <= ALIKE * least


def _name(area: set[str], ties: Counter[tuple[str, str]]) -> str:
    """The domain on which most of the others rest, the first of several by name."""
    rests = Counter(lower for (upper, lower) in ties if upper in area and lower in area)
    return min(area, key=lambda domain: (-rests[domain], domain))
