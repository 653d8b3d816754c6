"""From an account to its tariff version and prices, or to the words that say what the catalogue lacks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from models.rating import PriceList, TariffCalendar, UsagePrices
from streams.catalogue import Catalogue
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Tariff
from telassure.kernel.instant import Instant
from telassure.kernel.valid_time import ALWAYS


@dataclass(frozen=True, slots=True)
class PlanTimes:
    """Which plan (tariff id, currency of the account) holds from which of `starts` on, or why none does."""

    starts: tuple[Instant, ...]
    plans: tuple[tuple[str, str] | str, ...]


@dataclass(slots=True)
class RatePlans:
    """Look-ups over one catalogue, remembered until its version changes. A look-up that fails is an InvalidInput."""

    catalogue: Catalogue
    _version: int = -1
    _plans: dict[str, PlanTimes] = field(default_factory=dict)
    _shared: dict[PlanTimes, PlanTimes] = field(default_factory=dict)
    _prices: dict[tuple[str, Instant], tuple[Tariff, UsagePrices]] = field(default_factory=dict)

    def refresh(self) -> None:
        """Forget what an older version of the catalogue said; the price list of a tariff that still stands is kept,
        since a deck may hold hundreds of thousands of prices."""
        if self._version != self.catalogue.version:
            self._plans.clear()
            self._shared.clear()
            standing = {id(tariff) for versions in self.catalogue.tariffs.values() for tariff in versions}
            self._prices = {name: made for name, made in self._prices.items() if id(made[0]) in standing}
            self._version = self.catalogue.version

    def plan(self, account: str) -> PlanTimes:
        """The plans of an account, whose product and whose product's tariff may change with time; the same object for
        all accounts on the same plans."""
        known = self._plans.get(account)
        if known is None:
            found = self._find(account)
            known = self._plans[account] = self._shared.setdefault(found, found)
        return known

    def versions(self, tariff_id: str) -> list[Tariff]:
        """All versions of a tariff, ascending by `valid_from`."""
        return self.catalogue.tariffs[tariff_id]

    def prices(self, tariff: Tariff) -> UsagePrices:
        """What usage costs by this version."""
        identity = (tariff.tariff_id, tariff.valid_from)
        made = self._prices.get(identity)
        if made is not None and made[0] is tariff:
            return made[1]
        calendar = TariffCalendar(tariff.zone, frozenset(map(date.fromisoformat, tariff.holidays)))
        prices = UsagePrices(PriceList(tariff.prices, calendar))
        self._prices[identity] = (tariff, prices)
        return prices

    def _find(self, account: str) -> PlanTimes:
        if account == "":
            raise InvalidInput("unknown subscriber; add the subscriber with its account")
        held = self.catalogue.accounts.get(account)
        if held is None:
            raise InvalidInput(f"account {account} is not in the catalogue; add the account")
        found: list[tuple[Instant, tuple[str, str] | str]] = []
        products = self.catalogue.products_of(held)
        ends = [*(start for start, _ in products[1:]), None]
        for (start, product), end in zip(products, ends, strict=True):
            found += self._of_product((account, product), held.opening_balance.currency, (start, end))
        if products[0][0] != ALWAYS:
            found.insert(0, (ALWAYS, f"account {account} begins later; add the account with an earlier valid_from"))
        if len(found) == 1 and isinstance(found[0][1], str):
            raise InvalidInput(found[0][1])
        return PlanTimes(tuple(start for start, _ in found), tuple(plan for _, plan in found))

    def _of_product(
        self, names: tuple[str, str], currency: str, period: tuple[Instant, Instant | None]
    ) -> Iterator[tuple[Instant, tuple[str, str] | str]]:
        """The plans of an account while it is on a product."""
        (account, product), (start, end) = names, period
        links = self.catalogue.priced_by.links(product)
        if not links:
            yield start, f"product {product} of account {account} is not in the catalogue; add the product"
            return
        if links[0][0] > start:
            yield start, f"product {product} of account {account} begins later; add it with an earlier valid_from"
        for place, (begins, tariff) in enumerate(links):
            ended = place + 1 < len(links) and links[place + 1][0] <= start
            if ended or (end is not None and begins >= end):
                continue
            lacking = f"tariff {tariff} of product {product} is not in the catalogue; add the tariff"
            yield max(begins, start), (tariff, currency) if self.catalogue.tariffs.get(tariff) else lacking
