"""What a partition that stops writes at once: a piece of its cells, however many have changed."""

from streams.hosts.partition.turn import Partition
from streams.topology import CheckpointPolicy, Source, Topology
from telassure.kernel.events import AlarmNotification
from telassure.kernel.ports import Turn
from telassure.store.memory import MemoryLog, MemoryStateStore
from tests.conformance.reference import Tally, alarm
from tests.hosts.test_repeats import entry, world

DOMAINS = 6


class Listing(MemoryStateStore):
    """Keeps how many cells each transaction had."""

    def __init__(self) -> None:
        super().__init__()
        self.cells_written: list[int] = []

    def commit(self, turn: Turn) -> None:
        self.cells_written.append(len(turn.cells))
        super().commit(turn)


def test_a_paced_partition_that_stops_writes_its_cells_piece_by_piece() -> None:
    topology = Topology(
        "laws",
        (Source(AlarmNotification, lambda event: ((event.domain,), None)),),
        lambda catalogue: (Tally(),),
        checkpoint=CheckpointPolicy(paced=True, every_seconds=3600.0, piece=1),
    )
    log, store = MemoryLog(), Listing()
    log.append([entry(alarm(n, domain=f"d{n}"), str(n)) for n in range(DOMAINS)])
    partition = Partition(topology, 0, world(log, store, repeats=False))
    partition.turn()
    store.cells_written.clear()

    partition.settle()

    assert partition.settled
    assert sum(store.cells_written) >= DOMAINS > 2 * max(store.cells_written)


def test_a_partition_that_is_to_end_takes_no_further_record_and_the_next_owner_goes_on_after_it() -> None:
    topology = Topology(
        "laws", (Source(AlarmNotification, lambda event: ((event.domain,), None)),), lambda catalogue: (Tally(),)
    )
    log, store = MemoryLog(), Listing()
    log.append([entry(alarm(n, domain=f"d{n}"), str(n)) for n in range(DOMAINS)])
    partition = Partition(topology, 0, world(log, store, repeats=False))
    told = iter([False, True])
    partition.ending = lambda: next(told)

    assert partition.turn().records == 2
    assert (partition.settled, partition.offset) == (True, 2)
    assert Partition(topology, 0, world(log, store, repeats=False)).turn().records == DOMAINS - 2
