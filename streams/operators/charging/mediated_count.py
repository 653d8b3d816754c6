"""MediatedCounts: how much of each switch's usage has arrived and been rated, by service and counted period."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from streams.catalogue import Catalogue
from streams.operator import KeyedState, cell_key
from streams.policies import COUNT_PERIOD
from streams.rated_usage import UniqueUsage
from telassure.kernel.events import MediatedCount
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import Duration, Instant

_INT64 = 2**63 - 1


class MediatedCounts:
    """One count per switch, service, counted period and currency of an envelope's new rated records; keeps no state.

    Law: over all envelopes each unique rated record is counted once. The id derives from the first record counted,
    which is nobody else's first because it is unique. What waits in suspense is not counted until it is rated.
    """

    name = "mediated_count"
    state_version = 1
    reads: tuple[int, ...] = (1,)
    accepts: tuple[type, ...] = (UniqueUsage,)
    shortest_timer: Duration | None = None

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def key(self, event: UniqueUsage) -> str:
        usage = event.rated.usage
        return cell_key(usage.accounts[usage.account[0]])

    def fresh(self) -> None:
        return None

    def step(
        self, batch: Sequence[UniqueUsage], state: KeyedState[None], watermark: Instant
    ) -> Iterable[MediatedCount]:
        for event in batch:
            yield from _counts(event, COUNT_PERIOD.of(self._catalogue))

    def dump(self, cell: None) -> bytes:
        return b""

    def load(self, blob: bytes, version: int) -> None:
        return None


def _counts(event: UniqueUsage, length: Duration) -> Iterator[MediatedCount]:
    rated, usage = event.rated, event.rated.usage
    order, starts = _grouped(event, length)
    records = np.diff(np.append(starts, len(order))).tolist()
    volumes, micros = _sums(usage.volume[order], starts), _sums(rated.micros[order], starts)
    newest = np.maximum.reduceat(usage.time[order], starts).tolist()
    for group, row in enumerate(order[starts].tolist()):
        switch, service = usage.switches[usage.switch[row]], usage.services[usage.service[row]]
        time = int(usage.time[row])
        start = time - time % length
        account, record_id = usage.accounts[usage.account[row]], usage.record_id[row]
        yield MediatedCount(
            count_id=derive_id("mediated_count", switch, service, start, account, record_id, time),
            feed=usage.feed,
            switch=switch,
            service=service,
            period_start=start,
            period_end=start + length,
            records=records[group],
            volume=volumes[group],
            time=newest[group],
            rated_micros=micros[group],
            currency=rated.currencies[rated.tariff[row]],
        )


def _grouped(event: UniqueUsage, length: Duration) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows ordered by (period, switch, service, currency), stable, and where each group starts."""
    rated, usage = event.rated, event.rated.usage
    known = sorted(set(rated.currencies))
    currency = np.array([known.index(name) for name in rated.currencies], np.int64)[rated.tariff]
    columns = (usage.time // length, usage.switch, usage.service, currency)
    order = np.lexsort(columns[::-1])
    changed = np.zeros(len(order), np.bool_)
    changed[0] = True
    for column in columns:
        ordered = column[order]
        changed[1:] |= ordered[1:] != ordered[:-1]
    return order, np.flatnonzero(changed)


def _sums(values: NDArray[np.int64], starts: NDArray[np.intp]) -> list[int]:
    """Exact sums of the groups that begin at `starts`."""
    if int(np.abs(values).max()) <= _INT64 // len(values):
        sums: list[int] = np.add.reduceat(values, starts).tolist()
        return sums
    return [sum(part.tolist()) for part in np.split(values, starts[1:])]
