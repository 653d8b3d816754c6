"""What a turn's outputs become: business records, outbox rows, dead letters and scored points."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any, Final

import numpy as np

from streams.hosts.partition.pipeline import Label
from streams.refusals import refused, series_of
from streams.topology import Hop, Topology
from telassure.kernel.codec import encode
from telassure.kernel.events import DeadLetter, Measurements, ScoredPoints
from telassure.kernel.events.outcome import NoticeHeld, RowsRestated
from telassure.kernel.events.shares import UNKNOWN
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import Instant
from telassure.kernel.kept import kept_as
from telassure.kernel.ports import BusinessRecord, Entry, OutboxRow
from telassure.kernel.routing import partition_of

HOP: Final = "hop:"
NOTIFY: Final = "notify"
COUNTED: Final[Mapping[type, Callable[[Any], Mapping[str, int]]]] = {
    DeadLetter: lambda letter: {"dead_letters": letter.rows},
    NoticeHeld: lambda held: {"notices_held": 1},
    RowsRestated: lambda rows: rows.counts,
}
"""Outputs that a partition counts: by the counter's name, how much each adds to it."""
_ROWS: Final = ("measured_object", "measurement", "time", "value", "suspect")
_SCORES: Final = ("expected", "lower", "upper", "score", "shares")


class Effects:
    """The effects of one partition that have not been committed yet.

    A hop's position is "operator/partition/offset/owner/index": strictly growing per operator, and where the checkpoint
    is paced the same at every replay.
    """

    def __init__(self, topology: Topology, partition: int, partitions: Mapping[str, int]) -> None:
        self.records: dict[tuple[type, str], BusinessRecord] = {}
        self.hops: list[OutboxRow] = []
        self.notices: list[OutboxRow] = []
        self.letters: dict[str, DeadLetter] = {}
        self.points: list[tuple[int, ScoredPoints]] = []
        self._topology, self._partition, self._partitions = topology, partition, partitions
        self._hops: dict[type, list[Hop]] = {}
        for hop in topology.hops:
            self._hops.setdefault(hop.event, []).append(hop)
        self._identities: dict[type, str | None] = {}
        self._last: Label = (-1, "")
        self._index = 0

    def add(self, names: Sequence[str], emitted: Iterable[tuple[int, Any, Label]], now: Callable[[], Instant]) -> None:
        """Take outputs with the names of their operators, in order."""
        for index, output, label in emitted:
            kind = type(output)
            if kind is ScoredPoints:
                self.points.append((label[0], output))
            elif kind is DeadLetter:
                self.letters[output.letter_id] = output
            else:
                identity = self._identity(kind)
                if identity is not None:
                    self.records[(kind, getattr(output, identity))] = output
            if kind in self._hops or kind in self._topology.notices:
                self._send(names[index], output, label, now())

    def _identity(self, kind: type) -> str | None:
        if kind not in self._identities:
            self._identities[kind] = kept_as(kind).identity if issubclass(kind, BusinessRecord) else None
        return self._identities[kind]

    def _send(self, operator: str, output: Any, label: Label, now: Instant) -> None:
        self._index = self._index + 1 if label == self._last else 0
        self._last = label
        position = f"{operator}/{self._partition}/{label[0]}/{label[1]}/{self._index}"
        name, payload = encode(output)
        trace = getattr(output, "trace", "")
        for hop in self._hops.get(type(output), ()):
            target = f"{HOP}{hop.to}:{partition_of(hop.key(output), self._partitions.get(hop.to, 1))}"
            self.hops.append(self._row(target, (name, payload, trace), position, now))
        if type(output) in self._topology.notices:
            self.notices.append(self._row(NOTIFY, (name, payload, trace), position, now))

    def _row(self, target: str, content: tuple[str, bytes, str], position: str, now: Instant) -> OutboxRow:
        kind, payload, trace = content
        identity = derive_id(self._topology.name, target, position)
        return OutboxRow(identity, target, kind, payload, position, now, trace)


def merged_points(points: Sequence[tuple[int, ScoredPoints]]) -> list[tuple[int, ScoredPoints]]:
    """One ScoredPoints per offset, in order: the metric store takes an offset of a writer once."""
    found: dict[int, list[ScoredPoints]] = {}
    for offset, scored in points:
        found.setdefault(offset, []).append(scored)
    return [(offset, parts[0] if len(parts) == 1 else _joined(parts)) for offset, parts in sorted(found.items())]


def _joined(parts: Sequence[ScoredPoints]) -> ScoredPoints:
    """Several envelopes as one; dictionaries are chained, and shared where they are the same."""
    points, first = [], parts[0].points
    objects, names = first.objects, first.names
    for part in (part.points for part in parts):
        shift = 0 if part.objects == objects[: len(part.objects)] else len(objects)
        step = 0 if part.names == names[: len(part.names)] else len(names)
        objects = objects + part.objects if shift else objects
        names = names + part.names if step else names
        shifted = part.measured_object + np.int32(shift), part.measurement + np.int32(step)
        points.append(replace(part, measured_object=shifted[0], measurement=shifted[1]))
    rows: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in points]) for name in _ROWS}
    scores: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _SCORES}
    whole = Measurements(first.domain, first.feed, first.granularity, objects, names, **rows)
    return ScoredPoints(whole, **scores)


def no_room(points: Measurements) -> DeadLetter:
    """Rows whose series the metric store has no room for, whole in the payload; the same rows make the same letter."""
    reason = (
        f"{len(points)} rows, the first of them of {series_of(points, 0)}, are not stored: the metric store is full of "
        "series; raise series_limit, or keep points for a shorter time"
    )
    return refused("metric_store", points, reason, "row 0")


def unscored(points: Measurements) -> ScoredPoints:
    """Points that are only kept."""
    nothing = np.full(len(points), np.nan)
    return ScoredPoints(points, nothing, nothing, nothing, nothing, np.full(len(points), UNKNOWN, np.uint8))


def hop_entry(topology: str, row: OutboxRow) -> Entry:
    """A hop on its way into its target's log."""
    target, _, partition = row.target.removeprefix(HOP).rpartition(":")
    digest = blake2b(row.kind.encode() + b"\0" + row.payload, digest_size=16).digest()
    return Entry(
        topology=target,
        partition=int(partition),
        kind=row.kind,
        payload=row.payload,
        source=HOP + topology,
        position=row.position,
        digest=digest,
        trace=row.trace,
    )
