"""The catalogue in force as the gateway knows it, so that a statement is told to be new, a change or a repeat."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final, TypeVar

from ingestion.batches.batch import Disposition
from telassure.kernel.codec.price_lists import price_columns
from telassure.kernel.events import Account, CatalogueEntry, PolicyValue, Product, Resource, Subscriber, Tariff
from telassure.kernel.events.control import identity_of, name_of
from telassure.kernel.instant import Instant
from telassure.kernel.policies import Texts

E = TypeVar("E", bound=CatalogueEntry)
_SHORTEST: Final = 5  # digits: of every number the edge keeps four or more anyway


@dataclass(slots=True)
class CatalogueInForce:
    """What was last stated of every identity. `version` grows with every change; `priced` holds the digits of every
    prefix of five or more that a tariff names.

    >>> found = CatalogueInForce()
    >>> site = Resource("site-1", "site", "Site 1", "east")
    >>> found.outcome(site)
    <Disposition.NEW: 0>
    >>> found.learn([site])
    >>> found.outcome(site).name, found.outcome(replace(site, domain="west")).name
    ('REPEAT', 'CHANGED')
    """

    version: int = 0
    priced: set[str] = field(default_factory=set)
    _stated: dict[type, dict[str, object]] = field(default_factory=dict)
    _newest: dict[tuple[type, str], tuple[Instant, str]] = field(default_factory=dict)
    _prefixes: dict[str, frozenset[str]] = field(default_factory=dict)

    def outcome(self, entry: CatalogueEntry) -> Disposition:
        """What stating this entry now would be: new, a change or a repeat."""
        known = self._stated.get(type(entry), {}).get(identity_of(entry))
        if known is None:
            return Disposition.NEW
        return Disposition.REPEAT if known == _content(entry) else Disposition.CHANGED

    def learn(self, entries: Iterable[CatalogueEntry]) -> None:
        """Take entries in their order; a later one replaces an earlier one of the same identity."""
        for entry in entries:
            self._stated.setdefault(type(entry), {})[identity_of(entry)] = _content(entry)
            if isinstance(entry, Tariff):
                self._learn_prefixes(entry)
            elif isinstance(entry, Account | Product | Subscriber) and entry.valid_from is not None:
                named = (type(entry), name_of(entry))
                self._newest[named] = max(self._newest.get(named, (0, "")), (entry.valid_from, identity_of(entry)))
        self.version += 1

    def doubt(self, entries: Iterable[CatalogueEntry]) -> None:
        """Whether these reached every partition is not known: stated again, they are no repeat."""
        for entry in entries:
            if self.outcome(entry) is not Disposition.NEW:
                self._stated[type(entry)][identity_of(entry)] = None

    def get(self, kind: type[E], identity: str) -> E | None:
        """What was last stated of an identity, of any type but tariffs; of entries with a beginning, the newest."""
        _, newest = self._newest.get((kind, identity), (0, identity))
        known = self._stated.get(kind, {}).get(newest)
        return known if isinstance(known, kind) else None

    def every(self, kind: type[E]) -> Sequence[E]:
        """All of a type, in the order in which they were first stated."""
        stated = [each for each in list(self._stated.get(kind, {}).values()) if isinstance(each, kind)]
        if not any(of is kind for of, _ in self._newest):
            return stated
        return [each for each in stated if each is self.get(kind, name_of(each))]

    def supports_of(self, resource_id: str) -> tuple[str, ...]:
        """What a resource in force depends on."""
        known = self._stated.get(Resource, {}).get(resource_id)
        return known.depends_on if isinstance(known, Resource) and known.in_service else ()

    def policies(self) -> Texts:
        """The text of each policy that was set."""
        known = self._stated.get(PolicyValue, {}).values()
        return {(e.area, e.name, e.selector): e.value for e in known if isinstance(e, PolicyValue)}

    def _learn_prefixes(self, tariff: Tariff) -> None:
        digits = (price.prefix.removeprefix("+") for price in tariff.prices)
        mine = frozenset(each for each in digits if len(each) >= _SHORTEST and each.isdigit())
        if self._prefixes.get(identity_of(tariff)) != mine:
            self._prefixes[identity_of(tariff)] = mine
            self.priced = set().union(*self._prefixes.values())


def _content(entry: CatalogueEntry) -> object:
    """The entry, with a digest in the place of its prices: a deck has hundreds of thousands."""
    if not isinstance(entry, Tariff):
        return entry
    return replace(entry, prices=()), blake2b(price_columns(entry.prices), digest_size=16).digest()
