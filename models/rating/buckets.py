"""Balances as dated buckets of money or units, and what is drawn from them in which order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from models.rating.destination import lookups, one_notation
from telassure.kernel.errors import InvalidInput, shown

MONEY: Final = "money"


@dataclass(frozen=True, slots=True)
class FundBucket:
    """`amount` micro-units of money, or whole units of a `kind` of usage, from `opens` and before `expires`.

    The one with the higher `priority` is drawn first, then the one that expires first, then the order they stand in.
    A bucket of units serves `prefixes` (none = all) in whole `increment`s, each at `cost` micro-units of money.
    """

    bucket_id: str
    kind: str
    amount: int
    priority: int = 0
    opens: datetime | None = None
    expires: datetime | None = None
    prefixes: frozenset[str] = frozenset()
    increment: int = 1
    cost: int = 0

    def __post_init__(self) -> None:
        if self.increment < 1:
            raise InvalidInput(
                f"bucket {shown(self.bucket_id)} has increment {self.increment}; write a whole one from 1"
            )
        if self.opens and self.expires and self.expires <= self.opens:
            raise InvalidInput(f"bucket {shown(self.bucket_id)} expires before it opens")

    def serves(self, kind: str, destination: str, at: datetime) -> bool:
        """Whether it may be drawn for this use at this moment."""
        if kind != self.kind or (self.opens and at < self.opens) or (self.expires and at >= self.expires):
            return False
        if not self.prefixes:
            return True
        return any(prefix in self.prefixes for prefix in lookups(one_notation(destination)))


@dataclass(frozen=True, slots=True)
class FundLine:
    """`amount` drawn from a bucket (negative: put into it). The lines of a balance sum to its change."""

    bucket_id: str
    amount: int


def in_order(buckets: Sequence[FundBucket], kind: str, destination: str, at: datetime) -> list[int]:
    """The places of the buckets that serve, in the order in which they are drawn."""
    serving = [place for place, bucket in enumerate(buckets) if bucket.serves(kind, destination, at)]

    def first(place: int) -> tuple[int, bool, float, int]:
        expires = buckets[place].expires
        return -buckets[place].priority, expires is None, expires.timestamp() if expires else 0.0, place

    return sorted(serving, key=first)


def draw(
    buckets: Sequence[FundBucket], places: Iterable[int], wanted: int
) -> tuple[list[FundBucket], list[FundLine], int]:
    """`wanted` from the buckets at these places, in their order and none below zero; and what of it is not covered."""
    after, lines = list(buckets), []
    for place in places:
        part = min(wanted, max(after[place].amount, 0))
        if part:
            after[place] = replace(after[place], amount=after[place].amount - part)
            lines.append(FundLine(after[place].bucket_id, part))
            wanted -= part
    return after, lines, wanted


def worth(buckets: Sequence[FundBucket], places: Iterable[int]) -> int:
    """What can be drawn from these places."""
    return sum(max(buckets[place].amount, 0) for place in places)
