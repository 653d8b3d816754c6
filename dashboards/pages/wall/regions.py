"""Where services lie: by the domain of what carries them, or, where all is one domain, by the compass in its extent."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from telassure.kernel.events import CatalogueEntry, Resource, Service

COMPASS: Final = (
    ("North-west", "North", "North-east"),
    ("West", "Centre", "East"),
    ("South-west", "South", "South-east"),
)
"""Rows from the north, columns from the west, as on a map."""
ELSEWHERE: Final = "Elsewhere"
Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the network and its active services, counted by kind."""

    name: str
    kinds: Mapping[str, int]

    @property
    def services(self) -> int:
        return sum(self.kinds.values())


@dataclass(frozen=True, slots=True)
class Regions:
    """All parts, in the order in which they are shown; the region and the kind of every active service by its id."""

    parts: tuple[Region, ...] = ()
    region: Mapping[str, str] = field(default_factory=dict)
    kind: Mapping[str, str] = field(default_factory=dict)

    @property
    def by_compass(self) -> bool:
        return any(part.name in COMPASS[0] + COMPASS[1] + COMPASS[2] for part in self.parts)


def regions(catalogue: Iterable[CatalogueEntry]) -> Regions:
    """The regions of a catalogue's active services.

    >>> from telassure.kernel.events import Resource, Service
    >>> north = Resource("r-1", "router", "", "d", (), (), 54.0, 10.0), Service("s-1", "line", "a", "p", ("r-1",))
    >>> south = Resource("r-2", "router", "", "d", (), (), 48.0, 10.0), Service("s-2", "line", "a", "p", ("r-2",))
    >>> dict(regions([*north, *south]).region)
    {'s-1': 'North', 's-2': 'South'}
    """
    entries = list(catalogue)
    resources = {each.resource_id: each for each in entries if isinstance(each, Resource) and each.in_service}
    services = {each.service_id: each for each in entries if isinstance(each, Service) and each.active}
    several = len({each.domain for each in resources.values()}) > 1
    found = _by_domain(resources, services) if several else _by_compass(resources, services)
    kind = {name: service.kind for name, service in services.items()}
    return Regions(_parts(found, kind), found, kind)


def _parts(region: Mapping[str, str], kind: Mapping[str, str]) -> tuple[Region, ...]:
    kinds: dict[str, Counter[str]] = {}
    for service, name in region.items():
        kinds.setdefault(name, Counter())[kind[service]] += 1
    compass = [name for row in COMPASS for name in row]
    order = compass if kinds.keys() & set(compass) else []
    names = sorted(kinds, key=lambda name: (order.index(name) if name in order else len(order), name))
    return tuple(Region(name, dict(kinds[name].most_common())) for name in names)


def _by_domain(resources: Mapping[str, Resource], services: Mapping[str, Service]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, service in services.items():
        domains = (resources[each].domain for each in service.supported_by if each in resources)
        found[name] = next(domains, ELSEWHERE)
    return found


def _by_compass(resources: Mapping[str, Resource], services: Mapping[str, Service]) -> dict[str, str]:
    places = {name: _place(resources, service.supported_by) for name, service in services.items()}
    located = [place for place in places.values() if place is not None]
    if not located:
        return dict.fromkeys(services, ELSEWHERE)
    rows, columns = (_thirds([place[axis] for place in located]) for axis in (0, 1))
    return {
        name: ELSEWHERE if place is None else COMPASS[2 - _third(place[0], rows)][_third(place[1], columns)]
        for name, place in places.items()
    }


def _place(resources: Mapping[str, Resource], carriers: Sequence[str]) -> Place | None:
    """The mean of the places of what carries a service; of what has none, those of its supports and neighbours."""
    found = list(_located(resources, carriers))
    if not found:
        near = [resources[each] for each in carriers if each in resources]
        found = list(_located(resources, [name for each in near for name in (*each.depends_on, *each.adjacent)]))
    if not found:
        return None
    return sum(place[0] for place in found) / len(found), sum(place[1] for place in found) / len(found)


def _located(resources: Mapping[str, Resource], names: Iterable[str]) -> Iterator[Place]:
    for each in (resources[name] for name in names if name in resources):
        if each.latitude is not None and each.longitude is not None:
            yield each.latitude, each.longitude


def _thirds(degrees: Sequence[float]) -> tuple[float, float]:
    """The two bounds between the thirds of the extent; where there is none, all is in the middle."""
    low, high = min(degrees), max(degrees)
    if low == high:
        return low - 1, high + 1
    return low + (high - low) / 3, low + 2 * (high - low) / 3


def _third(degree: float, bounds: tuple[float, float]) -> int:
    return sum(degree > bound for bound in bounds)
