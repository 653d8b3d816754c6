"""The driver of `streams.hosts` over the memory stores: how nearly every test runs a topology."""

from collections.abc import Sequence

from streams.hosts import driver
from streams.hosts.driver import Outcome
from streams.topology import Topology
from telassure.kernel.events import CatalogueEntry
from telassure.store.memory import MemoryLog, MemoryStateStore
from telassure.store.memory_metrics import MemoryMetricStore

__all__ = ["Driver", "Outcome"]


class Driver(driver.Driver):
    """`Driver(topology, partitions)` over fresh stores in memory."""

    def __init__(
        self,
        topology: Topology,
        partitions: int = 1,
        *,
        batch: int = 64,
        catalogue: Sequence[CatalogueEntry] = (),
    ) -> None:
        stores = driver.Stores(MemoryLog(), MemoryStateStore(), MemoryMetricStore())
        super().__init__(topology, stores, partitions, batch=batch, catalogue=catalogue)
