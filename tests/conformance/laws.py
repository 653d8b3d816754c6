"""The laws every operator must keep, as functions that raise AssertionError where one is broken."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

import msgpack
import numpy as np

from streams.topology import Topology
from telassure.kernel.errors import UnknownSchema
from telassure.kernel.events import CatalogueChange, EndOfFeed, ScoredPoints, Tick
from telassure.kernel.ports import Turn
from tests.conformance.cases import OperatorCase
from tests.driver import Driver, Outcome

CONTROLS = (Tick, EndOfFeed, CatalogueChange)
Events = Sequence[Any]


class Crash(BaseException):
    """The process dies here."""


class CrashingStore:
    """A state store whose commits crash where `plan` says so: "before" or "after" the transaction."""

    def __init__(self, inner: Any, plan: Mapping[int, str]) -> None:
        self._inner, self._plan, self._commits = inner, plan, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def commit(self, turn: Turn) -> None:
        self._commits += 1
        where = self._plan.get(self._commits)
        if where == "before":
            raise Crash
        self._inner.commit(turn)
        if where == "after":
            raise Crash


class Spy:
    """An operator that keeps what its inner one was given and gave, as they were at that moment."""

    def __init__(self, inner: Any, found: list[str]) -> None:
        self._inner, self._found = inner, found
        self.given: list[tuple[Any, str]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def step(self, batch: Any, state: Any, watermark: int) -> Any:
        before = [(event, repr(plain(event))) for event in batch]
        outputs = list(self._inner.step(batch, state, watermark))
        self.given += before + [(output, repr(plain(output))) for output in outputs]
        return outputs

    def compare(self) -> None:
        self._found += [was for thing, was in self.given if repr(plain(thing)) != was]


def plain(thing: Any) -> Any:
    """A value that compares and prints by content, NaN equal to itself."""
    if isinstance(thing, np.ndarray):
        return ("array", str(thing.dtype), repr(thing.tolist()))
    if is_dataclass(thing) and not isinstance(thing, type):
        return (type(thing).__name__, *(plain(getattr(thing, f.name)) for f in fields(thing)))
    if isinstance(thing, tuple | list):
        return tuple(plain(part) for part in thing)
    if isinstance(thing, Mapping):
        return tuple(sorted((repr(plain(k)), repr(plain(v))) for k, v in thing.items()))
    return thing


def row_by_row(outputs: Sequence[Any]) -> Counter[str]:
    """Outputs as a bag of rows: how they were packed into envelopes, and the order between keys, does not count."""
    bag: Counter[str] = Counter()
    for output in outputs:
        if isinstance(output, ScoredPoints):  # judged by what the metric store holds
            continue
        if hasattr(output, "take"):
            bag.update(repr(plain(output.take(np.array([row])))) for row in range(len(output)))
        else:
            bag[repr(plain(output))] += 1
    return bag


def run(case: OperatorCase, events: Events, partitions: int = 1, batch: int = 64) -> Driver:
    """The events in one go."""
    driver = Driver(case.topology(), partitions, batch=batch, catalogue=case.catalogue)
    driver.append(*events)
    return driver.run().settle()


def durable(outcome: Outcome) -> Any:
    """What remains on disk: records, points, letters, counters."""
    return plain(outcome.records), outcome.points, plain(outcome.letters), dict(outcome.counters)


def cells_of(driver: Driver, name: str | None = None) -> dict[tuple[int, str, str], Any]:
    """The stored cells (of one operator), without the host's own."""
    rows = ((n, row) for n in range(driver.partitions) for row in driver.memory.stored(driver.topology.name, n))
    return {
        (n, row.operator, row.key): (row.blob, row.wake)
        for n, row in rows
        if not row.operator.startswith("@") and name in (None, row.operator)
    }


# --- the laws --------------------------------------------------------------------------------------------------------


def batch_size_is_invisible(case: OperatorCase, events: Events) -> None:
    single, several = run(case, events, batch=1), run(case, events, batch=len(events) + 1)
    assert durable(single.outcome()) == durable(several.outcome())
    assert row_by_row(single.outcome().outputs) == row_by_row(several.outcome().outputs)
    assert cells_of(single) == cells_of(several)


def partition_count_is_invisible(case: OperatorCase, events: Events) -> None:
    one, three = run(case, events), run(case, events, partitions=3)
    left, right = one.outcome(), three.outcome()
    assert plain(left.records) == plain(right.records)
    assert left.points == right.points
    assert Counter((x.operator, x.reason) for x in left.letters) == Counter(
        (x.operator, x.reason) for x in right.letters
    )
    assert row_by_row(left.outputs) == row_by_row(right.outputs)


def crash_is_invisible(case: OperatorCase, events: Events, plan: Mapping[int, str]) -> None:
    """Compared with a run in the same small turns that nothing disturbs."""
    whole = run(case, events, batch=2)
    driver = Driver(case.topology(), batch=2)
    driver.use_store(CrashingStore(driver.memory, plan))
    if case.catalogue:
        driver.append(CatalogueChange(case.catalogue))
    driver.append(*events)
    for _ in range(len(plan) + 1):
        try:
            driver.run().settle()
        except Crash:
            driver.crash()
    assert durable(driver.outcome()) == durable(whole.outcome())
    assert cells_of(driver) == cells_of(whole)
    assert driver.log_content() == whole.log_content()


def a_cold_start_after_every_record_is_invisible(case: OperatorCase, events: Events) -> None:
    warm = run(case, events, batch=1)
    cold = Driver(case.topology(), batch=1, catalogue=case.catalogue)
    for event in events:
        cold.pipe(event).settle().crash()
    assert durable(cold.settle().outcome()) == durable(warm.outcome())
    assert cells_of(cold) == cells_of(warm)


def dump_then_load_is_the_identity(case: OperatorCase, events: Events) -> None:
    """Judged in mid-stream too, where cells are still full."""
    for through in (len(events) // 3, 2 * len(events) // 3, len(events)):
        _reload(case, run(case, events[:through]))


def _reload(case: OperatorCase, driver: Driver) -> None:
    operator = next(o for o in driver.operators() if isinstance(o, case.operator))
    for (_, name, key), (blob, _) in cells_of(driver, operator.name).items():
        again = operator.dump(operator.load(blob, operator.state_version))
        assert again == blob, f"{name} {key!r}: {blob!r} came back as {again!r}"


def nothing_given_is_changed(case: OperatorCase, events: Events) -> None:
    found: list[str] = []
    spies: list[Spy] = []
    topology = case.topology()

    def spying(catalogue: Any) -> list[Spy]:
        spies.extend(Spy(operator, found) for operator in topology.operators(catalogue))
        return spies[-len(topology.operators(catalogue)) :]

    run(replace(case, topology=_always(replace(topology, operators=spying))), events)
    for spy in spies:
        spy.compare()
    assert not found, f"changed after it was given or emitted: {found[0]}"


def every_run_is_the_same(case: OperatorCase, events: Events) -> None:
    first, second = run(case, events).outcome(), run(case, events).outcome()
    assert plain(first.outputs) == plain(second.outputs)
    assert durable(first) == durable(second)


def every_input_is_reflected(case: OperatorCase, events: Events) -> None:
    driver = run(case, events)
    outcome = driver.outcome()
    inputs = [event for event in events if not isinstance(event, CONTROLS)]
    rows = sum(len(event) if hasattr(event, "take") else 1 for event in inputs)
    assert outcome.counters.get("records", 0) >= rows
    assert case.reflected(inputs, outcome), "an input is in no output, record, letter or count"


def memory_is_bounded(case: OperatorCase) -> None:
    for length in (400, 1_000):
        driver = run(case, case.long_run(length))
        operator = next(o for o in driver.operators() if isinstance(o, case.operator))
        held = len(cells_of(driver, operator.name))
        assert held <= case.cell_bound, f"{held} cells after {length} events, {case.cell_bound} are allowed"


def a_field_of_a_later_release_is_refused(case: OperatorCase) -> None:
    """Of every map of fields in a cell; a cell that is no map and says not where its maps are has tests of its own."""
    events = case.long_run(60)
    driver = run(case, events[: len(events) // 2])
    operator = next(o for o in driver.operators() if isinstance(o, case.operator))
    judged = 0
    for (_, name, key), (blob, _) in cells_of(driver, operator.name).items():
        for number, later in enumerate((case.later or with_a_field_more)(blob)):
            judged += 1
            try:
                operator.load(later, operator.state_version)
            except UnknownSchema:
                continue
            raise AssertionError(f"{name} {key!r}: a field that this release does not know was passed over ({number})")
    assert judged or case.later is None, "no cell had a map of fields"


def with_a_field_more(blob: bytes) -> list[bytes]:
    """The cell with a field of a later release, where it is a map."""
    kept = named(blob)
    return [] if kept is None else [msgpack.packb(kept | {"from_the_future": 1})]


def named(blob: bytes) -> dict[str, Any] | None:
    """The fields of a cell by name; None where it is no map."""
    try:
        kept = msgpack.unpackb(blob, strict_map_key=False, use_list=False)
    except (ValueError, msgpack.UnpackException):
        return None
    return kept if isinstance(kept, dict) else None


def _always(topology: Topology) -> Callable[[], Topology]:
    return lambda: topology


STREAM_LAWS = (
    batch_size_is_invisible,
    partition_count_is_invisible,
    a_cold_start_after_every_record_is_invisible,
    dump_then_load_is_the_identity,
    nothing_given_is_changed,
    every_run_is_the_same,
    every_input_is_reflected,
)
