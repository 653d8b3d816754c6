"""A small operator that keeps every law, its case, and mutants of it that each break one."""

from itertools import count
from typing import Any

import msgpack
from hypothesis import strategies as st

from streams.hosts.driver import Outcome
from streams.operator import cell_key
from streams.topology import CheckpointPolicy, Hop, Source, Topology
from telassure.kernel.errors import UnknownSchema
from telassure.kernel.events import AlarmNotification, EndOfFeed, Notification, PerceivedSeverity, Tick
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import MINUTE, SECOND
from tests.conformance.cases import OperatorCase

QUIET = 2 * MINUTE
START = 1_600_000_000 * SECOND


class Tally:
    """Counts an object's different alarms until it has been quiet for two minutes, then tells the count and forgets."""

    name = "tally"
    state_version = 1
    reads = (1,)
    accepts: tuple[type, ...] = (AlarmNotification,)
    shortest_timer = QUIET

    def key(self, event: AlarmNotification) -> str:
        return cell_key(event.domain, event.managed_object)

    def fresh(self) -> dict[str, Any]:
        return {"seen": [], "first": None}

    def step(self, batch: Any, state: Any, watermark: int) -> Any:
        for event in batch:
            yield from self.take(event, state)
        for key, cell in state.due(watermark):
            yield self.told(key, cell, watermark)
            state.forget(key)

    def take(self, event: AlarmNotification, state: Any) -> Any:
        cell = state.of(self.key(event))
        if event.notification_id not in cell["seen"]:
            cell["seen"].append(event.notification_id)
        cell["first"] = cell["first"] or event.time
        state.wake(self.key(event), event.time + QUIET)
        return ()

    def told(self, key: str, cell: dict[str, Any], at: int) -> Notification:
        identity = derive_id(self.name, key, cell["first"])
        return Notification(identity, "t", key, "quiet", ",".join(cell["seen"]), at)

    def dump(self, cell: dict[str, Any]) -> bytes:
        packed: bytes = msgpack.packb(cell)
        return packed

    def load(self, blob: bytes, version: int) -> dict[str, Any]:
        cell: dict[str, Any] = msgpack.unpackb(blob)
        if cell.keys() != {"seen", "first"}:
            raise UnknownSchema(f"a tally of {sorted(cell)}")
        return cell


class DoubleApply(Tally):
    """Counts the first event of a batch once more."""

    def step(self, batch: Any, state: Any, watermark: int) -> Any:
        yield from super().step(batch, state, watermark)
        for event in batch[:1]:
            state.of(self.key(event))["seen"].append(f"again {len(batch)}")


class MissingReplayGuard(Tally):
    """Names its output after how often it was asked, not after the cause."""

    def __init__(self) -> None:
        self.told_so_far = 0

    def told(self, key: str, cell: dict[str, Any], at: int) -> Notification:
        self.told_so_far += 1
        return Notification(str(self.told_so_far), "t", key, "quiet", ",".join(cell["seen"]), at)


class MutatedInput(Tally):
    def take(self, event: AlarmNotification, state: Any) -> Any:
        object.__setattr__(event, "text", "taken")
        return super().take(event, state)


class LossyDump(Tally):
    def dump(self, cell: dict[str, Any]) -> bytes:
        return super().dump({**cell, "seen": cell["seen"][-1:]})


class UnstableDump(Tally):
    def load(self, blob: bytes, version: int) -> dict[str, Any]:
        cell = super().load(blob, version)
        return {**cell, "seen": cell["seen"][::-1]}


class PassingOver(Tally):
    """Drops what a later release keeps in its cells."""

    def load(self, blob: bytes, version: int) -> dict[str, Any]:
        cell: dict[str, Any] = msgpack.unpackb(blob)
        return {"seen": cell["seen"], "first": cell["first"]}


class BatchDependent(Tally):
    """Tells the last batch's length."""

    def step(self, batch: Any, state: Any, watermark: int) -> Any:
        for event in batch:
            yield from self.take(event, state)
            state.of(self.key(event))["seen"].append(f"of {len(batch)}")
        yield from super().step((), state, watermark)


class InstanceState(Tally):
    """Keeps in itself what belongs in a cell."""

    def __init__(self) -> None:
        self.known: set[str] = set()

    def take(self, event: AlarmNotification, state: Any) -> Any:
        if event.notification_id in self.known:
            return ()
        self.known.add(event.notification_id)
        return super().take(event, state)


class GlobalState(Tally):
    """Numbers its outputs across runs."""

    numbers = count()

    def told(self, key: str, cell: dict[str, Any], at: int) -> Notification:
        return Notification(str(next(self.numbers)), "t", key, "quiet", "", at)


class TimerIgnoring(Tally):
    def step(self, batch: Any, state: Any, watermark: int) -> Any:
        for event in batch:
            yield from self.take(event, state)


class TimerTooSoon(Tally):
    """Sets timers nearer than it says."""

    shortest_timer = 100 * QUIET


class Losing(Tally):
    def take(self, event: AlarmNotification, state: Any) -> Any:
        return () if event.managed_object == "o1" else super().take(event, state)


MUTANTS = (
    DoubleApply,
    MissingReplayGuard,
    MutatedInput,
    LossyDump,
    UnstableDump,
    PassingOver,
    BatchDependent,
    InstanceState,
    GlobalState,
    TimerIgnoring,
    TimerTooSoon,
    Losing,
)


def alarm(number: int, domain: str = "d0", managed: str = "o0", at: int = 0, feed: str = "live") -> AlarmNotification:
    """`at` in seconds from the start."""
    severity = PerceivedSeverity.MAJOR
    return AlarmNotification(f"n{number}", domain, feed, managed, "e", "p", "s", severity, START + at * SECOND)


def alarms() -> Any:
    """Streams over three domains, a live and a recorded feed, out of order, with repeats, ticks and ends of feed."""
    event = st.builds(
        alarm,
        st.integers(0, 12),
        st.sampled_from(("d0", "d1", "d2")),
        st.sampled_from(("o0", "o1")),
        st.integers(0, 400),
        st.sampled_from(("live", "replay:log")),
    )
    tick = st.integers(0, 1_000).map(lambda at: Tick(START + at * SECOND))
    end = st.just(EndOfFeed("replay:log", 5 * MINUTE))
    return st.lists(st.one_of(event, event, event, event, tick, end), min_size=12, max_size=40)


def told_all(inputs: Any, outcome: Outcome) -> bool:
    """With every object quiet at the end, each id has been told."""
    told = {(n.customer, part) for n in outcome.of(Notification) for part in n.body.split(",")}
    return {(cell_key(e.domain, e.managed_object), e.notification_id) for e in inputs} <= told


def tally_case(operator: type, paced: bool = False) -> OperatorCase:
    policy = CheckpointPolicy(paced=paced, every_seconds=0, piece=1)
    source = Source(AlarmNotification, lambda event: ((event.domain,), None))
    hop = Hop(Notification, "elsewhere", lambda notice: notice.customer)
    topology = Topology("laws", (source,), lambda catalogue: (operator(),), hops=(hop,), checkpoint=policy)
    last = [Tick(START + 10_000 * SECOND), EndOfFeed("replay:log", 10_000 * SECOND)]
    return OperatorCase(
        operator=operator,
        topology=lambda: topology,
        streams=alarms().map(lambda events: events + last),
        long_run=lambda n: [alarm(i, managed=f"o{i}", at=i * 10) for i in range(n)] + last,
        cell_bound=20,
        reflected=told_all,
    )
