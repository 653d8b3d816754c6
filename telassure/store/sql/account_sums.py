"""What the lines of each account come to, against the balance that charging keeps."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from telassure.kernel.events import Charge

AccountPurse = tuple[str, str]
"""(account, currency)."""


@dataclass(frozen=True, slots=True)
class PurseEnd:
    """The balance of an account and currency as it stands, and how many lines have led there since they are counted."""

    account: str
    currency: str
    balance: int
    sequence: int


@dataclass(slots=True)
class _Sum:
    lines: int = 0
    numbers: int = 0
    micros: int = 0
    opening: int | None = None
    last: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class AccountSums:
    """Law: of the lines that are counted, from 1 to what the balance says, none is missing and none there twice, and
    the balance before the first less the sum of all is the balance after the last, which is the one that is kept."""

    bad: list[str] = field(default_factory=list)
    _sums: dict[AccountPurse, _Sum] = field(default_factory=dict)

    def add(self, line: Charge) -> None:
        """Another line, in any order; one from before lines were counted says nothing here."""
        if not line.sequence:
            return
        total = self._sums.setdefault((line.account, line.currency), _Sum())
        total.lines += 1
        total.numbers += line.sequence
        total.micros += line.amount_micros
        total.last = max(total.last, (line.sequence, line.balance_micros))
        if line.sequence == 1:
            total.opening = line.balance_micros + line.amount_micros

    def compare(self, ends: Iterable[PurseEnd | None]) -> bool:
        """Whether every sum is the change of its balance; `bad` says what else is wrong."""
        equal, unkept = True, dict(self._sums)
        for end in ends:
            if end is None or not end.sequence:
                continue
            total = unkept.pop((end.account, end.currency), _Sum())
            self._count(end, total)
            came_to = None if total.opening is None else total.opening - total.micros
            equal &= came_to == end.balance == total.last[1]
        for account, currency in unkept:
            self.bad.append(f"account {account} has lines in {currency} and no balance")
        return equal and not unkept

    def _count(self, end: PurseEnd, total: _Sum) -> None:
        wanted = end.sequence * (end.sequence + 1) // 2
        if (total.lines, total.numbers, total.last[0]) == (end.sequence, wanted, end.sequence):
            return
        told = f"account {end.account}: {total.lines:,} of {end.sequence:,} lines in {end.currency} are there"
        missing = f", number {wanted - total.numbers} is missing" if total.lines == end.sequence - 1 else ""
        self.bad.append(told + missing)
