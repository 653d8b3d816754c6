"""The host over Kafka: one topology in this process, the partitions of it that the broker assigns."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry

from streams.hosts.faust.app import FaustSettings, run_faust
from streams.hosts.faust.health import HealthBoard
from streams.hosts.faust.premises import HostSettings, Premises
from streams.hosts.faust.wire import KafkaAccess
from streams.hosts.partition.world import TurnLimits, World
from streams.topologies.detection import DETECTION
from telassure.kernel.errors import TransientError
from telassure.kernel.instant import DAY
from telassure.kernel.ports import MetricStore
from telassure.observe import probes as observe_probes
from telassure.observe.gauges import DiskCollector, HostCollector, OutboxCollector, PartitionCollector, places_assigned
from telassure.observe.heartbeats import Heart
from telassure.observe.metrics import registry
from telassure.observe.traces import start_tracing
from telassure.observe.vitals import HeartbeatCollector
from telassure.observe.worker import WorkerMeter
from telassure.wiring.places import (
    WallClock,
    clock_doubt,
    clock_doubted,
    confirmation,
    event_log,
    metric_store,
    partitions,
    state_store,
    topologies,
)
from telassure.wiring.removal import claim_removal, log_removal, removal
from telassure.wiring.settings import Settings
from telassure.wiring.warming import compile_kernels

_TIDY_SECONDS: Final = 60.0
_RETAIN_ROUNDS: Final = 60


def run_assigned(settings: Settings, name: str, live: bool = True) -> None:
    """Work on a topology's assigned partitions until SIGTERM. ConfigurationError where settings and servers disagree;
    anything else that ends it is for the supervisor to answer with a restart."""
    topology, clock, board = topologies([name])[0], WallClock(), HealthBoard(name)
    with ExitStack() as open_ones:
        open_ones.enter_context(start_tracing(f"telassure-{name}", settings.tracing.endpoint, settings.tracing.ratio))
        log = open_ones.enter_context(closing(event_log(settings)))
        store = open_ones.enter_context(closing(state_store(settings, name)))
        if live:  # a replay by itself removes nothing
            open_ones.enter_context(removal(store, settings, clock))
            open_ones.enter_context(claim_removal(log, name))
        if live and topology is DETECTION:
            open_ones.enter_context(log_removal(settings, clock))
        metrics = None
        if topology is DETECTION:
            compile_kernels(clock)
            metrics = open_ones.enter_context(closing(metric_store(settings, read_only=False)))
            open_ones.enter_context(_tidied(metrics, settings, live))
        found = CollectorRegistry()
        meter = WorkerMeter(found)
        world = World(log, store, clock, metrics, partitions(settings), meter=meter)
        places = places_assigned(board)
        for collector in (
            PartitionCollector(places, clock, meter.newest),
            HostCollector(board),
            OutboxCollector({name: store}, clock),
            DiskCollector({"home": settings.home}),
            HeartbeatCollector(settings.home),
            registry(),
        ):
            found.register(collector)
        if settings.worker.port:
            health = observe_probes.Health(
                places,
                reachable=(lambda: store.checkpoint(name, 0), lambda: log.end(name, 0)),
                joined=lambda: board.running and board().ready,
                waits=lambda: board.running and board().waits(settings.worker.stuck_seconds),
                stuck_seconds=settings.worker.stuck_seconds,
            )
            open_ones.enter_context(observe_probes.serve(settings.worker.host, settings.worker.port, health, found))
        heart = Heart(settings.home, f"worker-{name}", f"{name} worker", remark=clock_doubt)
        ours = replace(_faust_settings(settings, live), alive=heart.beat)
        run_faust(topology, lambda _: Premises(world), ours, board)
        heart.stop()


def _faust_settings(settings: Settings, live: bool) -> FaustSettings:
    kafka, worker = settings.kafka, settings.worker
    access = KafkaAccess(
        brokers=kafka.brokers,
        security=kafka.security,
        sasl_mechanism=kafka.sasl_mechanism,
        username=kafka.username,
        password=kafka.password.get_secret_value(),
        ca_file=kafka.ca_file,
        certificate_file=kafka.certificate_file,
        key_file=kafka.key_file,
    )
    host = HostSettings(
        live=live,
        limits=TurnLimits(records=settings.turn_records),
        threads=min(4, settings.database.connections),
        unapplied_bytes=worker.unapplied_bytes,
        stuck_seconds=worker.stuck_seconds,
        confirmed=partial(confirmation, settings),
        doubted=clock_doubted,
    )
    return FaustSettings(access, kafka.prefix, settings.partitions, worker.session_seconds, host)


@contextmanager
def _tidied(metrics: MetricStore, settings: Settings, live: bool) -> Iterator[None]:
    """Compaction in slices, once a minute, and once an hour what is too old goes where the worker is a live one, from a
    thread of their own."""
    stop, kept = threading.Event(), settings.retention

    def work() -> None:
        rounds = 0
        while not stop.wait(_TIDY_SECONDS):
            rounds += 1
            with suppress(TransientError):
                newest = metrics.newest() if live and rounds % _RETAIN_ROUNDS == 0 else None
                if newest is not None:
                    metrics.retain(min(newest, WallClock().now()) - kept.bounded(kept.metrics_days) * DAY)
                metrics.compact()

    thread = threading.Thread(target=work, name="tidy", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
