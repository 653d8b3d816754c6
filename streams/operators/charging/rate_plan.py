"""From an account to its tariff version and price rule, or to the words that say what the catalogue lacks."""

from dataclasses import dataclass, field

from models.rating import PriceBook, PriceRule
from streams.catalogue import Catalogue
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Tariff
from telassure.kernel.instant import Instant, iso


@dataclass(slots=True)
class RatePlans:
    """Look-ups over one catalogue, remembered until its version changes. A look-up that fails is an InvalidInput."""

    catalogue: Catalogue
    _version: int = -1
    _plans: dict[str, tuple[str, str]] = field(default_factory=dict)
    _books: dict[tuple[str, Instant], tuple[Tariff, PriceBook]] = field(default_factory=dict)

    def refresh(self) -> None:
        """Forget what an older version of the catalogue said; the book of a tariff that still stands is kept, since a
        deck may hold hundreds of thousands of prices."""
        if self._version != self.catalogue.version:
            self._plans.clear()
            standing = {id(tariff) for versions in self.catalogue.tariffs.values() for tariff in versions}
            self._books = {name: made for name, made in self._books.items() if id(made[0]) in standing}
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

    def rule(self, tariff: Tariff, service: str, destination: str) -> PriceRule:
        """The price of a service towards a destination."""
        try:
            found = self._book(tariff).find(service, destination)
        except InvalidInput as refusal:
            raise InvalidInput(f"tariff {tariff.tariff_id}, service {service}: {refusal}") from refusal
        if found is None:
            towards = f" towards {destination}" if destination else ""
            version = f"tariff {tariff.tariff_id} from {iso(tariff.valid_from)}"
            raise InvalidInput(f"{version} has no price for service {service}{towards}; add one")
        return found

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

    def _book(self, tariff: Tariff) -> PriceBook:
        identity = (tariff.tariff_id, tariff.valid_from)
        made = self._books.get(identity)
        if made is not None and made[0] is tariff:
            return made[1]
        book = PriceBook()
        for entry in tariff.prices:
            book.add(entry.service, entry.prefix, entry.kind, entry.rate, (entry.per, entry.increment))
        self._books[identity] = (tariff, book)
        return book
