"""The ways of events: which topology and partition takes one, under which domain or account."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ingestion.batches.directory import Directory
from ingestion.fields.terms import RowNumbers
from streams.operators.commands import command_of
from telassure.kernel.events import Act, BalanceTransfer, CatalogueChange, EndOfFeed, KpiEpisode, MediatedCount
from telassure.kernel.routing import partition_of

DETECTION: Final = "detection"
ASSURANCE: Final = "assurance"
CHARGING: Final = "charging"
ROWS: Final = 10_000
Codes: TypeAlias = NDArray[np.int32]
FOLLOWED: Final = (ASSURANCE, 0)
"""Every partition holds the whole catalogue; who follows it from outside reads this one, whose log is the shortest."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event on its way to one partition. `counted` is how many source rows it stands for (copies stand for none),
    `rows` which of the routed event's (None: all of them)."""

    topology: str
    partition: int
    event: object
    counted: int
    rows: RowNumbers | None = None


@dataclass(frozen=True, slots=True)
class Routes:
    """What a route is made of. `partitions` is the number per topology; `rows` the most in one envelope."""

    directory: Directory
    partitions: Mapping[str, int]
    rows: int = ROWS

    def single(self, topology: str, key: str, event: object) -> Draft:
        """One event to the partition of its key."""
        return Draft(topology, self.partition(topology, key), event, 1)

    def everywhere(self, event: CatalogueChange | EndOfFeed, rows: int) -> Iterator[Draft]:
        """A control record: one copy for every partition of every topology."""
        for topology in sorted(self.partitions):
            for partition in range(self.partitions[topology]):
                yield Draft(topology, partition, event, rows)
                rows = 0

    def home(self, managed_object: str, domain: str) -> str:
        """The domain of an object; `domain` where nobody knows it."""
        return self.directory.domain_of(managed_object) or domain

    def partition(self, topology: str, key: str) -> int:
        return partition_of(key, self.partitions[topology])

    def pieces(self, rows: RowNumbers) -> Iterator[RowNumbers]:
        """Rows in pieces that fit one envelope."""
        yield from (rows[start : start + self.rows] for start in range(0, len(rows), self.rows))


def inner(event: object, routes: Routes) -> Iterator[Draft]:
    """The way of what no kind of input is, hops and acts: it comes here only from dead letters."""
    match event:
        case KpiEpisode():
            yield routes.single(ASSURANCE, event.domain, event)
        case MediatedCount():
            yield routes.single(CHARGING, event.switch, event)
        case BalanceTransfer():
            yield routes.single(CHARGING, event.account, event)
        case Act():
            yield routes.single(command_of(event).on.topology, event.owner, event)


def used(dictionary: tuple[str, ...], codes: Codes) -> tuple[tuple[str, ...], Codes]:
    """The dictionary without what no row uses, and the codes in it."""
    found, places = np.unique(codes, return_inverse=True)
    if len(found) == len(dictionary):
        return dictionary, codes
    return tuple(dictionary[code] for code in found.tolist()), places.astype(np.int32)
