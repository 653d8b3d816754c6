"""What becomes of an act on a prepaid balance: a line of the ledger, money for another account, an outcome."""

from collections.abc import Iterator, Mapping
from typing import Final

from streams.operators.charging.purse import TRANSFER, TRANSFER_TO, Purse
from telassure.kernel.commands import ACCOUNT, commands_of, micros_of
from telassure.kernel.events import Account, Act, ActOutcome, BalanceTransfer, Charge
from telassure.kernel.events.act import outcome_of
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import Instant

PREPAID: Final = "prepaid"
_COMMANDS: Final = "streams.operators.charging"


class BalanceActs:
    """Law: each act on an account has one outcome; one that is refused changes no balance and holds nothing. What a
    transfer takes from one account arrives once at the other. `accounts` are those of the catalogue in force."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self.accounts = accounts
        self._commands = commands_of(_COMMANDS)

    def obey(self, act: Act, purse: Purse) -> Iterator[Charge | BalanceTransfer | ActOutcome]:
        """`purse` is that of the account, its opening balance taken."""
        before = purse.balance or 0
        command = self._commands[act.command, ACCOUNT.name]
        reason = self._refusal(act) or command.obey(purse, act)
        account = self.accounts.get(act.owner)
        if account is not None and not reason:
            after = purse.balance or 0
            if after != before:
                cause = derive_id("balance", act.owner, act.act_id)
                yield moved((cause, act.act_id), account, act.given_at, before - after, purse)
            if act.command == TRANSFER:
                yield BalanceTransfer(
                    derive_id("transfer", act.act_id),
                    act.argument(TRANSFER_TO),
                    act.owner,
                    micros_of(act),
                    account.opening_balance.currency,
                    act.act_id,
                    act.given_at,
                )
        yield outcome_of(act, reason)

    def refused(self, transfer: BalanceTransfer, purse: Purse) -> str:
        """Why what was sent does not arrive, "" once it has."""
        return self._no_receiver(transfer.account, transfer.currency) or purse.give(transfer.micros)

    def _refusal(self, act: Act) -> str:
        account = self.accounts.get(act.owner)
        if account is None:
            return "the account is not in the catalogue; add the account"
        if account.payment != PREPAID:
            return f"the account is {account.payment}; only a prepaid balance is acted on"
        if act.command != TRANSFER:
            return ""
        if act.argument(TRANSFER_TO) == act.owner:
            return "the receiver is the account itself"
        return self._no_receiver(act.argument(TRANSFER_TO), account.opening_balance.currency)

    def _no_receiver(self, account: str, currency: str) -> str:
        receiver = self.accounts.get(account)
        if receiver is None:
            return "the receiver is not in the catalogue; add the account"
        if receiver.payment != PREPAID:
            return f"the receiver is {receiver.payment}; only a prepaid balance receives"
        if receiver.opening_balance.currency != currency:
            return f"the receiver is in {receiver.opening_balance.currency}, the transfer in {currency}"
        return ""


def moved(identity: tuple[str, str], account: Account, time: Instant, micros: int, purse: Purse) -> Charge:
    """The next line of a purse whose balance an act has changed; `identity` is its id and that of the act."""
    purse.sequence += 1
    return Charge(
        charge_id=identity[0],
        record_id=identity[1],
        account=account.account_id,
        service="",
        tariff="",
        time=time,
        volume=0,
        amount_micros=micros,
        shortfall_micros=0,
        balance_micros=purse.balance or 0,
        currency=account.opening_balance.currency,
        correction=False,
        sequence=purse.sequence,
    )
