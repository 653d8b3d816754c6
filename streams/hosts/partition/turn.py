"""One partition of one topology: read, judge, step, write, commit, acknowledge. All semantics meet here."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from streams.catalogue import Catalogue
from streams.hosts.partition.bisection import Bisection
from streams.hosts.partition.book import Book, Plan
from streams.hosts.partition.cells import Cells, as_loaded
from streams.hosts.partition.clock_journal import ClockJournal
from streams.hosts.partition.effects import COUNTED, Effects, merged_points, no_room
from streams.hosts.partition.failures import AmbiguousOrder, OperatorFailure
from streams.hosts.partition.intake import Intake
from streams.hosts.partition.log_marks import LogMarks
from streams.hosts.partition.owners import Owners
from streams.hosts.partition.pipeline import Pipeline
from streams.hosts.partition.relay import HopRelay
from streams.hosts.partition.repeats import Repeats
from streams.hosts.partition.world import PartitionStanding, TurnLimits, TurnReport, World
from streams.operator import owner as owner_of
from streams.topology import Topology
from telassure.kernel.errors import ConfigurationError, DamagedStore, TransientError
from telassure.kernel.instant import Instant
from telassure.kernel.ports import CellRow, LogRecord, Turn

_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 5.0
_PENDING: Final = 20_000


def _going_on() -> bool:
    return False


class Partition:
    """Call `turn` again and again. Whatever ends the process, the next one goes on from the checkpoint.

    StaleOwner leaves `turn` (another owner has the partition); any exception that is neither an operator's nor
    transient leaves it too, before anything is acknowledged.
    """

    def __init__(self, topology: Topology, number: int, world: World, limits: TurnLimits | None = None) -> None:
        if topology.checkpoint.paced and topology.notices:
            raise ConfigurationError(f"{topology.name}: notices need a checkpoint every turn, not a paced one")
        self.topology = topology
        self.number = number
        self.offset = 0  # durable: what the store has
        self.position = 0  # read so far
        self._world, self._limits = world, limits or TurnLimits()
        self._relay = HopRelay(topology.name, world.store, world.log, number)
        self._repeats: Repeats | None = None
        self._loaded = False
        self._single = False
        self._careful = range(0)
        self._pause = _FIRST_PAUSE
        self._due = 0.0
        self._round = 0
        self._wrote = False
        self._observed: list[Any] = []
        self.ending: Callable[[], bool] = _going_on
        """Asked after each record: what is to end takes no further one, and commits as at any turn's end."""

    @property
    def settled(self) -> bool:
        """Everything read is durable."""
        return self._loaded and self.offset == self.position

    @property
    def standing(self) -> PartitionStanding:
        """Where it is; may be asked from any thread."""
        cells = self._plain.cells if self._loaded else ()
        sums = (sum(each) for each in zip(*(c.figures for c in cells), strict=True)) if cells else (0, 0, 0)
        return PartitionStanding(self.topology.name, self.number, self.offset, self.position, self._loaded, *sums)

    @property
    def ticked(self) -> Instant:
        """The newest tick it has applied, 0 before it is loaded or where there was none."""
        return self._owners.tick if self._loaded else 0

    def turn(self) -> TurnReport:
        """Take what the log has next (bounded), apply it, and commit as the topology's policy says."""
        meter, began = self._world.meter, self._world.elapsed()
        report = self._attempt()
        if meter is not None:
            meter.turned(self.standing, report, self._world.elapsed() - began)
        return report

    def _attempt(self) -> TurnReport:
        try:
            if not self._loaded:
                self._load()
            report = self._work()
        except TransientError as failure:
            self._stall()
            return TurnReport(stalled=True, damage=str(failure) if isinstance(failure, DamagedStore) else "")
        except BaseException:
            self._loaded = False
            raise
        if self.settled:
            self._pause = _FIRST_PAUSE
        return report

    def settle(self) -> bool:
        """Commit everything applied so far and acknowledge the hops; a paced partition writes all its pieces, one after
        the other, so that no more than one of them is in memory beside its cells.

        False where an operator's cell cannot be written: the turns to come find which record it is. A failure leaves
        the partition at its checkpoint; a TransientError comes after a pause, longer each time.
        """
        try:
            policy = self.topology.checkpoint
            while self._loaded and self._book.behind(self.position, self.offset):
                self._commit(policy.piece if policy.paced else None)
            self._relay.settle()
        except OperatorFailure:
            self._careful, self._loaded = range(self.offset + 1, self.position + 1), False
            return False
        except TransientError:
            self._stall()
            raise
        except BaseException:
            self._loaded = False
            raise
        return True

    def _stall(self) -> None:
        self._loaded = False
        self._world.sleep(self._pause)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def acknowledge(self) -> None:
        """Take the hops that their target has from the outbox."""
        self._relay.settle()

    # --- a turn ------------------------------------------------------------------------------------------------------

    def _work(self) -> TurnReport:
        world, start, before = self._world, self.position, dict(self._book.totals)
        records = world.log.read(self.topology.name, self.number, start, self._limits.records, self._limits.size)
        first, beat = start + 1, world.beat
        try:
            for record in records if self._repeats is None else self._repeats.fresh(records):
                first = record.offset if self._intake.single else first
                if beat is not None:
                    beat()
                self._take(record)
                if self.ending():
                    records = [each for each in records if each.offset <= record.offset]
                    break
            self._intake.flush()
            self.position = records[-1].offset if records else start
            hops = self._leave()
            first = self.offset + 1
            self._checkpoint(records)
        except OperatorFailure:
            last = records[-1].offset if records else self.position
            self._careful, self._loaded = range(first, last + 1), False
            return TurnReport(retried=True)
        except AmbiguousOrder:
            self._single, self._loaded = True, False
            return TurnReport(retried=True)
        grown = {name: total - before.get(name, 0) for name, total in self._book.totals.items()}
        rows, late, letters = (grown.get(name, 0) for name in ("records", "late", "dead_letters"))
        traces = () if world.meter is None else tuple(dict.fromkeys(r.trace for r in records if r.trace))
        return TurnReport(len(records), rows, late, letters, hops, traces=traces)

    def _take(self, record: LogRecord) -> None:
        careful = record.offset in self._careful
        if careful != isinstance(self._intake.pipeline, Bisection):
            self._intake.flush()
            self._collect()
            self._intake.pipeline = Bisection(self._plain, self._intake.bury) if careful else self._plain
            self._intake.single = careful or self._single
        self._intake.take(record)
        self._marks.read(record)
        self.position = record.offset

    def _collect(self) -> None:
        """Turn what the operators emitted into effects."""
        emitted, self._plain.emitted[:] = list(self._plain.emitted), []
        self._effects.add([operator.name for operator in self._plain.operators], emitted, self._world.clock.now)
        for _, output, label in emitted:
            counted = COUNTED.get(type(output))
            for counter, added in counted(output).items() if counted is not None else ():
                self._book.count(counter, added, label[0], self._owners.by_name.get(label[1]))
        if self._world.observe is not None:
            self._observed.extend(output for _, output, _ in emitted)

    def _leave(self) -> int:
        """What may leave before the commit: points, and paced the hops, which a replay makes again."""
        self._collect()
        effects, metrics = self._effects, self._world.metrics
        if effects.points and metrics is not None:
            for offset, points in merged_points(effects.points):
                refused = metrics.write(points, f"{self.topology.name}/{self.number}", offset)
                if refused is not None:  # before the flush that makes this offset applied, after which it is not tried
                    self._world.log.bury([no_room(refused)])
        self._wrote = self._wrote or bool(effects.points)
        effects.points.clear()
        hops = len(effects.hops)
        if self.topology.checkpoint.paced:
            self._relay.send(effects.hops, acknowledge=False)
            effects.hops.clear()
            self._seen()
        return hops

    def _checkpoint(self, records: Sequence[LogRecord]) -> None:
        policy, now = self.topology.checkpoint, self._world.elapsed()
        careful = any(record.offset in self._careful for record in records)
        if not records and self._wrote and self._world.metrics is not None:
            self._world.metrics.flush()  # idle: let readers see what waits
            self._wrote = False
        if not policy.paced or careful:
            if self._book.behind(self.position, self.offset):
                self._commit(None)
            return
        pending = len(self._effects.records) + len(self._effects.letters)
        if now < self._due and pending < _PENDING and self._round <= self.offset:
            return
        if self._round <= self.offset:
            self._round = self.position  # a new round: everything changed up to here is written, piece by piece
        if self._book.behind(self.position, self.offset):
            self._commit(policy.piece)
        if self._round <= self.offset:
            self._due = now + policy.every_seconds

    def _commit(self, piece: int | None) -> None:
        metrics, effects = self._world.metrics, self._effects
        if metrics is not None and self._wrote:
            metrics.flush()
            self._wrote = False
        self._book.count("turns", 1, self.position)
        plan = self._book.plan(self.position, piece)
        turn, began = self._turn(plan), self._world.elapsed()
        self._world.store.commit(turn)
        if self._world.meter is not None:
            self._world.meter.committed(turn, self._world.elapsed() - began)
        self.offset = plan.offset
        if self._repeats is not None:
            self._repeats.durable(plan.taken)
        hops, effects.hops = effects.hops, []
        for pending in (effects.notices, effects.letters, effects.records):
            pending.clear()
        self._seen()
        self._relay.send(hops)
        self._refresh(plan.cells)

    def _turn(self, plan: Plan) -> Turn:
        return Turn(
            topology=self.topology.name,
            partition=self.number,
            expected=self.offset,
            offset=plan.offset,
            clocks=plan.clocks,
            cells=plan.cells,
            records=list(self._effects.records.values()),
            outbox=[*self._effects.hops, *self._effects.notices],
            letters=list(self._effects.letters.values()),
            catalogue=plan.catalogue,
            counters=plan.counters,
            taken=plan.taken,
            mark=self._marks.through(plan.offset),
            cured=plan.cured,
        )

    def _refresh(self, rows: Sequence[CellRow]) -> None:
        used: dict[str, list[str]] = {}
        for row in rows:
            used.setdefault(row.operator, []).append(row.key)
        for cells in self._plain.cells:
            cells.refresh(used.get(cells.operator.name, ()))
            cells.evict()

    def _seen(self) -> None:
        if self._world.observe is not None and self._observed:
            self._world.observe(self._observed)
        self._observed = []

    # --- from the checkpoint -----------------------------------------------------------------------------------------

    def _load(self) -> None:
        """Everything in memory anew from the store; hops that an earlier life committed are sent first."""
        world, name = self._world, self.topology.name
        stored = world.store.checkpoint(name, self.number)
        identity = world.log.recognise(name, self.number, stored.offset, stored.mark)
        self._marks = LogMarks(identity, stored.offset, stored.mark)
        self._relay = HopRelay(name, world.store, world.log, self.number)
        self._relay.leftovers()  # after the checkpoint: every hop that was committed up to it is seen now
        self._owners = Owners()
        catalogue = Catalogue()
        operators = self.topology.operators(catalogue)
        cells = [Cells(op, i, self._owners, self._cells, self._limits.cells) for i, op in enumerate(operators)]
        journal = ClockJournal(self._owners)
        self._book = Book(self._owners, journal, cells, self.topology.checkpoint.paced)
        journal.load(world.store, name, self.number, self._book.restore(stored.clocks))
        self._timers({operator.name: index for index, operator in enumerate(operators)})
        catalogue.apply(world.store.catalogue(name, self.number))
        catalogue.version = self._book.standing.version
        self._plain = Pipeline(operators, cells, self._owners)
        self._effects = Effects(self.topology, self.number, world.partitions)
        self._intake = Intake(self.topology, self._book, self._effects, self._plain, world.decode)
        self._intake.catalogue, self._intake.batch = catalogue, self._limits.batch
        self._intake.partition = self.number
        self._repeats = None
        if world.repeats:
            self._repeats = Repeats(world.store, self.topology, self.number, self._book, self._intake)
        self._single = self._intake.single = self._single or self._intake.single or self._mixed()
        self.offset = self.position = stored.offset
        self._observed, self._wrote, self._round, self._loaded = [], False, 0, True

    def _timers(self, index: Mapping[str, int]) -> None:
        for operator, key, at in self._world.store.timers(self.topology.name, self.number):
            if operator in index:
                owner = self._owners.known(owner_of(key))
                self._owners.wake(owner, index[operator], key, at)

    def _cells(self, operator: str, keys: Sequence[str]) -> Mapping[str, CellRow]:
        rows = self._world.store.cells(self.topology.name, self.number, operator, keys)
        return as_loaded(rows, self._owners) if self.topology.checkpoint.paced else rows

    def _mixed(self) -> bool:
        """Does an operator take both what is read and what another makes? Then order needs single steps."""
        read = {source.event for source in self.topology.sources}
        return any(0 < len(read.intersection(op.accepts)) < len(op.accepts) for op in self._plain.operators)
