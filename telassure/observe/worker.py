"""What a worker counts: its partitions tell it of every turn and transaction."""

from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from telassure.kernel.events import TroubleTicket
from telassure.kernel.feeds import RECORDED
from telassure.kernel.instant import Instant
from telassure.kernel.ports import FEED, Turn
from telassure.observe.spans import Attributes, is_sampled
from telassure.observe.traces import SPANS, tracing

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_COUNTED: Final = {
    "records": ("telassure_rows", "Source rows that were applied"),
    "late": ("telassure_late_rows", "Rows that came later than their feed may"),
    "repeated_rows": ("telassure_repeated_rows", "Rows that said again what their series had said for the same time"),
    "revised_rows": ("telassure_revised_rows", "Rows that said another value for a time than their series had"),
    "duplicates": ("telassure_duplicates", "Repeats of a source position that a partition dropped"),
    "hop_duplicates": ("telassure_hop_duplicates", "Hops that a partition had taken before"),
    "notices_held": ("telassure_notices_held", "Disruptions of which a resting customer was not told at once"),
}
_PLACE: Final = ("topology", "partition")


class Report(Protocol):
    """A turn as its host reports it (`streams.hosts.partition.world.TurnReport`)."""

    @property
    def records(self) -> int: ...
    @property
    def retried(self) -> bool: ...
    @property
    def stalled(self) -> bool: ...
    @property
    def traces(self) -> tuple[str, ...]: ...


class Cache(Protocol):
    """A partition's cells after a turn (`streams.hosts.partition.world.PartitionStanding`)."""

    @property
    def topology(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def cached(self) -> int: ...
    @property
    def fetched(self) -> int: ...
    @property
    def evicted(self) -> int: ...


@dataclass(slots=True)
class _Place:
    """The counters of one partition, looked up once."""

    records: Counter
    rows: dict[str, Counter]
    turn: Histogram
    commit: Histogram
    cells: Counter
    cached: Gauge
    fetched: Counter
    evicted: Counter
    seen: tuple[int, int] = (0, 0)

    def moved(self, standing: Cache) -> None:
        """What it has fetched and put out counts from nothing each time that the partition is loaded."""
        self.cached.set(standing.cached)
        if (now := (standing.fetched, standing.evicted)) != self.seen:
            for counter, total, before in zip((self.fetched, self.evicted), now, self.seen, strict=True):
                counter.inc(total - before if total >= before else total)
            self.seen = now


class WorkerMeter:
    """The counters of a worker (the host's `TurnMeter`), and its spans. Called once a turn and a transaction."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, labels: Sequence[str]) -> Counter:
            return Counter(name, text, labels, registry=registry)

        def histogram(name: str, text: str) -> Histogram:
            return Histogram(name, text, ["topology"], registry=registry, buckets=_BUCKETS)

        self.newest: dict[tuple[str, int], Instant] = {}
        self._records = counter("telassure_records", "Log records that were applied", _PLACE)
        self._rows = {name: counter(*named, _PLACE) for name, named in _COUNTED.items()}
        self._letters = counter("telassure_dead_letters", "Input refused, by who refused it", ["topology", "operator"])
        self._written = counter("telassure_business_records", "Upserts by type", ["topology", "type"])
        self._cells = counter("telassure_cells_written", "Cells written", ["topology"])
        self._failed = counter("telassure_turns_failed", "Turns to be tried again", ["topology", "why"])
        self._cached = Gauge("telassure_cells_cached", "Cells in memory", _PLACE, registry=registry)
        self._fetched = counter("telassure_cells_fetched", "Cells read from the store", ["topology"])
        self._evicted = counter("telassure_cells_evicted", "Cells put out of the cache", ["topology"])
        self._turn = histogram("telassure_turn_seconds", "Time of a turn that took records")
        self._commit = histogram("telassure_commit_seconds", "Time of a transaction")
        self._places: dict[tuple[str, int], _Place] = {}

    def turned(self, standing: Cache, report: Report, seconds: float) -> None:
        place = self._place(standing.topology, standing.partition)
        place.moved(standing)
        if report.stalled or report.retried:
            self._failed.labels(standing.topology, "store" if report.stalled else "record").inc()
        elif report.records:
            place.records.inc(report.records)
            place.turn.observe(seconds)
        if report.traces and tracing().exporting:
            what: Attributes = {
                "topology": standing.topology, "partition": standing.partition, "records": report.records
            }  # fmt: skip
            for trace in [each for each in report.traces if is_sampled(each)][:SPANS]:
                tracing().add(f"apply {standing.topology}", trace, seconds, what)

    def committed(self, turn: Turn, seconds: float) -> None:
        place = self._place(turn.topology, turn.partition)
        place.commit.observe(seconds)
        place.cells.inc(len(turn.cells))
        for name, counter in place.rows.items():
            if number := turn.counters.get(name, 0):
                counter.inc(number)
        if turn.letters:
            for operator, count in Tally(letter.operator for letter in turn.letters).items():
                self._letters.labels(turn.topology, operator).inc(count)
        types = Tally(map(type, turn.records))
        for kind, count in types.items():
            self._written.labels(turn.topology, kind.__name__).inc(count)
        self._heard(turn)
        if types[TroubleTicket] and tracing().exporting:
            _ticket_spans(turn, seconds)

    def _place(self, topology: str, partition: int) -> "_Place":
        found = self._places.get((topology, partition))
        if found is None:
            labels = (topology, str(partition))
            found = self._places[topology, partition] = _Place(
                records=self._records.labels(*labels),
                rows={name: counter.labels(*labels) for name, counter in self._rows.items()},
                turn=self._turn.labels(topology),
                commit=self._commit.labels(topology),
                cells=self._cells.labels(topology),
                cached=self._cached.labels(*labels),
                fetched=self._fetched.labels(topology),
                evicted=self._evicted.labels(topology),
            )
        return found

    def _heard(self, turn: Turn) -> None:
        """The newest event of a live feed; a recording says nothing of now."""
        place = (turn.topology, turn.partition)
        for name, at in turn.counters.items():
            if name.startswith(FEED) and not name.startswith(FEED + RECORDED):
                self.newest[place] = max(at, self.newest.get(place, at))


def _ticket_spans(turn: Turn, seconds: float) -> None:
    tickets = [each for each in turn.records if isinstance(each, TroubleTicket) and is_sampled(each.trace)]
    for ticket in tickets[:SPANS]:
        what = {"ticket": ticket.ticket_id, "problem": ticket.problem_id, "state": ticket.state}
        tracing().add("ticket", ticket.trace, seconds, what)
