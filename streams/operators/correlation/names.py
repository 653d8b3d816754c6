"""What the inventory lacks or states wrongly, by the names of its own objects and by its links; for one state of it."""

from collections import Counter
from collections.abc import Mapping
from math import cos, hypot, radians
from typing import Final

from models.correlation import Lineage, NamedSupports, far_rules, name_rules
from streams.catalogue import Catalogue
from telassure.kernel.events import Resource

NOTHING: Final = NamedSupports((), ())
KNOWN: Final = 20
RARE: Final = 0.1
FAR: Final = 2.0
LEAST: Final = 0.1  # degrees of latitude: 11 km


class Names:
    """Supports that names imply and entries lack, and stated ones that names gainsay, or that stand much too far away.
    Of what states none, though nine in ten of its kind do, the far ends of its links are supports. Made anew when a
    resource changes."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._network = -1
        self._of: dict[str, NamedSupports] = {}
        self._below: dict[str, list[str]] = {}

    def of(self, managed_object: str) -> NamedSupports:
        """What names say of the supports of one object."""
        self._refresh()
        return self._of.get(managed_object, NOTHING)

    def below(self, managed_object: str) -> list[str]:
        """What depends on it by the names alone."""
        self._refresh()
        return self._below.get(managed_object, [])

    def _refresh(self) -> None:
        if self._network == self._catalogue.network:
            return
        self._network = self._catalogue.network
        resources = self._catalogue.resources
        kinds = {name: resource.kind for name, resource in resources.items()}
        stated = {name: resource.depends_on for name, resource in resources.items()}
        near = name_rules(kinds, stated)
        self._of, self._below = Lineage(kinds, stated, near, far_rules(kinds, stated, near)).named, {}
        for name, support in _far_away(self._catalogue):
            found = self._of.get(name, NOTHING)
            self._of[name] = found._replace(doubted=(*found.doubted, support))
        for name in _orphans(self._catalogue, self._of):
            found = self._of.get(name, NOTHING)
            ends = _across(self._catalogue, name) if not found.implied else ()
            if ends:
                self._of[name] = found._replace(implied=ends)
        for name, found in self._of.items():
            for support in found.implied:
                self._below.setdefault(support, []).append(name)


def _orphans(catalogue: Catalogue, known: Mapping[str, NamedSupports]) -> list[str]:
    """Those that state no support, or none that is believed, though nine in ten of their kind do."""
    all_of, without = Counter[str](), dict[str, list[str]]()
    for name, resource in catalogue.resources.items():
        all_of[resource.kind] += 1
        if not set(resource.depends_on) - set(known.get(name, NOTHING).doubted):
            without.setdefault(resource.kind, []).append(name)
    return [
        name
        for kind, names in without.items()
        if all_of[kind] >= KNOWN and len(names) <= RARE * all_of[kind]
        for name in names
    ]


def _far_away(catalogue: Catalogue) -> list[tuple[str, str]]:
    """Stated supports that stand much further away than nine in ten of the same kinds do."""
    apart: dict[tuple[str, str], list[tuple[float, str, str]]] = {}
    for name, resource in catalogue.resources.items():
        here = _own_place(resource)
        for support in resource.depends_on if here is not None else ():
            there = _own_place(catalogue.resources.get(support))
            if here is not None and there is not None:
                kinds = resource.kind, catalogue.resources[support].kind
                apart.setdefault(kinds, []).append((degrees(here, there), name, support))
    found = []
    for distances in apart.values():
        if len(distances) >= KNOWN:
            usual = sorted(far for far, _, _ in distances)[int((1 - RARE) * len(distances))]
            found += [(name, support) for far, name, support in distances if far > max(FAR * usual, LEAST)]
    return sorted(found)


def place(catalogue: Catalogue, managed_object: str) -> tuple[float, float] | None:
    """Latitude and longitude in degrees: its own, or else those of what it stands at."""
    resource = catalogue.resources.get(managed_object)
    for name in (managed_object, *resource.adjacent) if resource is not None else ():
        found = _own_place(catalogue.resources.get(name))
        if found is not None:
            return found
    return None


def _own_place(resource: Resource | None) -> tuple[float, float] | None:
    if resource is None or resource.latitude is None or resource.longitude is None:
        return None
    return resource.latitude, resource.longitude


def degrees(here: tuple[float, float], there: tuple[float, float]) -> float:
    """How far two places are apart, in degrees of latitude."""
    return hypot(here[0] - there[0], (here[1] - there[1]) * cos(radians(here[0])))


def _across(catalogue: Catalogue, name: str) -> tuple[str, ...]:
    """The other ends of the links that name it, without what depends on it."""
    found = {
        end
        for link in catalogue.beside.get(name, ())
        if len(catalogue.resources[link].adjacent) > 1
        for end in catalogue.resources[link].adjacent
        if end in catalogue.resources and name not in catalogue.resources[end].depends_on
    }
    return tuple(sorted(found - {name}))
