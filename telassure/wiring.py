"""The composition root: which adapter stands behind which port, for the embedded system."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import cache
from hashlib import blake2b
from threading import Event
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from bss_sync.notify import StoredNotifier, WebhookNotifier
from ingestion.access import INGEST, OPERATE, Client, Tokens
from ingestion.api import Limits as ApiLimits
from ingestion.api import create_app
from ingestion.directory import Directory, MemoryDirectory
from ingestion.gateway import Gateway, GatewaySettings
from streams.hosts.effects import NOTIFY
from streams.hosts.embedded import Embedded, Upkeep
from streams.hosts.partition import Partition
from streams.hosts.relay import NoticeRelay
from streams.hosts.single_owner import single_owner
from streams.hosts.world import Limits, World
from streams.topologies.assurance import ASSURANCE
from streams.topologies.charging import CHARGING
from streams.topologies.detection import DETECTION
from streams.topology import Topology
from telassure.codec import decode, kind_of
from telassure.codec.inbound_privacy import Pseudonymiser
from telassure.config import Settings
from telassure.errors import ConfigurationError, TransientError
from telassure.events import CatalogueChange
from telassure.home import Home
from telassure.instant import DAY, SECOND, Instant
from telassure.observe import StoreCollector, registry
from telassure.ports import EventLog, Notifier
from telassure.store.metrics_embedded import EmbeddedMetricStore
from telassure.store.sql import SqlEventLog, SqlReader, SqlStateStore
from telassure.store.sql.migrate import upgrade

_CATALOGUE_FROM: Final = "assurance"  # every topology holds the whole catalogue; this log is the shortest
_READ: Final = 1_000
_LAST_TICKS: Final = 60  # a paced checkpoint is seconds behind: a live log is never applied to its very end
_READ_BYTES: Final = 16 << 20
TOPOLOGIES: Mapping[str, Topology] = {t.name: t for t in (DETECTION, ASSURANCE, CHARGING)}


class WallClock:
    """The one place where the wall clock is read."""

    def now(self) -> Instant:
        return time.time_ns() * SECOND // 1_000_000_000


def home(settings: Settings) -> Home:
    """The home, made and migrated: afterwards every database is there at its newest schema. ConfigurationError where it
    was begun with another number of partitions."""
    found = Home(settings.home)
    found.prepare()
    found.keep_partitions(settings.partitions)
    upgrade(found.log_url, "log")
    for name in TOPOLOGIES:
        upgrade(found.state_url(name), "state")
    return found


def event_log(settings: Settings) -> SqlEventLog:
    return SqlEventLog(Home(settings.home).log_url)


def state_store(settings: Settings, topology: str) -> SqlStateStore:
    return SqlStateStore(Home(settings.home).state_url(topology))


def reader(settings: Settings) -> SqlReader:
    """Reads while others write; a database that is not there yet reads as empty."""
    found = Home(settings.home)
    return SqlReader(found.log_url, {name: found.state_url(name) for name in TOPOLOGIES})


def metric_store(settings: Settings, read_only: bool) -> EmbeddedMetricStore:
    return EmbeddedMetricStore(Home(settings.home).metrics, read_only=read_only, series_limit=settings.series_limit)


def partitions(settings: Settings) -> Mapping[str, int]:
    return dict.fromkeys(TOPOLOGIES, settings.partitions)


def topologies(names: Sequence[str]) -> Sequence[Topology]:
    """The topologies of these names, all where none is named; ConfigurationError for an unknown one."""
    unknown = set(names) - set(TOPOLOGIES)
    if unknown:
        raise ConfigurationError(f"there is no topology {sorted(unknown)[0]!r}; there are {', '.join(TOPOLOGIES)}")
    return [TOPOLOGIES[name] for name in names or TOPOLOGIES]


def notifier(settings: Settings) -> Notifier:
    return WebhookNotifier(settings.notify_url) if settings.notify_url else StoredNotifier()


class CatalogueFollower:
    """Keeps a directory at what the log says of the catalogue, whichever process put it there."""

    def __init__(self, settings: Settings, log: EventLog) -> None:
        store = _store(settings.home.as_posix(), _CATALOGUE_FROM)
        self._log = log
        self._after = store.checkpoint(_CATALOGUE_FROM, 0).offset  # first, so that no change falls between the two
        self.directory = MemoryDirectory(store.catalogue(_CATALOGUE_FROM, 0))
        self.catch_up()

    def catch_up(self) -> None:
        """Take the changes that have come since the last call."""
        while records := self._log.read(_CATALOGUE_FROM, 0, self._after, _READ, _READ_BYTES):
            for record in records:
                if record.kind == kind_of(CatalogueChange):
                    self.directory.learn(decode(record.kind, record.payload).entries)
            self._after = records[-1].offset

    def run(self, stop: Event, every: float = 1.0) -> None:
        """Catch up once a second until `stop` is set; a busy store is asked again."""
        while not stop.wait(every):
            with suppress(TransientError):
                self.catch_up()


def gateway(settings: Settings, log: EventLog, directory: Directory) -> Gateway:
    """The way in; `directory` says where what comes in belongs."""
    rules = GatewaySettings(ahead=settings.future_seconds * SECOND)
    return Gateway(log, directory, WallClock(), partitions(settings), pseudonymiser(settings), rules)


def pseudonymiser(settings: Settings) -> Pseudonymiser:
    """Keyed by the setting, else by a secret made once in the home."""
    return Pseudonymiser((settings.pseudonym_key or Home(settings.home).secret("pseudonym_key")).encode())


def api(settings: Settings, log: EventLog, way_in: Gateway) -> FastAPI:
    """The ingestion endpoint, with metrics that speak for every process of this home."""
    found = Home(settings.home)
    tokens = Tokens({found.secret("api_token"): Client("operator", frozenset({INGEST, OPERATE}))})
    limits = ApiLimits(body_bytes=settings.api.body_bytes, concurrency=settings.api.concurrency)
    collector = StoreCollector(reader(settings), WallClock(), lambda: depths(settings, log))
    return create_app(way_in, tokens, lambda: _answers(log), limits, registry(collector))


def depths(settings: Settings, log: EventLog) -> Mapping[str, int]:
    """Records not yet applied, by topology."""
    numbers = range(settings.partitions)
    return {
        name: sum(log.end(name, n) - _store(settings.home.as_posix(), name).checkpoint(name, n).offset for n in numbers)
        for name in TOPOLOGIES
    }


@cache
def _store(place: str, topology: str) -> SqlStateStore:
    return SqlStateStore(f"sqlite:///{place}/{topology}.db")


def applied(settings: Settings, log: EventLog) -> bool:
    """Is everything in the log but the last ticks applied and durable, and every hop relayed?"""
    stores = [(name, _store(settings.home.as_posix(), name)) for name in TOPOLOGIES]
    for name, store in stores:
        for number in range(settings.partitions):
            waiting = log.read(name, number, store.checkpoint(name, number).offset, _LAST_TICKS, _READ_BYTES)
            if len(waiting) == _LAST_TICKS or any(record.source != "tick" for record in waiting):
                return False
    return not any(row.target != NOTIFY for name, store in stores for row in store.outbox(name, _READ))


def state_digest(settings: Settings) -> str:
    """One hash over every business record and every stored point."""
    store = metric_store(settings, read_only=True)
    try:
        return blake2b(f"{reader(settings).digest()}:{store.digest()}".encode(), digest_size=32).hexdigest()
    finally:
        store.close()


def _answers(log: EventLog) -> bool:
    return log.end("assurance", 0) >= 0


@contextmanager
def worker(settings: Settings, names: Sequence[str], live: bool) -> Iterator[Embedded]:
    """The host of these topologies, their owner until the context ends. OwnedElsewhere where another process is."""
    found, chosen = Home(settings.home), topologies(names)
    with ExitStack() as open_ones:
        for topology in chosen:
            open_ones.enter_context(single_owner(found.locks / f"{topology.name}.lock"))
        log = open_ones.enter_context(closing(event_log(settings)))
        metrics = None
        if DETECTION in chosen:
            metrics = open_ones.enter_context(closing(metric_store(settings, read_only=False)))
        clock, placed, notices = WallClock(), [], []
        for topology in chosen:
            store = open_ones.enter_context(closing(state_store(settings, topology.name)))
            world = World(log, store, clock, metrics, partitions(settings))
            limits = Limits(records=settings.turn_records)
            placed += [Partition(topology, number, world, limits) for number in range(settings.partitions)]
            if topology.notices:
                notices.append(NoticeRelay(topology.name, store, notifier(settings), log))
        kept = settings.retention
        upkeep = Upkeep(live=live, keep=kept.log_records, points=kept.metrics_days * DAY)
        host = Embedded(placed, log, clock, metrics, upkeep)
        host.notices = notices
        yield host


@contextmanager
def opened_log(settings: Settings) -> Iterator[SqlEventLog]:
    log = event_log(settings)
    try:
        yield log
    finally:
        log.close()


def zone(settings: Settings) -> ZoneInfo:
    return ZoneInfo(settings.zone)
