"""Charge: each usage record and each recharge is one line of the account's ledger, with the balance after it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from streams.catalogue import Catalogue
from streams.operator import KeyedState, cell_key
from streams.operators.charging.balance_acts import PREPAID, BalanceActs, moved
from streams.operators.charging.purse import LARGEST_BALANCE, PURSE, Purse, load_purse
from streams.rated_usage import LARGEST_PRICE, Repeated, UniqueUsage, pairs_of, refused_rows
from streams.refusals import for_good, refused
from telassure.kernel.commands import ACCOUNT
from telassure.kernel.events import Account, Act, ActOutcome, BalanceTransfer, Charge, DeadLetter, Recharge
from telassure.kernel.identity import derive_id, ids_below
from telassure.kernel.instant import Duration, Instant

_ON_ONE: Final = (Recharge, BalanceTransfer, Act)
Input = UniqueUsage | Recharge | BalanceTransfer | Act


class Charger:
    """Debits usage, credits recharges and obeys acts on prepaid balances, exactly once each.

    Law: opening balance + recharges - sum of the amounts of usage = balance, for any order and any batch size. A
    prepaid balance is never driven below zero, nor below what is reserved of it: what it cannot cover is the charge's
    `shortfall_micros`. A postpaid balance counts down what is owed. Usage that the host flags late is charged as a
    `correction`.
    """

    name = "charge"
    state_version = 2
    reads: tuple[int, ...] = (1, 2)
    accepts: tuple[type, ...] = (UniqueUsage, Recharge, BalanceTransfer, Act)
    shortest_timer: Duration | None = None

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._acts = BalanceActs(catalogue.accounts)

    def key(self, event: Input) -> str:
        if isinstance(event, _ON_ONE):
            return self._cell_of(event)
        rated = event.rated
        return cell_key(rated.usage.accounts[rated.usage.account[0]], rated.currencies[rated.tariff[0]])

    def touches(self, event: Input) -> Iterable[str]:
        """The cells of an envelope or a single event, for the host to load in one read."""
        if isinstance(event, Recharge):
            return self.key(event), cell_key(event.account, "recharges")
        if isinstance(event, _ON_ONE):
            return (self._cell_of(event),)
        rated = event.rated
        pairs = pairs_of(rated.usage.account, rated.tariff, len(rated.currencies))
        return {cell_key(rated.usage.accounts[account], rated.currencies[tariff]) for account, tariff in pairs}

    def fresh(self) -> Purse:
        return Purse()

    def step(
        self, batch: Sequence[Input], state: KeyedState[Purse], watermark: Instant
    ) -> Iterable[Charge | Repeated | DeadLetter | BalanceTransfer | ActOutcome]:
        for event in batch:
            if isinstance(event, UniqueUsage):
                yield from self._usage(event, state)
            elif isinstance(event, Recharge):
                yield from self._recharge(event, state)
            elif isinstance(event, BalanceTransfer):
                yield from self._arrived(event, state)
            elif event.object_type == ACCOUNT.name:
                yield from self._acts.obey(event, self._purse_of(event.owner, state))

    def dump(self, cell: Purse) -> bytes:
        return PURSE.pack(cell)

    def load(self, blob: bytes, version: int) -> Purse:
        return load_purse(blob, version)

    def _usage(self, event: UniqueUsage, state: KeyedState[Purse]) -> Iterator[Charge | DeadLetter]:
        rated, usage = event.rated, event.rated.usage
        accounts, services, tariffs, currencies = usage.accounts, usage.services, rated.tariffs, rated.currencies
        purses: dict[tuple[int, int], tuple[Purse, bool, int]] = {}
        beyond: list[tuple[int, str]] = []
        used = (usage.account, usage.service, usage.time, usage.volume, usage.late)
        columns = (*used, rated.tariff, rated.micros, rated.row)
        rows = zip(usage.record_id, *(column.tolist() for column in columns), strict=True)
        version, priced_by = self._catalogue.version, rated.rows
        for row, (record, code, service, time, volume, late, tariff, price, by) in enumerate(rows):
            account, place = accounts[code], (code, tariff)
            known = purses.get(place)
            if known is None:
                held = self._catalogue.accounts[account]
                purse = self._purse(held, currencies[tariff], state)
                known = purses[place] = purse, held.payment == PREPAID, purse.held
            purse, prepaid, reserved = known
            before = purse.balance or 0
            amount = min(price, max(before - reserved, 0)) if prepaid else price
            balance = before - amount
            if not -LARGEST_BALANCE <= balance <= LARGEST_BALANCE:
                beyond.append((row, _out_of_range(account)))
                continue
            purse.balance = balance
            purse.sequence = sequence = purse.sequence + 1
            yield Charge(  # by position: names would cost half as much again as the whole loop
                _line_id(account, record, time),
                record,
                account,
                services[service],
                tariffs[tariff],
                time,
                volume,
                amount,
                price - amount,
                balance,
                currencies[tariff],
                late,
                sequence,
                version,
                *priced_by[by],
            )
        # Dedupe has remembered them: a replay would be dropped as a repeat
        yield from map(for_good, refused_rows(self.name, usage, beyond))

    def _cell_of(self, event: Recharge | BalanceTransfer | Act) -> str:
        if isinstance(event, Recharge):
            return cell_key(event.account, event.amount.currency)
        if isinstance(event, BalanceTransfer):
            return cell_key(event.account, event.currency)
        held = self._catalogue.accounts.get(event.owner)
        return cell_key(event.owner, "" if held is None else held.opening_balance.currency)

    def _purse_of(self, account: str, state: KeyedState[Purse]) -> Purse:
        """The purse that acts are on; an empty one that is not kept where there is no such account."""
        held = self._catalogue.accounts.get(account)
        return Purse() if held is None else self._purse(held, held.opening_balance.currency, state)

    def _arrived(self, event: BalanceTransfer, state: KeyedState[Purse]) -> Iterator[Charge | DeadLetter]:
        purse = self._purse_of(event.account, state)
        refusal = self._acts.refused(event, purse)
        if refusal:
            yield refused(self.name, event, refusal, f"transfer {event.transfer_id}")
            return
        held = self._catalogue.accounts[event.account]
        yield moved((event.transfer_id, event.act_id), held, event.given_at, -event.micros, purse)

    def _purse(self, account: Account, currency: str, state: KeyedState[Purse]) -> Purse:
        purse = state.of(cell_key(account.account_id, currency))
        if purse.balance is None:
            opening = account.opening_balance
            purse.balance = opening.micros if opening.currency == currency else 0
        return purse

    def _recharge(self, event: Recharge, state: KeyedState[Purse]) -> Iterator[Charge | Repeated | DeadLetter]:
        refusal: str | None = self._refusal(event)
        if refusal:
            yield _refused(event, refusal)
            return
        purse = self._purse(self._catalogue.accounts[event.account], event.amount.currency, state)
        balance = (purse.balance or 0) + event.amount.micros
        in_range = abs(balance) <= LARGEST_BALANCE
        refusal = (
            state.of(cell_key(event.account, "recharges")).claim(event) if in_range else _out_of_range(event.account)
        )
        if refusal is not None:
            yield _refused(event, refusal) if refusal else Repeated(event.feed, 1)
            return
        purse.balance = balance
        purse.sequence += 1
        yield Charge(
            charge_id=derive_id("recharge", event.account, event.recharge_id, event.time),
            record_id=event.recharge_id,
            account=event.account,
            service="",
            tariff="",
            time=event.time,
            volume=0,
            amount_micros=-event.amount.micros,
            shortfall_micros=0,
            balance_micros=balance,
            currency=event.amount.currency,
            correction=False,
            sequence=purse.sequence,
            catalogue_version=self._catalogue.version,
        )

    def _refusal(self, event: Recharge) -> str:
        """Why a recharge cannot be credited, "" where it can."""
        held = self._catalogue.accounts.get(event.account)
        if held is None:
            return f"account {event.account} is not in the catalogue; add the account"
        if event.amount.currency != held.opening_balance.currency:
            return f"the recharge is in {event.amount.currency}, the account in {held.opening_balance.currency}"
        if not 0 < event.amount.micros <= LARGEST_PRICE:
            return f"recharge amount {event.amount} is not between 0 and {LARGEST_PRICE // 1_000_000:,}"
        return ""


_line_id: Final = ids_below("charge")


def _out_of_range(account: str) -> str:
    return f"the balance of account {account} would leave its range; correct the account"


def _refused(event: Recharge, reason: str) -> DeadLetter:
    return refused(Charger.name, event, reason, f"recharge {event.recharge_id}")
