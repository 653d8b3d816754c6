"""The catalogue: network, services, customers, tariffs and policies as of one place in the input; operators read it.

Every partition holds the same catalogue, changed by control records alone, so that replay sees what the first run saw.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import Any

from telassure.kernel.events import (
    Account,
    CatalogueEntry,
    Customer,
    PolicyValue,
    Product,
    Resource,
    Service,
    Subscriber,
    Tariff,
)
from telassure.kernel.instant import Instant
from telassure.kernel.valid_time import ALWAYS, ValidTimes


@dataclass(slots=True)
class Catalogue:
    """Look-ups are dictionary reads; `version` counts the changes applied, `network` those to resources, and caches
    built on them compare that.
    `accounts` and `products` hold the entry that begins last; `plans` (account to product, where one has a beginning)
    and `priced_by` (product to tariff) hold every link with its beginning.
    `beside` holds who names a resource as adjacent; `linking`, by kind, how many more resources name two neighbours
    than name one. `readings` is what policies were read as since the last change (`telassure.kernel.policies`)."""

    version: int = 0
    network: int = field(default=0, compare=False)
    resources: dict[str, Resource] = field(default_factory=dict)
    dependents: dict[str, set[str]] = field(default_factory=dict)
    beside: dict[str, set[str]] = field(default_factory=dict)
    linking: dict[str, int] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    services_on: dict[str, set[str]] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    subscribers: ValidTimes[str] = field(default_factory=ValidTimes)
    products: dict[str, Product] = field(default_factory=dict)
    plans: ValidTimes[str] = field(default_factory=ValidTimes)
    priced_by: ValidTimes[str] = field(default_factory=ValidTimes)
    tariffs: dict[str, list[Tariff]] = field(default_factory=dict)
    policies: dict[tuple[str, str, str], str] = field(default_factory=dict)
    readings: dict[object, dict[tuple[str, ...], Any]] = field(default_factory=dict, repr=False, compare=False)

    def apply(self, entries: Iterable[CatalogueEntry]) -> None:
        """Replace what has the same identity. Applying the same entries twice changes only the counts
        of changes."""
        for entry in entries:
            self._put(entry)
        self.readings.clear()
        self.version += 1

    def tariff(self, tariff_id: str, at: Instant) -> Tariff | None:
        """The version of a tariff in force at an instant: of those that hold then, the one that began last. So a
        promotion shadows the version it stands over, which holds again when the promotion has ended."""
        versions = self.tariffs.get(tariff_id, ())
        begun = versions[: bisect_right(versions, at, key=lambda t: t.valid_from)]
        return next((t for t in reversed(begun) if t.valid_to is None or at < t.valid_to), None)

    def products_of(self, account: Account) -> Sequence[tuple[Instant, str]]:
        """The products that an account has been on, each with its beginning, ascending."""
        return self.plans.links(account.account_id) or [(ALWAYS, account.product)]

    def supports(self, resource_id: str, hops: int) -> dict[str, int]:
        """What a resource depends on, directly and beyond, with the distance in hops; itself at 0."""
        return within(resource_id, hops, lambda r: self.resources[r].depends_on if r in self.resources else ())

    def dependants(self, resource_id: str, hops: int) -> dict[str, int]:
        """What depends on a resource, directly and beyond, with the distance in hops; itself at 0."""
        return within(resource_id, hops, lambda r: sorted(self.dependents.get(r, ())))

    def _count_ends(self, entry: Resource, change: int) -> None:
        if entry.adjacent:
            more = change if len(entry.adjacent) > 1 else -change
            self.linking[entry.kind] = self.linking.get(entry.kind, 0) + more

    @singledispatchmethod
    def _put(self, entry: CatalogueEntry) -> None:
        raise TypeError(f"{type(entry).__name__} is not a catalogue entry")

    @_put.register
    def _(self, entry: Resource) -> None:
        self.network += 1
        old = self.resources.pop(entry.resource_id, None)
        for support in old.depends_on if old else ():
            self.dependents[support].discard(entry.resource_id)
        if old is not None:
            self._count_ends(old, -1)
        for neighbour in old.adjacent if old else ():
            self.beside[neighbour].discard(entry.resource_id)
        if entry.in_service:
            self.resources[entry.resource_id] = entry
            for support in entry.depends_on:
                self.dependents.setdefault(support, set()).add(entry.resource_id)
            self._count_ends(entry, 1)
            for neighbour in entry.adjacent:
                self.beside.setdefault(neighbour, set()).add(entry.resource_id)

    @_put.register
    def _(self, entry: Service) -> None:
        old = self.services.pop(entry.service_id, None)
        for support in old.supported_by if old else ():
            self.services_on[support].discard(entry.service_id)
        if entry.active:
            self.services[entry.service_id] = entry
            for support in entry.supported_by:
                self.services_on.setdefault(support, set()).add(entry.service_id)

    @_put.register
    def _(self, entry: Customer) -> None:
        self.customers[entry.customer_id] = entry

    @_put.register
    def _(self, entry: Account) -> None:
        known = self.accounts.get(entry.account_id)
        if entry.valid_from is not None and known is not None and not self.plans.links(known.account_id):
            self.plans.put(known.account_id, known.valid_from, known.product)
        if entry.valid_from is not None or self.plans.links(entry.account_id):
            self.plans.put(entry.account_id, entry.valid_from, entry.product)
        if known is None or _since(entry) >= _since(known):
            self.accounts[entry.account_id] = entry

    @_put.register
    def _(self, entry: Subscriber) -> None:
        self.subscribers.put(entry.subscriber, entry.valid_from, entry.account)

    @_put.register
    def _(self, entry: Product) -> None:
        known = self.products.get(entry.product_id)
        self.priced_by.put(entry.product_id, entry.valid_from, entry.tariff)
        if known is None or _since(entry) >= _since(known):
            self.products[entry.product_id] = entry

    @_put.register
    def _(self, entry: Tariff) -> None:
        versions = [t for t in self.tariffs.get(entry.tariff_id, ()) if t.valid_from != entry.valid_from]
        self.tariffs[entry.tariff_id] = sorted([*versions, entry], key=lambda t: t.valid_from)

    @_put.register
    def _(self, entry: PolicyValue) -> None:
        self.policies[(entry.area, entry.name, entry.selector)] = entry.value


def _since(entry: Account | Product) -> Instant:
    return ALWAYS if entry.valid_from is None else entry.valid_from


def affected_services(catalogue: Catalogue, resources: Iterable[str]) -> Sequence[str]:
    """The services that any of these resources carries, sorted."""
    return sorted({s for r in resources for s in catalogue.services_on.get(r, ())})


def within(start: str, hops: int, step: Callable[[str], Iterable[str]]) -> dict[str, int]:
    """Everything within so many hops, nearest first, with the distance; itself at 0."""
    distance = {start: 0}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        if distance[here] == hops:
            continue
        for there in step(here):
            if there not in distance:
                distance[there] = distance[here] + 1
                queue.append(there)
    return distance
