"""All partitions in one process, without a broker: turns in rotation, ticks, hops, trimming, and rest when idle."""

import gc
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from threading import Event
from typing import Final

from streams.hosts.pace import Pace, nobody, undoubted
from streams.hosts.partition.turn import Partition
from streams.hosts.partition.world import PartitionStanding, TurnReport
from telassure.kernel.codec import encode
from telassure.kernel.errors import TransientError
from telassure.kernel.events import Tick
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration, Instant
from telassure.kernel.ports import TICK, Clock, Entry, EventLog, MetricStore

_log = logging.getLogger(__name__)
_COLLECT_AFTER: Final = 50_000
_SHORTEST_WAIT: Final = 0.001
_LONGEST_WAIT: Final = 0.02
_LONGEST_PAUSE: Final = 1.0


def _nothing() -> None:
    pass


def _unheard(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What the host does beside the turns.

    `live`: a tick a second into every log. `keep`: applied records whose payload stays in a log, as long as they are no
    more than `size` bytes and not older than `age`. `positions`: source positions that a log remembers to refuse
    repeats, older ones go every `prune_every`. `compact_every`: how often the
    metric store may tidy a slice, under load too. `points`: how far behind the newest point (or the clock, whichever is
    earlier) a point is kept; what is older goes every `prune_every`. `elapsed` measures all of these: seconds that only
    grow, whatever is done to the wall clock.
    `sleep` is the pause before a log that failed is asked again; `beat` is called whenever the loop comes round, and
    `trouble` is told what has to be mended before a partition goes on, "" once nothing has.
    `confirmed` asks whether a person has said, since timers stand still, that the clock is right, `doubted`
    whether it has jumped and is not believed yet (`Pace`).
    """

    live: bool = True
    keep: int = 100_000
    size: int = 1 << 30
    age: Duration = 30 * DAY
    positions: int = 5_000_000
    points: Duration = 400 * DAY
    compact_every: int = MINUTE
    trim_every: int = MINUTE
    prune_every: int = HOUR
    elapsed: Callable[[], float] = time.monotonic
    beat: Callable[[], None] = _nothing
    trouble: Callable[[str], None] = _unheard
    sleep: Callable[[float], None] = time.sleep
    confirmed: Callable[[float], bool] = nobody
    doubted: Callable[[], bool] = undoubted


class Embedded:
    """Owns the given partitions until `run` returns. StaleOwner and unknown exceptions leave it and end the process."""

    def __init__(
        self,
        partitions: Sequence[Partition],
        log: EventLog,
        clock: Clock,
        metrics: MetricStore | None = None,
        upkeep: Upkeep | None = None,
    ) -> None:
        self._partitions, self._log, self._clock, self._metrics = partitions, log, clock, metrics
        self._upkeep = upkeep or Upkeep()
        self._pace: Pace | None = None
        self._reach: list[int] | None = None
        self._pause, self._wait = _LONGEST_WAIT, _SHORTEST_WAIT
        self._settled = self._trimmed = self._pruned = self._compacted = self._retained = self._age()
        self._relayed = self._settled - SECOND
        self._damaged: dict[tuple[str, int], str] = {}

    def run(self, stop: Event) -> None:
        """Turn until `stop` is set, then commit what a paced checkpoint still holds back."""
        _collect_rarely()
        for partition in self._partitions:
            partition.ending = stop.is_set
        while not stop.is_set():
            if wait := self.step():
                stop.wait(wait)
        self._settle()

    def step(self) -> float:
        """Once round: a tick where it is due, a turn of each partition, upkeep. How many seconds to wait before the
        next, longer each time that there was nothing to do."""
        self._upkeep.beat()
        if self._upkeep.live:
            self._tick()
        moved = self._round()
        self._tend()
        if moved:
            self._wait = _SHORTEST_WAIT
            return 0.0
        self._rest()
        wait, self._wait = self._wait, min(2 * self._wait, _LONGEST_WAIT)
        return wait

    def standings(self) -> list[PartitionStanding]:
        """Where its partitions are; may be asked from any thread."""
        return [partition.standing for partition in self._partitions]

    @property
    def held(self) -> bool:
        """Timers stand still after a leap of time."""
        return self._pace is not None and self._pace.held

    def drain(self) -> None:
        """Run until every log is applied and durable and every hop has arrived."""
        _collect_rarely()
        while True:
            if self._round():
                continue
            self._settle()
            if not any(self._waiting(partition) for partition in self._partitions):
                return

    def _waiting(self, partition: Partition) -> bool:
        """Is there something to do? Where the log cannot say: a pause, longer each time, and yes."""
        if not partition.settled:
            return True
        name, number = partition.topology.name, partition.number
        try:
            end = self._log.end(name, number)
        except TransientError as failure:
            self._warn(partition, "%s/%s waits", reason=str(failure))
            self._upkeep.sleep(self._pause)
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            return True
        self._pause = _LONGEST_WAIT
        return end != partition.position  # where it ends before that, the turn says what is wrong

    def _round(self) -> bool:
        """One turn of each partition that has something to do; did any move on?"""
        moved = False
        for partition in self._partitions:
            if self._waiting(partition):
                report = partition.turn()
                moved = moved or not report.idle
                self._note(partition, report)
                if report.stalled:
                    self._warn(partition, "%s/%s waits: a store or the log failed")
                if report.letters:
                    self._warn(partition, "%s/%s has refused input", letters=report.letters)
        return moved

    def _note(self, partition: Partition, report: TurnReport) -> None:
        """Tell of damage when it is met and when it is mended, and of each once."""
        place = partition.topology.name, partition.number
        if report.damage == self._damaged.get(place, ""):
            return
        self._damaged[place] = report.damage
        if report.damage:
            _log.error("%s/%s waits: %s", *place, report.damage, extra={"topology": place[0], "partition": place[1]})
        self._upkeep.trouble("; ".join(dict.fromkeys(filter(None, self._damaged.values()))))

    def _settle(self) -> None:
        for partition in self._partitions:
            try:
                partition.settle()
            except TransientError as failure:
                self._warn(partition, "%s/%s could not settle", reason=str(failure))

    @staticmethod
    def _warn(partition: Partition, text: str, **more: str | int) -> None:
        name, number = partition.topology.name, partition.number
        _log.warning(text, name, number, extra={"topology": name, "partition": number, **more})

    def _age(self) -> Duration:
        """What chores are timed by, in microseconds since some moment."""
        return int(self._upkeep.elapsed() * SECOND)

    def _tick(self) -> None:
        """One tick a second, and none while the timers stand still after a leap of time. Where the wall clock was set
        back, ticks come before the last one and push nothing; the log refuses those it has."""
        if self._pace is None:
            if not self._caught_up():
                return
            newest = max((partition.ticked for partition in self._partitions), default=0)
            self._pace = Pace(newest, self._upkeep.confirmed, self._upkeep.doubted)
        second = self._pace.next(self._clock.now(), self._upkeep.elapsed())
        if second is None:
            return
        kind, payload = encode(Tick(second))
        digest = blake2b(payload, digest_size=16).digest()
        try:
            self._log.append([_tick_entry(p, second, (kind, payload, digest)) for p in self._partitions])
        except TransientError as failure:
            _log.warning("no tick: %s", failure)

    def _caught_up(self) -> bool:
        """Every partition has applied what was in its log when this was first asked, or is damaged. Before that the
        newest tick is not known: of a paced checkpoint it may be in the log alone."""
        if not all(partition.standing.loaded for partition in self._partitions):
            return False
        if self._reach is None:
            try:
                self._reach = [self._log.end(each.topology.name, each.number) for each in self._partitions]
            except TransientError:
                return False
        return all(
            partition.position >= end or self._damaged.get((partition.topology.name, partition.number))
            for partition, end in zip(self._partitions, self._reach, strict=True)
        )

    def _rest(self) -> None:
        """Idle: show readers the newest points, and once in a while commit and acknowledge what is held back."""
        if self._metrics is not None:
            self._show(self._metrics)
        now = self._age()
        if now - self._settled >= self._upkeep.trim_every:
            self._settled = now
            self._settle()

    @staticmethod
    def _show(metrics: MetricStore) -> None:
        """What was written last is seen by readers now, not at the next write."""
        try:
            metrics.flush()
        except TransientError as failure:
            _log.warning("points wait: %s", failure)

    def _tend(self) -> None:
        """Between turns, under load too: hops once a second, upkeep once a minute."""
        now = self._age()
        if now - self._relayed >= SECOND:
            self._relayed = now
            self._acknowledge()
        if now - self._trimmed >= self._upkeep.trim_every:
            self._trimmed = now
            self._trim(now)
        if self._metrics is not None and now - self._compacted >= self._upkeep.compact_every:
            self._compacted = now
            self._tidy(self._metrics, now)

    def _tidy(self, metrics: MetricStore, now: Duration) -> None:
        """One slice of compaction of at most about half a second; once in a while what is too old goes."""
        try:
            if now - self._retained >= self._upkeep.prune_every and (newest := metrics.newest()) is not None:
                self._retained = now
                metrics.retain(min(newest, self._clock.now()) - self._upkeep.points)
            metrics.compact()
        except TransientError as failure:
            _log.warning("the metric store is tidied later: %s", failure)

    def _trim(self, now: Duration) -> None:
        """Bound the logs: payloads that are applied, and every `prune_every` the positions."""
        prune = now - self._pruned >= self._upkeep.prune_every
        self._pruned = now if prune else self._pruned
        for partition in self._partitions:
            name, number = partition.topology.name, partition.number
            try:
                if (through := self._spare(partition)) > 0:
                    self._log.trim(name, number, through)
                if prune:
                    self._log.prune(name, number, self._upkeep.positions)
            except TransientError as failure:
                self._warn(partition, "%s/%s is trimmed later", reason=str(failure))

    def _spare(self, partition: Partition) -> int:
        """The offset up to which payloads are applied, and too many, too large or too old."""
        kept, place = self._upkeep, (partition.topology.name, partition.number)
        surplus = self._log.surplus(*place, kept.size, self._clock.now() - kept.age)
        return min(partition.offset, max(partition.offset - kept.keep, surplus))

    def _acknowledge(self) -> None:
        """See off the hops that have arrived, so that an empty outbox means that nothing is under way."""
        for partition in self._partitions:
            try:
                partition.acknowledge()
            except TransientError as failure:
                _log.warning("hops are acknowledged later: %s", failure)


def _tick_entry(partition: Partition, second: Instant, encoded: tuple[str, bytes, bytes]) -> Entry:
    kind, payload, digest = encoded
    position = f"{second}/{partition.number}"
    return Entry(partition.topology.name, partition.number, kind, payload, TICK, position, digest)


def _collect_rarely() -> None:
    """Cells are many, live long and hold no cycles: the collector's default pace walks them for nothing (a tenth of
    the time of a run of alarms)."""
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 20, 100)
