"""The hosts: all partitions in this process when embedded, those that Kafka assigns to it when not."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager

from bss_sync.notify import StoredNotifier, WebhookNotifier
from streams.hosts.embedded import Embedded, Upkeep
from streams.hosts.partition import Partition
from streams.hosts.relay import NoticeRelay
from streams.hosts.single_owner import single_owner
from streams.hosts.world import Limits, World
from streams.topologies.detection import DETECTION
from telassure.config import Settings
from telassure.home import Home
from telassure.instant import DAY
from telassure.ports import Notifier
from telassure.wiring.places import WallClock, event_log, metric_store, partitions, state_store, topologies


def notifier(settings: Settings) -> Notifier:
    return WebhookNotifier(settings.notify_url) if settings.notify_url else StoredNotifier()


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
