"""The dictionary of series: (managed object, measurement) to a small number, bounded, and durable with the points."""

import sqlite3
from sys import intern

import numpy as np
from numpy.typing import NDArray

from telassure.kernel.events import Measurements
from telassure.store.metrics_embedded.blocks import GROUP, transaction
from telassure.store.points import Hashes, Series, name_hash

REFUSED = -1
_PAIRS = 4_000_000  # numbers held by pairs of dictionaries, the oldest forgotten first


class SeriesDictionary:
    """The writer's own copy of the dictionary, at most `limit` series; a series beyond it gets the number -1.

    New series live here at once and in the database with `save`, which the caller puts into its transaction; `saved` is
    called when that has committed.
    """

    def __init__(self, connection: sqlite3.Connection, limit: int) -> None:
        self._connection = connection
        self._limit = limit
        self._by_object: dict[str, dict[str, int]] = {}
        self._pairs: dict[tuple[tuple[str, ...], tuple[str, ...]], Series] = {}
        self._held = 0
        self._fresh: list[tuple[int, str, str]] = []
        self._size = 0
        self._next = 0
        self.reload()

    def __len__(self) -> int:
        return self._size

    def reload(self) -> None:
        """Read the dictionary as the database has it; nothing may be unsaved."""
        self._by_object.clear()
        self._pairs.clear()
        self._held = 0
        self._size, self._next = 0, 0
        for number, managed_object, measurement in self._connection.execute("SELECT * FROM series ORDER BY series"):
            self._by_object.setdefault(managed_object, {})[intern(measurement)] = number
            self._size, self._next = self._size + 1, number + 1

    def numbers(self, points: Measurements) -> Series:
        """The number of each row's series, -1 for what is beyond the limit."""
        pairs = points.measured_object.astype(np.int64) * max(len(points.names), 1) + points.measurement
        if len(points.objects) * len(points.names) > _PAIRS:
            return self._looked_up(points, pairs)
        known = self._known(points.objects, points.names)
        found: Series = known[pairs]
        unknown = np.flatnonzero(found < 0)
        if len(unknown):
            found[unknown] = self._looked_up(points, pairs[unknown])
            known[pairs[unknown]] = found[unknown]  # what is refused is below 0, and asked for again
        return found

    def _looked_up(self, points: Measurements, pairs: NDArray[np.int64]) -> Series:
        """The numbers of these pairs, by name; new series come in order of first sight."""
        distinct, place = _distinct(pairs)
        width, objects, names = max(len(points.names), 1), points.objects, points.names
        numbers = [self._number(objects[pair // width], names[pair % width]) for pair in distinct.tolist()]
        return np.array(numbers, np.int32)[place]

    def _known(self, objects: tuple[str, ...], names: tuple[str, ...]) -> Series:
        """The numbers found so far of every pair of two dictionaries: a feed's envelopes bring the same ones again."""
        known = self._pairs.get((objects, names))
        if known is None:
            while self._pairs and self._held + len(objects) * len(names) > _PAIRS:
                self._held -= len(self._pairs.pop(next(iter(self._pairs))))
            known = self._pairs[objects, names] = np.full(len(objects) * len(names), REFUSED, np.int32)
            self._held += len(known)
        return known

    def save(self) -> None:
        """Write the new series inside the caller's transaction."""
        self._connection.executemany("INSERT INTO series VALUES (?, ?, ?)", self._fresh)

    def saved(self) -> None:
        """The transaction has committed."""
        self._fresh.clear()

    def forget_empty(self) -> None:
        """Forget the series of groups without any block, so that series that come and go do not fill the dictionary.

        No hot block and nothing unsaved may be left when this is called.
        """
        with transaction(self._connection):
            gone = self._connection.execute(
                "DELETE FROM series WHERE series / ? NOT IN (SELECT DISTINCT tile FROM blocks)", (GROUP,)
            ).rowcount
        if gone:
            self.reload()

    def _number(self, managed_object: str, measurement: str) -> int:
        of_object = self._by_object.get(managed_object)
        number = of_object.get(measurement) if of_object is not None else None
        return self._add(managed_object, measurement) if number is None else number

    def _add(self, managed_object: str, measurement: str) -> int:
        if self._size >= self._limit:
            return REFUSED
        number = self._next
        self._by_object.setdefault(managed_object, {})[intern(measurement)] = number
        self._fresh.append((number, managed_object, measurement))
        self._size, self._next = self._size + 1, number + 1
        return number


def name_hashes(connection: sqlite3.Connection) -> Hashes:
    """By series number, 64 bits of the series' name."""
    (highest,) = connection.execute("SELECT coalesce(max(series), -1) FROM series").fetchone()
    found = np.zeros(highest + 1, np.uint64)
    for number, managed_object, measurement in connection.execute("SELECT * FROM series"):
        found[number] = name_hash(managed_object, measurement)
    return found


def _distinct(pairs: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """The distinct pairs in order of first sight (neighbours in an envelope stay neighbours), and each row's place."""
    if len(pairs) and bool(np.all(pairs[1:] >= pairs[:-1])):
        starts = np.append(True, pairs[1:] != pairs[:-1])
        return pairs[starts], np.cumsum(starts) - 1
    distinct, first, place = np.unique(pairs, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return distinct[order], rank[place]
