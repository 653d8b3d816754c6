"""A topology run synchronously in memory, with the real codec and the real partition: what tests are written against.

Signature, fixed from the start (the body follows):

    Driver(topology, partitions=1, *, batch=64, catalogue=())
    .pipe(*events) -> Driver        append to the log (an envelope is cut by partition) and run to the log's end
    .advance(to) -> Driver          Tick(to) to every partition
    .end_feed(feed, quiet) -> Driver
    .change(*entries) -> Driver     CatalogueChange to every partition
    .crash() -> Driver              forget the process state; the log, the state store and the metric store remain
    .outputs(type) -> list          everything of a type that operators emitted, in order (hops and notices too)
    .records(type) -> list          business records as stored, last state of each, by id
    .points() -> dict               {(managed_object, measurement, time): (value, expected, lower, upper, score)}
    .letters() -> list[DeadLetter]
    .counters -> dict[str, int]     records (rows), late, dead_letters, hop_duplicates, turns
    .outcome() -> Outcome           all of the above at once, comparable
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from telassure.events import DeadLetter

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome:
    """What a run left behind, in a form in which two runs can be compared.

    `outputs`: every emitted object in order. `records`: type -> id -> last state. `points` as `Driver.points`.
    """

    outputs: tuple[Any, ...]
    records: Mapping[type, Mapping[str, Any]]
    points: Mapping[tuple[str, str, int], tuple[float, ...]]
    letters: tuple[DeadLetter, ...]
    counters: Mapping[str, int]

    def of(self, kind: type[T]) -> list[T]:
        """Everything of a type that was emitted, in order."""
        return [output for output in self.outputs if isinstance(output, kind)]
