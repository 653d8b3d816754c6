"""The cell of charging: a balance, or the recharges an account has been credited with."""

from dataclasses import dataclass, field
from typing import Final

from streams.cells import CellCodec, unpacked
from streams.fingerprints import fingerprint
from telassure.kernel.events import Recharge
from telassure.kernel.instant import Instant

# Balances beyond this (4.6 trillion major units) are an error of their source; the ledger's columns hold 64 bits.
LARGEST_BALANCE: Final = 2**62
RECHARGES_KEPT: Final = 1_000


@dataclass(slots=True)
class Purse:
    """The balance of one account and currency in micro-units, None before its opening balance is taken.

    The account's "recharges" cell has no balance but `recharges`: fingerprint of the id -> (of the content, time). It
    keeps the newest RECHARGES_KEPT; `closed` is the time of the newest one forgotten.
    """

    balance: int | None = None
    recharges: dict[int, tuple[int, Instant]] = field(default_factory=dict)
    closed: Instant = -1

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
