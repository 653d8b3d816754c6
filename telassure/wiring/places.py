"""Which adapter stands behind which port: files of the home when embedded, PostgreSQL, Kafka and InfluxDB when not."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import lru_cache, partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, Protocol
from zoneinfo import ZoneInfo

from ingestion.batches.kind import kinds
from streams.hosts.partition.effects import HOP
from streams.topologies.assurance import ASSURANCE
from streams.topologies.charging import CHARGING
from streams.topologies.detection import DETECTION
from streams.topology import Topology
from telassure.kernel.errors import ConfigurationError, DamagedStore
from telassure.kernel.holdover import Holdover
from telassure.kernel.instant import Duration, Instant
from telassure.kernel.ports import Appended, AssuranceReader, Choice, Entry, EventLog, MetricStore, OpenLetter
from telassure.store.metrics_embedded.store import EmbeddedMetricStore
from telassure.store.sql import GroupAppender, SqlEventLog, SqlReader, SqlStateStore
from telassure.store.sql.checkpoints import witnesses
from telassure.store.sql.log_database import make_log
from telassure.store.sql.migrate import upgrade
from telassure.store.sql.reader import SparingReader
from telassure.wiring.audit_chain import log_scribe
from telassure.wiring.confirmation import Confirmation, doubt, newest_confirmation
from telassure.wiring.home import Home
from telassure.wiring.settings import Settings

if TYPE_CHECKING:
    from telassure.store.kafka.client import KafkaClientSettings
    from telassure.store.metrics_influx.server import InfluxConnection

TOPOLOGIES: Mapping[str, Topology] = {t.name: t for t in (DETECTION, ASSURANCE, CHARGING)}
LOG: Final = "log"
_READ: Final = 1_000
_LAST_TICKS: Final = 60  # a paced checkpoint is seconds behind: a live log is never applied to its very end
_READ_BYTES: Final = 16 << 20


def _ran() -> int:
    """Microseconds since the machine was started, suspended or not, whatever is done to its wall clock."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1_000


_HELD: Final = Holdover(lambda: time.time_ns() // 1_000, _ran)


class WallClock:
    """The one place where the wall clock is read. A jump of it is believed once it is confirmed (kernel.holdover)."""

    def now(self) -> Instant:
        return _HELD.now()

    @property
    def jump(self) -> Duration:
        """How far the machine's clock is from what this process believes."""
        return _HELD.jump


class Keeper(Protocol):
    """A database that holds dead letters."""

    def replayable_letters(self, choice: Choice, after: str, limit: int) -> Sequence[OpenLetter]: ...
    def mark_replayed(self, done: Sequence[OpenLetter]) -> None: ...


class GroupedLog(EventLog, Protocol):
    """The event log as it is opened here: several callers' batches may share one append, and it can be closed."""

    def append_all(self, batches: Sequence[Sequence[Entry]]) -> Sequence[Appended]: ...
    def close(self) -> None: ...


def home(settings: Settings) -> Home:
    """The home, made, and every database that is sound migrated to its newest schema. ConfigurationError where an
    embedded home was begun with another number of partitions."""
    found = Home(settings.home, settings.secrets)
    found.prepare()
    if not settings.distributed:
        found.keep_partitions(settings.partitions)
    _HELD.confirmed = confirmation(settings)
    _migrated(partial(upgrade, kind="log") if settings.distributed else make_log, settings, LOG)
    for name in TOPOLOGIES:
        _migrated(partial(upgrade, kind="state"), settings, name)
    return found


def confirmation(settings: Settings) -> Confirmation:
    """What a person says of the clock, as it is found in this home or its database."""
    return Confirmation(lambda: newest_confirmation(lambda: reader(settings)))


def clock_doubted() -> bool:
    """This machine's clock has jumped and is not believed."""
    return _HELD.jump != 0


def clock_doubt() -> str:
    """What there is to say of this machine's clock, "" where it is believed."""
    return doubt(_HELD.jump)


def _migrated(make: Callable[[str], None], settings: Settings, name: str) -> None:
    """What is damaged stops nobody who does without it; who needs it says so."""
    with suppress(DamagedStore):
        make(database_url(settings, name))


def database_url(settings: Settings, name: str) -> str:
    """Where the state of a topology is, or with LOG what the log keeps beside its records."""
    if settings.distributed:
        from telassure.store.sql.server import schema_url

        return schema_url(settings.database.url, name, settings.database.password.get_secret_value())
    found = Home(settings.home)
    return found.log_url if name == LOG else found.state_url(name)


def event_log(settings: Settings) -> GroupedLog:
    """The log; over Kafka its source positions are claimed in PostgreSQL."""
    if not settings.distributed:
        known = {name: database_url(settings, name) for name in TOPOLOGIES}
        room = settings.retention.letters_bytes
        beside = partial(witnesses, known)
        return SqlEventLog(
            database_url(settings, LOG),
            witnesses=beside,
            letter_room=room,
            scribe=log_scribe(settings, LOG, WallClock()),
        )
    from telassure.store.kafka.log import KafkaEventLog
    from telassure.store.sql.ledger import SqlPositionLedger

    ledger = SqlPositionLedger(
        database_url(settings, LOG),
        settings.database.connections,
        settings.retention.letters_bytes,
        log_scribe(settings, LOG, WallClock()),
    )
    kafka = settings.kafka
    return KafkaEventLog(kafka_client(settings), kafka.prefix, ledger, WallClock(), kafka.topic_days)


@contextmanager
def opened_log(settings: Settings) -> Iterator[GroupedLog]:
    log = event_log(settings)
    try:
        yield log
    finally:
        log.close()


@contextmanager
def shared_log(settings: Settings) -> Iterator[EventLog]:
    """The log for several threads, whose batches share one append."""
    with opened_log(settings) as log, closing(GroupAppender(log)) as shared:
        yield shared


@contextmanager
def buried_letters(settings: Settings) -> Iterator[Keeper]:
    """The dead letters of what never became a record, which the log's database keeps."""
    with closing(log_database(settings)) as keeper:
        yield keeper


@dataclass(frozen=True, slots=True)
class KeptLetters:
    """ports.LetterKeeper over the log's database, opened for each question: they are asked every few seconds."""

    settings: Settings

    def due_letters(self, operator: str, until: Instant, limit: int) -> Sequence[OpenLetter]:
        with closing(log_database(self.settings)) as keeper:
            found: Sequence[OpenLetter] = keeper.due_letters(operator, until, limit)
        return found

    def mark_replayed(self, done: Sequence[OpenLetter]) -> None:
        with closing(log_database(self.settings)) as keeper:
            keeper.mark_replayed(done)


def log_database(settings: Settings) -> "Any":
    """The log's database, whose letters are kept, trimmed and replayed; where Kafka carries the log, its ledger."""
    from telassure.store.sql.ledger import SqlPositionLedger

    url = database_url(settings, LOG)
    return SqlPositionLedger(url) if settings.distributed else SqlEventLog(url)


def state_store(settings: Settings, topology: str) -> SqlStateStore:
    room = settings.retention.letters_bytes
    return SqlStateStore(database_url(settings, topology), settings.database.connections, room)


def transport(settings: Settings) -> str:
    """What carries events and keeps state, in words for people."""
    if not settings.distributed:
        return "embedded" + (", points in InfluxDB" if settings.influx.url else "")
    return "over Kafka, PostgreSQL" + (" and InfluxDB" if settings.influx.url else "")


def reader(settings: Settings) -> AssuranceReader:
    """Reads while others write; a database that is not there yet reads as empty."""
    return SqlReader(database_url(settings, LOG), {name: database_url(settings, name) for name in TOPOLOGIES})


def sparing_reader(settings: Settings) -> SparingReader:
    """The same for pages and figures: what is damaged reads as empty and is told of."""
    return SparingReader(database_url(settings, LOG), {name: database_url(settings, name) for name in TOPOLOGIES})


def metric_store(settings: Settings, read_only: bool) -> MetricStore:
    """InfluxDB where one is named, else the home's own, which one process writes."""
    if settings.influx.url:
        from telassure.store.metrics_influx.store import InfluxMetricStore  # only who uses it pays for its import

        return InfluxMetricStore(influx_connection(settings), WallClock(), read_only)
    return EmbeddedMetricStore(Home(settings.home).metrics, read_only=read_only, series_limit=settings.series_limit)


def influx_connection(settings: Settings) -> "InfluxConnection":
    from telassure.store.metrics_influx.server import InfluxConnection

    here = settings.influx
    return InfluxConnection(here.url, here.org, here.bucket, here.token.get_secret_value(), here.ca_file)


def kafka_client(settings: Settings) -> "KafkaClientSettings":
    """How kafka-python reaches the brokers."""
    from telassure.store.kafka.client import KafkaClientSettings

    here = settings.kafka
    return KafkaClientSettings(
        brokers=here.brokers,
        security=here.security,
        mechanism=here.sasl_mechanism,
        username=here.username,
        password=here.password.get_secret_value(),
        ca_file=here.ca_file,
        certificate_file=here.certificate_file,
        key_file=here.key_file,
        api_version=_version(here.api_version),
    )


def _version(text: str) -> tuple[int, int] | None:
    major, _, minor = text.partition(".")
    return (int(major), int(minor)) if text else None


def partitions(settings: Settings) -> Mapping[str, int]:
    return dict.fromkeys(TOPOLOGIES, settings.partitions)


def topologies(names: Sequence[str]) -> Sequence[Topology]:
    """The topologies of these names, all where none is named; ConfigurationError for an unknown one. The events that
    are declared beside their kinds of input can be read from here on."""
    kinds()
    unknown = set(names) - set(TOPOLOGIES)
    if unknown:
        raise ConfigurationError(f"there is no topology {sorted(unknown)[0]!r}; there are {', '.join(TOPOLOGIES)}")
    return [TOPOLOGIES[name] for name in names or TOPOLOGIES]


def depths(settings: Settings, log: EventLog) -> Mapping[str, int]:
    """Records not yet applied, by topology; of a damaged one nothing is said."""
    numbers = range(settings.partitions)
    stores = {name: _shared_store(database_url(settings, name)) for name in TOPOLOGIES}
    found: dict[str, int] = {}
    for name, store in stores.items():
        with suppress(DamagedStore):
            found[name] = sum(max(0, log.end(name, n) - store.checkpoint(name, n).offset) for n in numbers)
    return found


def applied(settings: Settings, log: EventLog) -> bool:
    """Is everything in the log but the last ticks applied and durable, and every hop relayed?"""
    stores = [(name, _shared_store(database_url(settings, name))) for name in TOPOLOGIES]
    for name, store in stores:
        for number in range(settings.partitions):
            waiting = log.read(name, number, store.checkpoint(name, number).offset, _LAST_TICKS, _READ_BYTES)
            if len(waiting) == _LAST_TICKS or any(record.source != "tick" for record in waiting):
                return False
    return not any(store.outbox(name, 1, target=HOP) for name, store in stores)


@lru_cache(maxsize=32)
def _shared_store(url: str) -> SqlStateStore:
    """One for the whole life of this process: these questions are asked every second."""
    return SqlStateStore(url)


def state_digest(settings: Settings) -> str:
    """One hash over every business record and every stored point."""
    with closing(metric_store(settings, read_only=True)) as store, closing(reader(settings)) as records:
        return blake2b(f"{records.digest()}:{store.digest()}".encode(), digest_size=32).hexdigest()


def zone(settings: Settings) -> tzinfo:
    """Where times that name no offset were written; UTC itself has no clock that is changed, and is read faster."""
    return UTC if settings.zone == "UTC" else ZoneInfo(settings.zone)
