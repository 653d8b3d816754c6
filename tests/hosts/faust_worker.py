"""A worker process of the Faust host tests: `python -m tests.hosts.faust_worker BOOTSTRAP PREFIX STATE_URL`."""

import logging
import sys

from streams.hosts.faust.app import FaustSettings, run_faust
from streams.hosts.faust.premises import HostSettings, Premises
from streams.hosts.faust.wire import KafkaAccess
from streams.hosts.partition.world import TurnLimits, World
from telassure.store.memory_metrics import MemoryMetricStore
from telassure.store.sql import SqlStateStore
from tests.hosts.faust_stage import TopicLog
from tests.hosts.faust_topology import whole
from tests.hosts.test_repeats import Clock
from tests.kafka.fixtures import PARTITIONS


def main(bootstrap: str, prefix: str, url: str) -> None:
    logging.basicConfig(level=logging.INFO)
    log, metrics = TopicLog(bootstrap, prefix), MemoryMetricStore()
    counts = {"whole": PARTITIONS}

    def premises(number: int) -> Premises:
        store = SqlStateStore(url)
        return Premises(World(log, store, Clock(), metrics, counts), close=store.close)

    host = HostSettings(live=False, limits=TurnLimits(records=20), stale_seconds=1.0)
    run_faust(whole(), premises, FaustSettings(KafkaAccess(bootstrap), prefix, PARTITIONS, 6.0, host))


if __name__ == "__main__":
    main(*sys.argv[1:])
