"""Rated usage as columns: what Rate hands on, what Dedupe lets through, and a refused row as a dead letter."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from streams.operator import cell_key
from streams.refusals import refused
from telassure.kernel.causes import by_cause, told_together
from telassure.kernel.events import DeadLetter, UsageRecords
from telassure.kernel.events.kpi import Flags, Ints, Times
from telassure.kernel.instant import DAY

# The largest price of one record, 70,368,744 major units: sums of an envelope then stay within 64 bits.
LARGEST_PRICE: Final = 2**46
LARGEST_VOLUME: Final = 2**48  # 281 terabytes in one record
_LARGEST_SUM: Final = 2**62
COUNTED_PAIRS: Final = 16  # so many possible pairs a row are counted rather than sorted


@dataclass(frozen=True, slots=True, eq=False)
class RatedUsage:
    """Usage rows with their exact price: `micros[i]` in the currency of tariff version `tariff[i]`.

    `tariffs` and `currencies` are parallel dictionaries of the tariff versions that `tariff` indexes, `rows` is the one
    of what priced them (zone, place of the row), which `row` indexes.
    """

    usage: UsageRecords
    tariffs: tuple[str, ...]
    currencies: tuple[str, ...]
    tariff: Ints
    micros: Times
    rows: tuple[tuple[str, int], ...]
    row: Ints

    def __len__(self) -> int:
        return len(self.usage)

    def take(self, rows: NDArray[np.intp] | Flags) -> "RatedUsage":
        """Only these rows (indices or a mask); the dictionaries stay whole."""
        return replace(
            self, usage=self.usage.take(rows), tariff=self.tariff[rows], micros=self.micros[rows], row=self.row[rows]
        )


@dataclass(frozen=True, slots=True, eq=False)
class UniqueUsage:
    """Rated usage in which every record is there for the first time."""

    rated: RatedUsage


@dataclass(frozen=True, slots=True)
class Repeated:
    """How many exact repeats an envelope or record of this feed brought: dropped, but counted."""

    feed: str
    records: int


def in_columns(total: int) -> int:
    """A sum as the 64-bit columns of the stores can show it: what is beyond 4.6 trillion major units stays there."""
    return max(-_LARGEST_SUM, min(total, _LARGEST_SUM))


def account_days(usage: UsageRecords) -> set[str]:
    """The (account, UTC day) cells that the rows belong to, so that the host can load them in one read."""
    if not len(usage):
        return set()
    days, accounts = usage.time // DAY, usage.accounts
    first = int(days.min())
    pairs = list(pairs_of(usage.account, days - first, int(days.max()) - first + 1))
    details = {day: cell_key("", (first + day) * DAY) for day in {day for _, day in pairs}}
    return {accounts[account] + details[day] for account, day in pairs}


def pairs_of(first: Ints, second: Ints | Times, seconds: int) -> Iterator[tuple[int, int]]:
    """Which pairs of codes rows have, ascending; the second codes are less than `seconds`.

    >>> list(pairs_of(np.array([3, 0, 3, 3]), np.array([1, 0, 1, 0]), 2))
    [(0, 0), (3, 0), (3, 1)]
    """
    if not len(first):
        return iter(())
    joint = first.astype(np.int64) * seconds + second
    few = int(joint.max()) < COUNTED_PAIRS * len(joint)
    found = np.flatnonzero(np.bincount(joint)) if few else np.unique(joint)
    return zip((found // seconds).tolist(), (found % seconds).tolist(), strict=True)


def refused_rows(operator: str, usage: UsageRecords, found: Sequence[tuple[int, str]]) -> Iterator[DeadLetter]:
    """The letters of refused rows, each with its reason: a few of one cause have one each, many share one that holds
    them all. All can be replayed; the same rows, refused again together, are the same letter."""
    for group in by_cause([reason for _, reason in found]):
        several = [found[place] for place in group.places]
        if group.together:
            told = told_together(group, several[0][1], len(several))
            yield _shared_letter(operator, usage, [row for row, _ in several], told)
        else:
            yield from (refused_row(operator, usage, row, reason) for row, reason in several)


def refused_row(operator: str, usage: UsageRecords, row: int, reason: str) -> DeadLetter:
    """The row as a dead letter that can be replayed; the same row is one letter however often it comes."""
    return refused(operator, rows_alone(usage, [row]), reason, f"usage record {usage.record_id[row]}")


def rows_alone(usage: UsageRecords, rows: Sequence[int]) -> UsageRecords:
    """These rows as an envelope of their own, with nothing but their own names in its dictionaries, in order of
    appearance, and the host's `late` flag off."""
    taken = usage.take(np.array(rows, np.intp))
    accounts, account = _own_names(usage.accounts, taken.account)
    subscribers, subscriber = _own_names(usage.subscribers, taken.subscriber)
    services, service = _own_names(usage.services, taken.service)
    destinations, destination = _own_names(usage.destinations, taken.destination)
    switches, switch = _own_names(usage.switches, taken.switch)
    return UsageRecords(
        feed=usage.feed,
        accounts=accounts,
        subscribers=subscribers,
        services=services,
        destinations=destinations,
        switches=switches,
        record_id=taken.record_id,
        account=account,
        subscriber=subscriber,
        service=service,
        destination=destination,
        switch=switch,
        time=taken.time,
        volume=taken.volume,
        late=np.zeros(len(rows), np.bool_),
    )


def _shared_letter(operator: str, usage: UsageRecords, rows: Sequence[int], reason: str) -> DeadLetter:
    place = f"usage record {usage.record_id[rows[0]]} and {len(rows) - 1:,} more"
    return replace(refused(operator, rows_alone(usage, rows), reason, place), rows=len(rows))


def _own_names(names: tuple[str, ...], codes: Ints) -> tuple[tuple[str, ...], Ints]:
    """The names that occur, in order of appearance, and the codes that point at them."""
    used, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return tuple(names[code] for code in used[order].tolist()), place[inverse]
