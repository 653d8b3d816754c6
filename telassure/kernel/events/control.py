"""Records that go to every partition: ticks, the end of a recording, changes of the catalogue, cures of clocks."""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

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
class ClockCure:
    """Somebody has found clocks ahead: from this record on every key's clocks and the newest tick are at most `time`,
    the instant at which the act `act_id` was given. What had fallen due before stays as it is."""

    time: Instant
    act_id: str


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """A value set for a policy by area and name, e.g. ("ticketing", "minimum_severity", "4"); `selector` narrows it to
    a feed, a domain or the like. `set_by` says who, or what, set it and `since` when, by the clock of the gateway; they
    change no rule, and are unknown ("" and 0) of what a release before them stored."""

    area: str
    name: str
    value: str
    selector: str = ""
    set_by: str = field(default="", compare=False)
    since: Instant = field(default=0, compare=False)


CatalogueEntry: TypeAlias = Resource | Service | Customer | Account | Subscriber | Product | Tariff | PolicyValue


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """Entries that replace those of the same identity from here on. Goes to every partition of every topology."""

    entries: tuple[CatalogueEntry, ...]


_SEPARATOR: Final = "\x1f"


def identity_of(entry: CatalogueEntry) -> str:  # noqa: PLR0911 -- one line per noun
    """What makes two entries of one type the same entry: the later one replaces the earlier."""
    match entry:
        case Resource():
            return entry.resource_id
        case Service():
            return entry.service_id
        case Customer():
            return entry.customer_id
        case Account():
            return _dated(entry.account_id, entry.valid_from)
        case Subscriber():
            return _dated(entry.subscriber, entry.valid_from)
        case Product():
            return _dated(entry.product_id, entry.valid_from)
        case Tariff():
            return f"{entry.tariff_id}{_SEPARATOR}{entry.valid_from}"
        case PolicyValue():
            return _SEPARATOR.join((entry.area, entry.name, entry.selector))


def name_of(entry: CatalogueEntry) -> str:
    """The identity without the beginning of what it says: all entries of one account, SIM or product have one name."""
    match entry:
        case Account():
            return entry.account_id
        case Subscriber():
            return entry.subscriber
        case Product():
            return entry.product_id
    return identity_of(entry)


def _dated(identity: str, since: Instant | None) -> str:
    return identity if since is None else f"{identity}{_SEPARATOR}{since}"
