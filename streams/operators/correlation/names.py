"""What the inventory lacks or states wrongly, by the names of its own objects; for one state of the network."""

from typing import Final

from models.correlation import NamedSupports, name_rules, named_supports
from streams.catalogue import Catalogue

NOTHING: Final = NamedSupports((), ())


class Names:
    """Supports that names imply and entries lack, and stated ones that names gainsay, made anew when a resource
    changes."""

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
        rules = name_rules(kinds, stated)
        self._of, self._below = {}, {}
        for name, kind in kinds.items():
            found = named_supports(name, rules[kind], kinds, stated[name]) if kind in rules else None
            if found is not None:
                self._of[name] = found
                for support in found.implied:
                    self._below.setdefault(support, []).append(name)
