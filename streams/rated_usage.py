"""Rated usage as columns: what Rate hands on, what Dedupe lets through, and a refused row as a dead letter."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from streams.operator import cell_key
from streams.refusals import refused
from telassure.kernel.events import DeadLetter, UsageRecords
from telassure.kernel.events.kpi import Flags, Ints, Times
from telassure.kernel.instant import DAY

# The largest price of one record, 70,368,744 major units: sums of an envelope then stay within 64 bits.
LARGEST_PRICE: Final = 2**46
LARGEST_VOLUME: Final = 2**48  # 281 terabytes in one record
_LARGEST_SUM: Final = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class RatedUsage:
    """Usage rows with their exact price: `micros[i]` in the currency of tariff version `tariff[i]`.

    `tariffs` and `currencies` are parallel dictionaries of the tariff versions that `tariff` indexes.
    """

    usage: UsageRecords
    tariffs: tuple[str, ...]
    currencies: tuple[str, ...]
    tariff: Ints
    micros: Times

    def __len__(self) -> int:
        return len(self.usage)

    def take(self, rows: NDArray[np.intp] | Flags) -> "RatedUsage":
        """Only these rows (indices or a mask); the dictionaries stay whole."""
        return replace(self, usage=self.usage.take(rows), tariff=self.tariff[rows], micros=self.micros[rows])


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
    days = (usage.time - usage.time % DAY).tolist()
    pairs = set(zip(usage.account.tolist(), days, strict=True))
    return {cell_key(usage.accounts[account], day) for account, day in pairs}


def row_alone(usage: UsageRecords, row: int) -> UsageRecords:
    """One row as an envelope of its own, with dictionaries of one entry and the host's `late` flag off."""
    zero = np.zeros(1, np.int32)
    return UsageRecords(
        feed=usage.feed,
        accounts=(usage.accounts[usage.account[row]],),
        subscribers=(usage.subscribers[usage.subscriber[row]],),
        services=(usage.services[usage.service[row]],),
        destinations=(usage.destinations[usage.destination[row]],),
        switches=(usage.switches[usage.switch[row]],),
        record_id=(usage.record_id[row],),
        account=zero,
        subscriber=zero,
        service=zero,
        destination=zero,
        switch=zero,
        time=usage.time[row : row + 1],
        volume=usage.volume[row : row + 1],
        late=np.zeros(1, np.bool_),
    )


def refused_row(operator: str, usage: UsageRecords, row: int, reason: str) -> DeadLetter:
    """The row as a dead letter that can be replayed; the same row is one letter however often it comes."""
    return refused(operator, row_alone(usage, row), reason, f"usage record {usage.record_id[row]}")
