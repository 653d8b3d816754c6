"""The cell of charging: a balance, or the recharges an account has been credited with."""

from dataclasses import dataclass, field
from typing import Final

from streams.cells import CellCodec, unpacked
from streams.fingerprints import fingerprint
from streams.rated_usage import LARGEST_PRICE
from telassure.kernel.events import Recharge
from telassure.kernel.instant import Instant

# Balances beyond this (4.6 trillion major units) are an error of their source; the ledger's columns hold 64 bits.
LARGEST_BALANCE: Final = 2**62
RECHARGES_KEPT: Final = 1_000
RESERVATIONS: Final = 1_000
TRANSFER: Final = "transfer"
TRANSFER_TO: Final = "to"
"""The act that gives to another account, and its argument that names it."""
_OUT_OF_RANGE: Final = f"the amount is not between 0 and {LARGEST_PRICE // 1_000_000:,}"
_NO_RESERVATION: Final = "the account has no such reservation, or has it no longer"


@dataclass(slots=True)
class Purse:
    """The balance of one account and currency in micro-units, None before its opening balance is taken, and how many
    lines its ledger has since lines are counted.

    The account's "recharges" cell has no balance but `recharges`: fingerprint of the id -> (of the content, time). It
    keeps the newest RECHARGES_KEPT; `closed` is the time of the newest one forgotten.

    `reserved` is what reservations hold of the balance, by the act that made each: nothing else spends it.
    """

    balance: int | None = None
    recharges: dict[int, tuple[int, Instant]] = field(default_factory=dict)
    closed: Instant = -1
    reserved: dict[str, int] = field(default_factory=dict)
    sequence: int = 0

    @property
    def held(self) -> int:
        """What reservations hold of the balance together."""
        return sum(self.reserved.values()) if self.reserved else 0

    def give(self, micros: int) -> str:
        """Add to the balance; "", or why that cannot be."""
        if not 0 < micros <= LARGEST_PRICE:
            return _OUT_OF_RANGE
        balance = (self.balance or 0) + micros
        if balance > LARGEST_BALANCE:
            return "the balance would leave its range"
        self.balance = balance
        return ""

    def take(self, micros: int) -> str:
        """Take from what no reservation holds; "", or why that cannot be."""
        if not 0 < micros <= LARGEST_PRICE:
            return _OUT_OF_RANGE
        if micros > (self.balance or 0) - self.held:
            return "the balance that is not reserved does not cover it"
        self.balance = (self.balance or 0) - micros
        return ""

    def reserve(self, name: str, micros: int) -> str:
        """Hold a part of the balance; "", or why that cannot be."""
        if not 0 < micros <= LARGEST_PRICE:
            return _OUT_OF_RANGE
        if micros > (self.balance or 0) - self.held:
            return "the balance that is not reserved does not cover it"
        if len(self.reserved) >= RESERVATIONS:
            return f"the account has {RESERVATIONS:,} reservations; release or settle some"
        self.reserved[name] = micros
        return ""

    def release(self, name: str) -> str:
        """Hold it no longer; "", or why that changes nothing."""
        return "" if self.reserved.pop(name, None) is not None else _NO_RESERVATION

    def settle(self, name: str) -> str:
        """Spend what a reservation holds; "", or why that changes nothing."""
        micros = self.reserved.pop(name, None)
        if micros is None:
            return _NO_RESERVATION
        refusal = self.take(micros)
        if refusal:
            self.reserved[name] = micros
        return refusal

    def claim(self, recharge: Recharge) -> str | None:
        """Remember a recharge: None if it is new, "" if it is an exact repeat, else why it cannot be credited."""
        identity = fingerprint(recharge.recharge_id)
        content = fingerprint(f"{recharge.amount.micros} {recharge.amount.currency} {recharge.time}")
        known = self.recharges.get(identity)
        if known is not None:
            return "" if known[0] == content else "duplicate recharge id with other content"
        if recharge.time <= self.closed:
            return f"older than the newest {RECHARGES_KEPT} recharges of the account; credit it by hand if it is new"
        self.recharges[identity] = (content, recharge.time)
        if len(self.recharges) > RECHARGES_KEPT:
            oldest = min(self.recharges, key=lambda print_: (self.recharges[print_][1], print_))
            self.closed = self.recharges.pop(oldest)[1]
        return None


PURSE: Final = CellCodec(Purse)


def load_purse(blob: bytes, version: int) -> Purse:
    """A purse of this version, or of the one before, by place."""
    if version > 1:
        return PURSE.unpack(blob)
    balance, *rest = unpacked(blob)
    if not rest:
        return Purse(balance)
    closed, kept = rest
    return Purse(balance, {identity: (content, time) for identity, content, time in kept}, closed)
