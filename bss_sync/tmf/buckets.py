"""Prepaid accounts as buckets of money: what the catalogue says of them, and what charging keeps of their balance."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from bss_sync.tmf.back_office import BackOffice, Caller, PrepaidBalance
from bss_sync.tmf.documents import SCANNED
from bss_sync.tmf.face import Wire, WirePage
from bss_sync.tmf.query import Filter, ListQuery, in_order
from bss_sync.tmf.refusal import FaceRefusal, bad
from telassure.kernel.events import Account

BASE: Final = "/tmf-api/prepayBalanceManagement/v4"
PREPAID: Final = "prepaid"
MICROS: Final = 1_000_000
_NARROWED: Final = ("id", "name", "partyAccount.id", "bucket.id")
"""What an account is known by; all that is asked for besides is looked at."""
Show = Callable[[Account, PrepaidBalance], dict[str, Any]]


def quantity(micros: int, currency: str) -> dict[str, Any]:
    """TM Forum's Quantity of an amount of money."""
    return {"amount": micros / MICROS, "units": currency}


def bucket_ref(account: str) -> dict[str, str]:
    return {"id": account, "href": f"{BASE}/bucket/{account}", "name": account, "@referredType": "Bucket"}


def account_ref(account: str) -> dict[str, str]:
    place = f"/tmf-api/accountManagement/v4/billingAccount/{account}"
    return {"id": account, "href": place, "name": account, "@referredType": "BillingAccount"}


def bucket(account: Account, balance: PrepaidBalance) -> dict[str, Any]:
    """The money of one account: `remainingValue` is what may be spent, `reservedValue` what reservations hold."""
    currency, left = account.opening_balance.currency, balance.micros - balance.reserved
    return {
        "name": account.account_id,
        "description": f"money of the account in {currency}",
        "isShared": False,
        "status": "active",
        "usageType": "monetary",
        "remainingValue": quantity(left, currency),
        "remainingValueName": f"{left / MICROS:,.2f} {currency}",
        "reservedValue": quantity(balance.reserved, currency),
        **_whose(account),
        "@type": "Bucket",
    }


def total(account: Account, balance: PrepaidBalance) -> dict[str, Any]:
    """What all buckets of an account hold together, reserved or not."""
    return {
        "name": account.account_id,
        "bucket": [bucket_ref(account.account_id)],
        "totalBalance": quantity(balance.micros, account.opening_balance.currency),
        **_whose(account),
        "@type": "AccumulatedBalance",
    }


def _whose(account: Account) -> dict[str, Any]:
    return {
        "partyAccount": account_ref(account.account_id),
        "product": [{"id": account.product, "name": account.product, "@referredType": "ProductOffering"}],
        "relatedParty": [{"id": account.customer, "role": "customer", "@referredType": "Customer"}],
    }


class Buckets:
    """Every prepaid account under its own id, in the order in which accounts were first stated."""

    def __init__(self, office: BackOffice, show: Show) -> None:
        self._office, self._show = office, show

    def get(self, identity: str) -> Wire | None:
        account = prepaid(self._office, identity)
        return None if account is None else self._shown([account])[0]

    def listed(self, query: ListQuery) -> WirePage:
        accounts = [each for each in self._office.stated.every(Account) if each.payment == PREPAID]
        left = [each for each in query.filters if not _by_id(each)]
        for each in query.filters:
            if _by_id(each):
                accounts = [account for account in accounts if account.account_id in each.values]
        page = slice(query.offset, query.offset + query.limit)
        if not left and not query.order:
            return WirePage(self._shown(accounts[page]), len(accounts))
        if len(accounts) > SCANNED:
            raise bad(f"that takes looking through more than {SCANNED:,}; narrow it by id")
        found = [wire for wire in self._shown(accounts) if all(each.holds(wire) for each in left)]
        ordered = in_order(found, query.order)
        return WirePage(ordered[page], len(ordered))

    def create(self, body: Wire, caller: Caller) -> Wire:
        raise self._refused()

    def change(self, before: Wire, after: Wire, caller: Caller) -> Wire:
        raise self._refused()

    def remove(self, identity: str, caller: Caller) -> None:
        raise self._refused()

    def _refused(self) -> FaceRefusal:
        return FaceRefusal(405, "these follow from the accounts of the catalogue and from charging")

    def _shown(self, accounts: Sequence[Account]) -> list[Wire]:
        balances = self._office.balances.of(accounts)
        return [{"id": each.account_id, **self._show(each, balances[each.account_id])} for each in accounts]


def prepaid(office: BackOffice, identity: str) -> Account | None:
    """The prepaid account of an id."""
    found = office.stated.get(Account, identity)
    return found if found is not None and found.payment == PREPAID else None


def _by_id(asked: Filter) -> bool:
    return asked.path in _NARROWED and asked.operator == "eq"
