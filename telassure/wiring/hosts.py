"""The hosts: all partitions in this process when embedded, those that Kafka assigns to it when not."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial

from prometheus_client import CollectorRegistry

from streams.hosts.embedded import Embedded, Upkeep
from streams.hosts.partition.turn import Partition
from streams.hosts.partition.world import TurnLimits, World
from streams.hosts.single_owner import single_owner
from streams.topologies.detection import DETECTION
from telassure.kernel.instant import DAY
from telassure.kernel.ports import EventLog, StateStore
from telassure.observe.gauges import DiskCollector, OutboxCollector, PartitionCollector, places_of
from telassure.observe.heartbeats import Heart
from telassure.observe.metrics import registry
from telassure.observe.probes import Health, serve
from telassure.observe.traces import start_tracing
from telassure.observe.worker import WorkerMeter
from telassure.wiring.confirmation import hold
from telassure.wiring.home import Home
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
from telassure.wiring.removal import log_removal, removal
from telassure.wiring.settings import RetentionSettings, Settings
from telassure.wiring.warming import compile_kernels


def traced_process(settings: Settings, name: str) -> AbstractContextManager[None]:
    """Inside the block this process's spans go to the collector of the settings, under this name."""
    return start_tracing(f"telassure-{name}", settings.tracing.endpoint, settings.tracing.ratio)


@contextmanager
def worker(settings: Settings, names: Sequence[str], live: bool) -> Iterator[Embedded]:
    """The embedded host of these topologies, their owner until the context ends. OwnedElsewhere where another process
    is."""
    found, chosen = Home(settings.home), topologies(names)
    with ExitStack() as open_ones:
        for topology in chosen:
            open_ones.enter_context(single_owner(found.locks / f"{topology.name}.lock"))
        log = open_ones.enter_context(closing(event_log(settings)))
        metrics = None
        if DETECTION in chosen:
            metrics = open_ones.enter_context(closing(metric_store(settings, read_only=False)))
        clock, placed = WallClock(), []
        found_metrics, stores = registry(), {}
        if live and DETECTION in chosen:
            compile_kernels(WallClock())
        meter = WorkerMeter(found_metrics)
        what = f"{' and '.join(names) or 'only'} worker"
        heart = Heart(settings.home, f"worker-{'-'.join(names)}", what, remark=clock_doubt)
        beat = heart.beat if live else None
        for topology in chosen:
            store = open_ones.enter_context(closing(state_store(settings, topology.name)))
            stores[topology.name] = store
            if live:
                open_ones.enter_context(removal(store, settings, clock))
            world = World(log, store, clock, metrics, partitions(settings), meter=meter, beat=beat)
            limits = TurnLimits(records=settings.turn_records)
            placed += [Partition(topology, number, world, limits) for number in range(settings.partitions)]
        if live and DETECTION in chosen:
            open_ones.enter_context(log_removal(settings, clock))
        upkeep = replace(_upkeep(settings.retention, live), confirmed=confirmation(settings), doubted=clock_doubted)
        upkeep = replace(upkeep, beat=beat, trouble=heart.trouble) if beat is not None else upkeep
        host = Embedded(placed, log, clock, metrics, upkeep)
        heart.remark = lambda: clock_doubt() or hold(what, host.held)
        if settings.worker.port:
            open_ones.enter_context(_probes(settings, host, log, stores, meter, found_metrics))
        yield host
        heart.stop()


def _upkeep(kept: RetentionSettings, live: bool) -> Upkeep:
    return Upkeep(
        live=live,
        keep=kept.log_records,
        size=kept.log_bytes,
        age=kept.bounded(kept.log_days) * DAY,
        positions=kept.log_positions,
        points=kept.bounded(kept.metrics_days) * DAY,
    )


def _probes(
    settings: Settings,
    host: Embedded,
    log: EventLog,
    stores: Mapping[str, StateStore],
    meter: WorkerMeter,
    found: CollectorRegistry,
) -> AbstractContextManager[int]:
    """The worker's own /live, /ready and /metrics."""
    clock, places = WallClock(), places_of(host.standings, log.end)
    found.register(PartitionCollector(places, clock, meter.newest))
    found.register(OutboxCollector(stores, clock))
    found.register(DiskCollector({"home": settings.home}))
    reachable = [partial(store.checkpoint, name, 0) for name, store in stores.items()]
    health = Health(places, reachable, stuck_seconds=settings.worker.stuck_seconds)
    return serve(settings.worker.host, settings.worker.port, health, found)
