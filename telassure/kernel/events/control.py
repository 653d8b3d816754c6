"""Records that go to every partition: the host's ticks, the end of a recording, and changes of the catalogue."""

from dataclasses import dataclass
from typing import TypeAlias

from telassure.kernel.events.customer import Account, Customer, Product, Subscriber, Tariff
from telassure.kernel.events.inventory import Resource, Service
from telassure.kernel.instant import Instant


@dataclass(frozen=True, slots=True)
class Tick:
    """The host's clock, once a second when live: pushes the clock of every key that a live feed has touched."""

    time: Instant


@dataclass(frozen=True, slots=True)
class EndOfFeed:
    """A recorded feed has ended: the clocks of the keys it touched advance by `quiet`, so that what waits for time
    (ageing, settling, closing) happens."""

    feed: str
    quiet: int


@dataclass(frozen=True, slots=True)
class Policy:
    """One rule by name, e.g. ("ticketing", "minimum_severity", "4"); `selector` narrows it to a feed or domain."""

    area: str
    name: str
    value: str
    selector: str = ""


CatalogueEntry: TypeAlias = Resource | Service | Customer | Account | Subscriber | Product | Tariff | Policy


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """Entries that replace those of the same identity from here on. Goes to every partition of every topology."""

    entries: tuple[CatalogueEntry, ...]


Control: TypeAlias = Tick | EndOfFeed | CatalogueChange
