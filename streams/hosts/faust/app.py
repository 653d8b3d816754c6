"""A topology over Kafka: one Faust app that receives its partitions and hands each record to the partition's runner.

Faust moves records and assigns partitions, no more: it starts where the database says, keeps no table, and the offsets
it commits are the durable ones, for whoever watches the lag.
"""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import faust
from aiokafka.errors import KafkaError
from faust.auth import SASLCredentials, SSLCredentials
from faust.exceptions import ConsumerNotStarted
from faust.transport.drivers.aiokafka import Consumer, Transport
from faust.types import TP
from mode.threads import WorkerThread

from streams.hosts.faust.assignment import Assignment, end_process
from streams.hosts.faust.group_watch import watch_group
from streams.hosts.faust.health import HealthBoard
from streams.hosts.faust.premises import HostSettings, Premises
from streams.hosts.faust.wire import KafkaAccess, log_record
from streams.topology import Topology
from telassure.kernel.errors import ConfigurationError, TransientError

_log = logging.getLogger(__name__)
_ASKED: Final = 10.0
_STOPPING: Final = 15.0  # with `release_seconds` a process ends within the supervisor's grace, whoever does not answer
_FULL_PAUSE: Final = 0.02
_SIGN: Final = 0.5
_REBALANCE: Final = 60.0
_REQUEST: Final = 40.0
_COMMIT: Final = 5.0
_FETCH: Final = (64 << 10, 4 << 20)  # bytes of a partition in one answer, least and most
FORCED: Final = 71  # the exit code of a process whose Kafka client would not stop


@dataclass(frozen=True, slots=True)
class FaustSettings:
    """The topic of a topology is `<prefix>.<topology>`, so is the consumer group. `partitions`: how many it has.
    `alive` is called by the loop that hands out the work, a few times a second."""

    access: KafkaAccess
    prefix: str = "telassure"
    partitions: int = 1
    session_seconds: float = 10.0
    host: HostSettings = field(default_factory=HostSettings)
    alive: Callable[[], None] = lambda: None


class _Unread(dict[Any, Any]):
    """Faust's read offsets, always unknown: by them it drops what comes after a seek back, and the received log already
    tells what is known and what is missing."""

    def __getitem__(self, key: Any) -> None:
        return None

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def update(self, *given: Any, **named: Any) -> None:
        pass


class _Receiver(Consumer):
    """Faust's consumer, positioned by the received logs and committing what the database has."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._read_offset = _Unread()
        self._told: dict[TP, int] = {}

    @property
    def _host(self) -> Assignment:
        host: Assignment = self.app.host  # type: ignore[attr-defined]  # our own App
        return host

    def _tps(self, offsets: Mapping[int, int]) -> dict[TP, int]:
        assignment = self.assignment()
        return {tp: offsets[tp.partition] for tp in assignment if tp.partition in offsets}

    async def perform_seek(self) -> None:
        """Faust asks for the committed offsets whenever it may have dropped something: go on after what we have."""
        if positions := self._tps(self._host.positions()):
            await self.seek_wait(positions)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        """Fetch nothing of a partition that has enough unapplied."""
        full = self._host.full()
        wanted = {tp for tp in active_partitions or () if tp.partition not in full}
        if len(wanted) == len(active_partitions or ()):
            return await super()._getmany(active_partitions, timeout)
        if wanted:
            return await super()._getmany(wanted, _FULL_PAUSE)
        await asyncio.sleep(_FULL_PAUSE)
        return {}

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterable[TP]:  # type: ignore[override]
        return self._tps(self._host.durable())

    def _filter_committable_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        """The durable offset of the log is Kafka's next one; none is committed twice."""
        durable = self._tps(self._host.durable())
        return {tp: at for tp, at in durable.items() if at > 0 and self._told.get(tp) != at}

    async def _commit_offsets(self, offsets: Mapping[TP, int], start_new_transaction: bool = True) -> bool:
        done = await super()._commit_offsets(offsets, start_new_transaction)
        if done:
            self._told.update(offsets)
        return done


class _Transport(Transport):
    Consumer = _Receiver


class _App(faust.App):
    """A Faust app without files, tables, leader and web."""

    host: Assignment

    def _create_directories(self) -> None:
        pass

    def _new_transport(self) -> Any:
        return _Transport(self.conf.broker_consumer, self)


class _KafkaBroker:
    """`gaps.Broker` over an app's consumer."""

    def __init__(self, app: _App, topic: str) -> None:
        self._app, self.topic = app, topic

    async def seek(self, partition: int, offset: int) -> None:
        await self._answer(self._app.consumer.seek_wait({self._tp(partition): offset}))

    async def oldest(self, partition: int) -> int:
        tp = self._tp(partition)
        return int((await self._answer(self._app.consumer.earliest_offsets(tp)))[tp])

    async def ends(self, partitions: Sequence[int]) -> Mapping[int, int]:
        if not partitions:
            return {}
        found = await self._answer(self._app.consumer.highwaters(*map(self._tp, partitions)))
        return {tp.partition: int(at) for tp, at in found.items()}

    def _tp(self, partition: int) -> TP:
        consumer: Any = self._app.consumer
        tp: TP = consumer._new_topicpartition(self.topic, partition)
        return tp

    @staticmethod
    async def _answer(asked: Any) -> Any:
        try:
            return await asyncio.wait_for(asked, _ASKED)
        except (TimeoutError, KafkaError, ConsumerNotStarted) as failure:
            raise TransientError(f"Kafka does not answer: {failure!r}") from failure


def run_faust(
    topology: Topology,
    open_premises: Callable[[int], Premises],
    settings: FaustSettings,
    board: HealthBoard | None = None,
) -> None:
    """Run the topology's assigned partitions until SIGTERM or SIGINT, then settle and leave the group.

    `open_premises` is called in a thread for each partition when it is assigned. What is unknown is raised, before
    anything of it is committed; a process that is stuck or cannot stop ends itself with a code that is not 0.
    """

    async def main() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await serve(topology, open_premises, settings, stop, board)

    asyncio.run(main())


async def serve(
    topology: Topology,
    open_premises: Callable[[int], Premises],
    settings: FaustSettings,
    stop: asyncio.Event,
    board: HealthBoard | None = None,
) -> None:
    """As `run_faust`, until `stop` is set."""
    app, topic = _app(topology.name, settings), f"{settings.prefix}.{topology.name}"
    broker = _KafkaBroker(app, topic)
    app.host = host = Assignment(topology, open_premises, broker, settings.host)
    _receive(app, topic)
    _follow(app, broker, settings.partitions)
    if board is not None:
        board.attach(host.health)
    group = watch_group(lambda: _client(app))
    works = [stop.wait(), host.watch(), _stay(app), host.failure(), group, _live(settings.alive)]
    works += [host.beat()] if settings.host.live else []
    ends = {asyncio.create_task(work) for work in works}
    try:
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await host.close()
        await _stop(app, host)
        for task in ends:
            task.cancel()
        await asyncio.gather(*ends, return_exceptions=True)


def _app(name: str, settings: FaustSettings) -> _App:
    access, tls = settings.access, settings.access.tls()
    credentials: Any = None if tls is None else SSLCredentials(tls)
    if access.security.startswith("SASL_"):
        credentials = SASLCredentials(
            username=access.username, password=access.password, mechanism=access.sasl_mechanism, ssl_context=tls
        )
    return _App(
        f"{settings.prefix}.{name}",
        broker=access.urls,
        broker_credentials=credentials,
        broker_session_timeout=settings.session_seconds,
        broker_heartbeat_interval=settings.session_seconds / 4,
        broker_rebalance_timeout=max(_REBALANCE, 2 * settings.host.release_seconds),
        broker_request_timeout=max(_REQUEST, 2 * settings.session_seconds),
        broker_commit_interval=_COMMIT,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=max(_FETCH[0], min(settings.host.unapplied_bytes // 8, _FETCH[1])),
        autodiscover=False,
        store="memory://",
        stream_wait_empty=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )


def _receive(app: _App, topic: str) -> None:
    channel = app.topic(topic, key_serializer="raw", value_serializer="raw", internal=False, allow_empty=True)

    async def receive(stream: Any) -> None:
        async for event in stream.noack().events():
            message = event.message
            app.host.take(message.partition, log_record(message.offset, message.value, message.headers))

    app.agent(channel, name="receive", concurrency=1, isolated_partitions=True)(receive)


def _follow(app: _App, broker: _KafkaBroker, partitions: int) -> None:
    """Take back before a rebalance, start after it."""

    async def revoked(*_: Any, **__: Any) -> None:
        await app.host.revoke()
        await app.consumer.commit()

    async def complete(*_: Any, **__: Any) -> None:
        assigned = {tp.partition for tp in app.consumer.assignment()}
        if assigned and max(assigned) >= partitions:
            raise ConfigurationError(
                f"{broker.topic} has more than {partitions} partitions; set `partitions` to what the topic has"
            )
        positions = await app.host.assign(assigned)
        try:
            ends = await broker.ends(list(positions))
        except TransientError as failure:
            _log.warning("the ends of %s are not known: %s", broker.topic, failure)
            return
        for number, end in ends.items():
            if end < positions[number]:
                raise ConfigurationError(
                    f"{broker.topic}/{number} ends at {end}, but {positions[number]} records of it are applied: the"
                    " topic was made anew; give its topology a database schema of its own again, or restore the topic"
                )

    app.on_partitions_revoked.connect(revoked, weak=False)
    app.on_rebalance_complete.connect(complete, weak=False)


def _client(app: _App) -> Any:
    """The aiokafka consumer, once there is one."""
    thread = getattr(app.consumer, "_thread", None) if app.started else None
    return getattr(thread, "_consumer", None)


async def _live(alive: Callable[[], None]) -> None:
    """A sign of life as long as the loop comes round; partitions that stand still are the watch's."""
    while True:
        alive()
        await asyncio.sleep(_SIGN)


async def _stay(app: _App) -> None:
    """Start, and raise what the app ends with."""
    try:
        await app.start()
    except KafkaError as failure:
        raise TransientError(f"kafka.brokers: {failure!r}") from failure
    await app.wait_until_stopped()
    raise app.crash_reason or RuntimeError("the Faust app stopped by itself")


async def _threads_ended() -> None:
    """Faust's own threads tell this loop of their end, a crashed one after `stop` has returned: it must be there."""
    loop = asyncio.get_running_loop()
    for thread in threading.enumerate():
        if isinstance(thread, WorkerThread) and thread.service.parent_loop is loop:
            await loop.run_in_executor(None, thread.join, _STOPPING)


async def _stop(app: _App, host: Assignment) -> None:
    """Leave the group. What hangs in a thread would keep the process: it ends, as after kill -9."""
    try:
        await asyncio.wait_for(app.stop(), _STOPPING)
        await _threads_ended()
    except TimeoutError:
        _log.critical("the Kafka client does not stop; the process ends")
        end_process(FORCED)
    if host.unsettled:
        _log.critical(
            "%s turns do not end; the process does, its partitions go on from their checkpoints", host.unsettled
        )
        end_process(FORCED)
