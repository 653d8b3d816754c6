"""What is held of a balance for sessions that run: reserved, extended, debited, given back, let go when it expires."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from models.rating.buckets import MONEY, FundBucket, FundLine, draw, in_order, worth
from telassure.kernel.errors import InvalidInput, shown


class InsufficientCredit(InvalidInput):
    """The buckets do not cover what is asked for; nothing was taken."""


@dataclass(frozen=True, slots=True)
class FundsHeld:
    """What a session holds, and of which buckets; after `until` it is anybody's again."""

    lines: tuple[FundLine, ...]
    until: datetime

    @property
    def amount(self) -> int:
        return sum(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True)
class PrepaidFunds:
    """Buckets of money and what sessions hold of them; every method gives the funds after it and its lines.

    Laws: no bucket falls below zero, however many sessions hold at once; what is free and what is held are the balance;
    the lines of all debits, refunds and expiries sum to the change of the balance. A bucket that has expired is not
    drawn; it is removed once no session holds of it.
    """

    buckets: tuple[FundBucket, ...]
    held: Mapping[str, FundsHeld] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len({bucket.bucket_id for bucket in self.buckets}) < len(self.buckets):
            raise InvalidInput("two buckets of the account have the same id; give each its own")

    def free(self, at: datetime) -> int:
        """What a new session could hold."""
        return worth(self._unheld(at), in_order(self.buckets, MONEY, "", at))

    def reserve(self, session: str, amount: int, at: datetime, until: datetime) -> "PrepaidFunds":
        """Hold `amount` more for the session until then; InsufficientCredit where less is free."""
        if amount < 0 or until <= at:
            raise InvalidInput(f"session {shown(session)} asks for {amount} until {until}; ask for some, for later")
        kept = {name: held for name, held in self.held.items() if held.until > at}
        current = replace(self, held=kept)
        _, lines, missing = draw(current._unheld(at), in_order(self.buckets, MONEY, "", at), amount)
        if missing:
            raise InsufficientCredit(f"{amount} asked for, {amount - missing} free; top up, or ask for less")
        before = kept[session].lines if session in kept else ()
        return replace(current, held={**kept, session: FundsHeld((*before, *lines), until)})

    def settle(self, session: str, used: int, at: datetime) -> tuple["PrepaidFunds", tuple[FundLine, ...], int]:
        """End a session that has used so much: what it held pays first, then what is free; the rest is given back.

        The last number is what of it nothing covers. A session that holds nothing (any more) pays from what is free.
        """
        if used < 0:
            raise InvalidInput(f"session {shown(session)} used {used}; no session uses less than nothing")
        own = self.held.get(session)
        without = replace(self, held={name: held for name, held in self.held.items() if name != session})
        buckets, lines = list(self.buckets), []
        for line in own.lines if own is not None and own.until > at else ():
            place = next(place for place, bucket in enumerate(buckets) if bucket.bucket_id == line.bucket_id)
            part = min(used, line.amount)
            buckets[place] = replace(buckets[place], amount=buckets[place].amount - part)
            lines += [FundLine(line.bucket_id, part)] if part else []
            used -= part
        paid = replace(without, buckets=tuple(buckets))
        free = paid._unheld(at)
        _, more, missing = draw(free, in_order(free, MONEY, "", at), used)
        return paid._taken(more), (*lines, *more), missing

    def refund(self, bucket_id: str, amount: int) -> tuple["PrepaidFunds", FundLine]:
        """Put back into the bucket it came from."""
        if amount < 0 or bucket_id not in {bucket.bucket_id for bucket in self.buckets}:
            raise InvalidInput(f"{amount} cannot be put back into bucket {shown(bucket_id)}; name one of the account's")
        line = FundLine(bucket_id, -amount)
        return self._taken([line]), line

    def expire(self, at: datetime) -> tuple["PrepaidFunds", tuple[FundLine, ...]]:
        """Let go of what was held too long, and remove buckets that have expired and that no session holds of."""
        kept = {name: held for name, held in self.held.items() if held.until > at}
        in_use = {line.bucket_id for held in kept.values() for line in held.lines}
        gone = [
            bucket
            for bucket in self.buckets
            if bucket.expires is not None and bucket.expires <= at and bucket.bucket_id not in in_use
        ]
        lines = tuple(FundLine(bucket.bucket_id, bucket.amount) for bucket in gone if bucket.amount)
        return PrepaidFunds(tuple(bucket for bucket in self.buckets if bucket not in gone), kept), lines

    def _unheld(self, at: datetime) -> list[FundBucket]:
        """The buckets without what sessions hold of them."""
        held: dict[str, int] = {}
        for one in self.held.values():
            for line in one.lines if one.until > at else ():
                held[line.bucket_id] = held.get(line.bucket_id, 0) + line.amount
        return [replace(bucket, amount=bucket.amount - held.get(bucket.bucket_id, 0)) for bucket in self.buckets]

    def _taken(self, lines: list[FundLine]) -> "PrepaidFunds":
        taken: dict[str, int] = {}
        for line in lines:
            taken[line.bucket_id] = taken.get(line.bucket_id, 0) + line.amount
        return replace(
            self, buckets=tuple(replace(b, amount=b.amount - taken.get(b.bucket_id, 0)) for b in self.buckets)
        )
