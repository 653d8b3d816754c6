"""Dedupe: a usage record is charged once, however often its file or its switch sends it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from streams.catalogue import Catalogue
from streams.cells import CellCodec, unpacked
from streams.fingerprints import content_prints, fingerprints
from streams.operator import SEPARATOR, KeyedState, cell_key, owner
from streams.operators.charging.policies import DEDUPE
from streams.rated_usage import RatedUsage, Repeated, UniqueUsage, account_days, refused_rows
from telassure.kernel.events import DeadLetter, UsageRecords
from telassure.kernel.instant import DAY, Duration, Instant

_CONFLICT: Final = "duplicate id with other content"


@dataclass(slots=True)
class UsageDay:
    """The records of one account and UTC day: fingerprint of the id -> fingerprint of the content.

    The account's own cell (without a day) holds no records but `closed`: days that end there or before are forgotten.
    """

    prints: dict[int, int] = field(default_factory=dict)
    closed: Instant = 0


_CELL: Final = CellCodec(UsageDay)


class Dedupe:
    """Lets each record through once: one identity is (account, UTC day of use, record id).

    Law: an exact repeat is dropped and counted; the same id with other content is a dead letter. A day is remembered
    for ("charging", "dedupe_days") days; what comes after that is a dead letter too, since nothing can tell whether it
    is a repeat. It stands behind Rate, so that what waits in suspense is not yet remembered and its replay passes.
    """

    name = "dedupe"
    state_version = 2
    reads: tuple[int, ...] = (1, 2)
    accepts: tuple[type, ...] = (RatedUsage,)
    shortest_timer: Duration | None = DAY

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def key(self, event: RatedUsage) -> str:
        usage = event.usage
        time = int(usage.time[0])
        return cell_key(usage.accounts[usage.account[0]], time - time % DAY)

    def touches(self, event: RatedUsage) -> Iterable[str]:
        """The cells of an envelope, for the host to load in one read."""
        return account_days(event.usage)

    def fresh(self) -> UsageDay:
        return UsageDay()

    def step(
        self, batch: Sequence[RatedUsage], state: KeyedState[UsageDay], watermark: Instant
    ) -> Iterable[UniqueUsage | Repeated | DeadLetter]:
        for key, _ in state.due(watermark):
            account = state.of(owner(key))
            account.closed = max(account.closed, _day(key) + DAY)
            state.forget(key)
        for rated in batch:
            if len(rated):
                yield from self._unique(rated, state)

    def dump(self, cell: UsageDay) -> bytes:
        return _CELL.pack(cell)

    def load(self, blob: bytes, version: int) -> UsageDay:
        if version > 1:
            return _CELL.unpack(blob)
        closed, prints = unpacked(blob)  # version 1, by place
        return UsageDay(prints, closed)

    def _unique(self, rated: RatedUsage, state: KeyedState[UsageDay]) -> Iterator[UniqueUsage | Repeated | DeadLetter]:
        usage = rated.usage
        first = np.ones(len(rated), np.bool_)
        repeats, strange = 0, list[tuple[int, str]]()
        for row, known, content in self._known(usage, state):
            first[row] = False
            if known == content:
                repeats += 1
            else:
                strange.append((row, self._beyond() if known is None else _CONFLICT))
        yield from refused_rows(self.name, usage, strange)
        if repeats:
            yield Repeated(usage.feed, repeats)
        if first.any():
            yield UniqueUsage(rated if first.all() else rated.take(first))

    def _known(self, usage: UsageRecords, state: KeyedState[UsageDay]) -> Iterator[tuple[int, int | None, int]]:
        """(row, content remembered, content now) of the rows whose id is taken; None where the day is forgotten."""
        days = (usage.time - usage.time % DAY).tolist()
        memory = DEDUPE.of(self._catalogue)
        records, contents = fingerprints(usage.record_id), content_prints(usage).tolist()
        cells: dict[tuple[int, int], dict[int, int] | None] = {}
        for row, place in enumerate(zip(usage.account.tolist(), days, strict=True)):
            if place not in cells:
                cells[place] = self._day_of(cell_key(usage.accounts[place[0]], place[1]), memory, state)
            prints = cells[place]
            if prints is None:
                yield row, None, contents[row]
            elif records[row] in prints:
                yield row, prints[records[row]], contents[row]
            else:
                prints[records[row]] = contents[row]

    def _day_of(self, key: str, memory: Duration, state: KeyedState[UsageDay]) -> dict[int, int] | None:
        """What is remembered of a day, None where it has been forgotten."""
        cell = state.of(key)
        if not cell.prints:
            past = state.peek(owner(key))
            if past is not None and _day(key) < past.closed:
                state.forget(key)
                return None
            state.wake(key, _day(key) + DAY + memory)
        return cell.prints

    def _beyond(self) -> str:
        days = DEDUPE.of(self._catalogue) // DAY
        return f"older than the {days} days for which repeats are remembered; raise the policy charging dedupe_days"


def _day(key: str) -> Instant:
    return int(key.rpartition(SEPARATOR)[2])
