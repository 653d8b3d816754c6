"""From an account to its tariff version and prices, or to the words that say what the catalogue lacks."""

from dataclasses import dataclass, field
from datetime import date

from models.rating import PriceList, TariffCalendar, UsagePrices
from streams.catalogue import Catalogue
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Tariff
from telassure.kernel.instant import Instant


@dataclass(slots=True)
class RatePlans:
    """Look-ups over one catalogue, remembered until its version changes. A look-up that fails is an InvalidInput."""

    catalogue: Catalogue
    _version: int = -1
    _plans: dict[str, tuple[str, str]] = field(default_factory=dict)
    _prices: dict[tuple[str, Instant], tuple[Tariff, UsagePrices]] = field(default_factory=dict)

    def refresh(self) -> None:
        """Forget what an older version of the catalogue said; the price list of a tariff that still stands is kept,
        since a deck may hold hundreds of thousands of prices."""
        if self._version != self.catalogue.version:
            self._plans.clear()
            standing = {id(tariff) for versions in self.catalogue.tariffs.values() for tariff in versions}
            self._prices = {name: made for name, made in self._prices.items() if id(made[0]) in standing}
            self._version = self.catalogue.version

    def plan(self, account: str) -> tuple[str, str]:
        """(tariff id, currency of the account)."""
        known = self._plans.get(account)
        if known is None:
            known = self._plans[account] = self._find(account)
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

    def _find(self, account: str) -> tuple[str, str]:
        if account == "":
            raise InvalidInput("unknown subscriber; add the subscriber with its account")
        held = self.catalogue.accounts.get(account)
        if held is None:
            raise InvalidInput(f"account {account} is not in the catalogue; add the account")
        product = self.catalogue.products.get(held.product)
        if product is None:
            raise InvalidInput(f"product {held.product} of account {account} is not in the catalogue; add the product")
        if not self.catalogue.tariffs.get(product.tariff):
            raise InvalidInput(
                f"tariff {product.tariff} of product {held.product} is not in the catalogue; add the tariff"
            )
        return product.tariff, held.opening_balance.currency
