"""Who uses and pays at the demo operator: customers, accounts, SIMs and the services the network carries for them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from telassure.kernel.instant import DAY, HOUR, MINUTE, Duration
from telassure.simulator.config import DemoConfig, JsonObject
from telassure.simulator.network import Network
from telassure.simulator.products import (
    BUSINESS,
    CAMPUS,
    COMFORT,
    CURRENCY,
    LINE_1G,
    LINE_10G,
    PREPAID,
    UNLIMITED,
    products,
    tariffs,
)
from telassure.simulator.randomness import stream, stream_key

# Country code 999 is reserved by ITU-T E.164 and assigned to nobody: no such number can belong to a person.
FICTITIOUS_RANGE: Final = "+999155000"
OPENING_PER_SIM: Final = 30

_TRADES: Final = ("Maschinenbau", "Logistik", "Klinikum", "Stadtwerke", "Versicherung", "Verlag", "Chemie", "Handel")


@dataclass(frozen=True, slots=True)
class Sim:
    """One subscriber: its number, its account, the cell it lives in, and the switches that write its records."""

    msisdn: str
    account: str
    cell: str
    call_switch: str
    data_switch: str


@dataclass(frozen=True, slots=True)
class Holder:
    """One customer with its one account (a charging group)."""

    number: int
    customer: str
    name: str
    segment: str
    account: str
    product: str
    cycle: Duration = 0
    """How long after a day's begin its lines are issued."""

    @property
    def payment(self) -> str:
        return "prepaid" if self.product == PREPAID else "postpaid"


@dataclass(frozen=True, slots=True)
class CarriedService:
    """A customer-facing service and the resources that carry it."""

    service_id: str
    kind: str
    account: str
    product: str
    supported_by: tuple[str, ...]


@dataclass(frozen=True)
class CustomerBase:
    """All customers. Holders and SIMs keep the order in which they were made: their place is their number."""

    holders: tuple[Holder, ...]
    sims: tuple[Sim, ...]
    services: tuple[CarriedService, ...]

    def customers_of(self, accounts: Iterable[str]) -> list[str]:
        """The customers behind these accounts, sorted."""
        wanted = set(accounts)
        return sorted(h.customer for h in self.holders if h.account in wanted)

    def sims_of(self, account: str) -> int:
        return self._sims_by_account.get(account, 0)

    @cached_property
    def _sims_by_account(self) -> Mapping[str, int]:
        return Counter(sim.account for sim in self.sims)

    def catalogue(self) -> dict[str, list[JsonObject]]:
        """Customers, accounts, subscribers, services, products and tariffs in external form."""
        return {
            "services": [_service(s) for s in self.services],
            "customers": [_customer(h) for h in self.holders],
            "accounts": [_account(h, self.sims_of(h.account)) for h in self.holders],
            "subscribers": [{"msisdn": sim.msisdn, "account": sim.account} for sim in self.sims],
            "products": products(),
            "tariffs": tariffs(),
        }


def build_customers(config: DemoConfig, network: Network) -> CustomerBase:
    """About 400 customers with 650 SIMs; every core link and most cities carry somebody's paid service."""
    holders = tuple(replace(holder, cycle=_cycle(config, holder)) for holder in _holders(config))
    sims = tuple(_sims(config, network, holders))
    product = {holder.account: holder.product for holder in holders}
    mobile = (
        CarriedService(f"mobile-{sim.msisdn[-7:]}", "mobile", sim.account, product[sim.account], (sim.cell,))
        for sim in sims
    )
    enterprises = [h for h in holders if h.segment == "enterprise"]
    return CustomerBase(holders, sims, (*_lines(config, network, enterprises), *mobile))


def _holders(config: DemoConfig) -> Iterator[Holder]:
    for number in range(config.enterprises):
        name = f"{_TRADES[number % len(_TRADES)]} Demo {number + 1:02d} GmbH"
        yield Holder(number, f"customer-e{number:03d}", name, "enterprise", f"account-e{number:03d}", BUSINESS)
    chance = stream(config.seed, "products")
    chosen = chance.choice([PREPAID, COMFORT, UNLIMITED], config.consumers, p=[0.4, 0.4, 0.2])
    for number, product in enumerate(chosen.tolist()):
        name = f"Demo Customer {number:04d}"
        place = config.enterprises + number
        yield Holder(place, f"customer-c{number:04d}", name, "consumer", f"account-c{number:04d}", product)


def _cycle(config: DemoConfig, holder: Holder) -> Duration:
    """An hour of the next day, and a minute of the account's own."""
    hour = config.first_cycle_hour + holder.number % config.cycle_hours
    return DAY + hour * HOUR + stream_key(config.seed, "cycle", holder.account) % 60 * MINUTE


def _sims(config: DemoConfig, network: Network, holders: tuple[Holder, ...]) -> Iterator[Sim]:
    chance = stream(config.seed, "sims")
    cells = network.of_kind("cell")
    gateways = [s for s in config.switches if s.startswith("pgw")] or list(config.switches)
    centres = [s for s in config.switches if not s.startswith("pgw")] or list(config.switches)
    number = 0
    for holder in holders:
        most = 6 if holder.segment == "enterprise" else 2
        for _ in range(int(chance.integers(1, most + 1))):
            cell = cells[int(chance.integers(len(cells)))]
            msisdn = f"{FICTITIOUS_RANGE}{number:04d}"
            switches = (centres[number % len(centres)], gateways[number % len(gateways)])
            yield Sim(msisdn, holder.account, cell, *switches)
            number += 1


def _lines(config: DemoConfig, network: Network, enterprises: list[Holder]) -> Iterator[CarriedService]:
    """Leased lines: some over each core link (with a second link behind it half of the time), and one campus a firm."""
    if not enterprises:
        return
    chance = stream(config.seed, "lines")
    links = network.of_kind("link")
    for place, link in enumerate(links * config.lines_per_link):
        firm = enterprises[place % len(enterprises)]
        onward = [e for e in links if e != link and set(_ends(network, e)) & set(_ends(network, link))]
        path = [link, *([str(chance.choice(onward))] if chance.random() < 0.5 else [])]
        routers = dict.fromkeys(end for part in path for end in _ends(network, part))
        product = LINE_10G if chance.random() < 0.25 else LINE_1G
        yield CarriedService(f"line-{place:03d}", "leased_line", firm.account, product, (*path, *routers))
    sites = np.asarray(network.of_kind("site"))
    for firm, site in zip(enterprises, chance.choice(sites, len(enterprises)).tolist(), strict=True):
        yield CarriedService(f"campus-{firm.number:03d}", "campus_network", firm.account, CAMPUS, (site,))


def _ends(network: Network, link: str) -> tuple[str, ...]:
    return network.resources[link].adjacent


def _service(service: CarriedService) -> JsonObject:
    return {
        "service_id": service.service_id,
        "kind": service.kind,
        "account": service.account,
        "product": service.product,
        "supported_by": list(service.supported_by),
    }


def _customer(holder: Holder) -> JsonObject:
    contact = f"noc@{holder.customer}.example"
    return {"customer_id": holder.customer, "name": holder.name, "segment": holder.segment, "contact": contact}


def _account(holder: Holder, sims: int) -> JsonObject:
    opening = sims * OPENING_PER_SIM if holder.payment == "prepaid" else 0
    return {
        "account_id": holder.account,
        "customer": holder.customer,
        "product": holder.product,
        "payment": holder.payment,
        "opening_balance": {"amount": str(opening), "currency": CURRENCY},
    }
