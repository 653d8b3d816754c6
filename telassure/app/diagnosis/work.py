"""Checks of what the installation is doing: is input applied, are letters open, do notices leave."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final, Protocol

from streams.hosts.partition.effects import NOTIFY
from telassure.app.diagnosis import clocks, databases, points
from telassure.app.diagnosis.check import Check, Finding, fine, wrong
from telassure.kernel.codec import decode
from telassure.kernel.events import Tick
from telassure.kernel.instant import MINUTE, SECOND, Duration, Instant, iso
from telassure.kernel.ports import TICK, Clock, LogRecord
from telassure.observe.heartbeats import remarks
from telassure.store.sql import examine
from telassure.wiring import places
from telassure.wiring.settings import Settings

_READ: Final = 200
_READ_BYTES: Final = 4 << 20
_MOMENT: Final = 1.5  # seconds in which a worker that runs ticks
_WAITS: Final[Duration] = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class Behind:
    """Where a partition is: input records that wait, since when (by the oldest waiting tick), the newest tick seen."""

    partition: str
    offset: int
    waiting: int
    since: Instant | None
    newest: Instant | None


class Readable(Protocol):
    """A log as far as one may look into it."""

    def end(self, topology: str, partition: int) -> int: ...
    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]: ...
    def close(self) -> None: ...


def _log(settings: Settings) -> Readable:
    """Over Kafka without the ledger and the publisher that an event log has."""
    if not settings.distributed:
        return places.event_log(settings)
    from telassure.store.kafka.reader import TopicReader

    return TopicReader(places.kafka_client(settings), settings.kafka.prefix)


def checks(settings: Settings, clock: Clock, sleep: Callable[[float], None] = time.sleep) -> list[Check]:
    """Of whatever runs on this installation; one where nothing has run yet is well."""
    bases = tuple(f"database {name}" for name in (places.LOG, *places.TOPOLOGIES))
    stored = ("postgresql", *bases) if settings.distributed else bases
    logged = ("kafka", "topics", *stored)
    slow = "see whether the log and the databases are slow: telassure doctor --seconds 30"
    found = [
        Check("work", lambda: work_done(settings, clock, sleep), slow, logged),
        Check("clock", lambda: ticks_past(settings, clock), slow, logged),
        Check("timers", lambda: clocks.followed(remarks(settings.home)), slow),
        Check("dead letters", lambda: letters_closed(settings), slow, stored),
        Check("notices", lambda: notices_leave(settings, clock), slow, stored),
    ]
    if settings.influx.url:
        found.append(Check("influxdb offsets", lambda: marks_within(settings), slow, (*logged, "influxdb")))
    return found


def _places(settings: Settings, log: Readable) -> Iterator[Behind]:
    for name, stands in databases.standings(settings, NOTIFY).items():
        for number in range(settings.partitions):
            yield _place(log, name, number, stands.offsets.get(number, 0))


def _place(log: Readable, name: str, number: int, offset: int) -> Behind:
    records = log.read(name, number, max(offset - _READ // 2, 0), _READ, _READ_BYTES)
    ticks = [(record.offset, _at(record.kind, record.payload)) for record in records if record.source == TICK]
    waiting = sum(record.offset > offset and record.source != TICK for record in records)
    since = min((at for place, at in ticks if place > offset), default=None)
    return Behind(f"{name}/{number}", offset, waiting, since, max((at for _, at in ticks), default=None))


def _at(kind: str, payload: bytes) -> Instant:
    event = decode(kind, payload)
    return event.time if isinstance(event, Tick) else 0


def work_done(settings: Settings, clock: Clock, sleep: Callable[[float], None]) -> Finding:
    """No partition has had input for longer than `worker.stuck_seconds`, or has input that nobody takes."""
    if not _made(settings):
        return fine("nothing has run here yet")
    limit = int(settings.worker.stuck_seconds * SECOND)
    with closing(_log(settings)) as log:
        several = list(_places(settings, log))
        idle = [each for each in several if each.waiting and each.since is None]
        if idle:
            sleep(_MOMENT)
            now = {each.partition: each for each in _places(settings, log)}
            idle = [each for each in idle if now.get(each.partition) == each]
    if idle:
        first = idle[0]
        start = f"telassure worker --topology {first.partition.partition('/')[0]}"
        return wrong(
            f"{first.partition} has {first.waiting} records that no worker takes",
            f"start one, or restart the one that hangs: {start}",
        )
    stuck = [each for each in several if each.since is not None and clock.now() - each.since > limit]
    if stuck:
        worst = min(stuck, key=lambda each: each.since or 0)
        age = (clock.now() - (worst.since or 0)) / SECOND
        return wrong(
            f"{worst.partition} has applied nothing for {age:,.0f} s (last at offset {worst.offset})",
            f"look into the log of telassure worker --topology {worst.partition.partition('/')[0]} and restart it",
        )
    newest = max((each.newest for each in several if each.newest is not None), default=None)
    return fine(f"{len(several)} partitions are up to date" + (f", last tick {iso(newest)}" if newest else ""))


def _made(settings: Settings) -> bool:
    """The databases are there and of this release, so that opening the log makes and changes nothing."""
    state = examine.schema(places.database_url(settings, places.LOG), "log")
    return state is not None and state.serves and not state.missing


def ticks_past(settings: Settings, clock: Clock) -> Finding:
    """Our clock is not behind the seconds that hosts have written into the log."""
    if not _made(settings):
        return fine("nothing has run here yet")
    with closing(_log(settings)) as log:
        newest = max((each.newest for each in _places(settings, log) if each.newest is not None), default=None)
    found = clocks.not_behind(newest, clock)
    if not found.ok:
        return found
    with closing(places.reader(settings)) as reader:
        ahead = clocks.no_feed_ahead(reader.feeds(), clock)
    return found if ahead.ok else ahead


def letters_closed(settings: Settings) -> Finding:
    """How much input waits for somebody to mend it. That is well as far as the installation goes: it did what it should
    with what was sent to it, and one odd line of a feed must not turn everything red."""
    found = sum(stands.letters for stands in databases.standings(settings, NOTIFY).values())
    if _made(settings):
        found += examine.buried(places.database_url(settings, places.LOG))
    if found:
        see = "run: telassure letters list"
        return Finding(True, f"{found} are open", f"{see}, mend their cause, then run: telassure letters replay")
    return fine("none is open")


def notices_leave(settings: Settings, clock: Clock) -> Finding:
    """The oldest notice that waits has not waited for five minutes."""
    several = [stands for stands in databases.standings(settings, NOTIFY).values() if stands.oldest is not None]
    waiting, oldest = sum(each.waiting for each in several), min((each.oldest or 0 for each in several), default=None)
    if oldest is None:
        return fine("none waits")
    age = clock.now() - oldest
    text = f"{waiting} wait, the oldest for {age / SECOND:,.0f} s"
    if age > _WAITS:
        told = " and ".join(sorted({*settings.receivers, *(["notify_url"] if settings.notify_url else [])}))
        return wrong(
            text, f"see that telassure deliver runs and that {told} answers" if told else "start: telassure deliver"
        )
    return fine(text)


def marks_within(settings: Settings) -> Finding:
    """InfluxDB remembers no offset that the log has not reached."""
    if not _made(settings):
        return fine("nothing has run here yet")
    writers = [(f"detection/{number}", number) for number in range(settings.partitions)]
    with (
        closing(_log(settings)) as log,
        closing(places.metric_store(settings, read_only=True)) as store,
    ):
        applied = {writer: store.applied(writer) for writer, _ in writers}
        ends = {writer: log.end("detection", number) for writer, number in writers}
    return points.offsets_ours(applied, ends, f"bucket {settings.influx.bucket}")
