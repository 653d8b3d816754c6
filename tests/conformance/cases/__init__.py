"""What the law suite must be told of an operator: one file `<operator module>.py` here for each in streams/operators.

The file defines `CASES`, a tuple of `OperatorCase`: every Operator class of the module is some case's `operator`.
An operator without a case FAILS the suite. A file may build on any topology: the real one, or a small one of its own
in which the operator stands alone or behind what feeds it.

    # tests/conformance/cases/alarm_list.py
    CASES = (
        OperatorCase(
            operator=AlarmList,
            topology=lambda: Topology("laws", (Source(AlarmNotification, alarm_domain),), lambda c: (AlarmList(c),)),
            streams=st.lists(notifications(), max_size=40),
            long_run=lambda n: [raised(f"olt-{i}", at=i * MINUTE) for i in range(n)],
            cell_bound=200,
            reflected=lambda inputs, outcome: len(outcome.of(Alarm)) >= len({identity(e) for e in inputs}),
        ),
    )
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis.strategies import SearchStrategy

from streams.hosts.driver import Outcome
from streams.topology import Topology
from telassure.kernel.events import CatalogueEntry

Events = Sequence[Any]
"""Events in log order: source events (single or envelopes) and, where wanted, Tick, EndOfFeed and CatalogueChange.

Use several keys (domains, accounts) and feeds, one of them "replay:...", some events out of order and some repeated.
"""


@dataclass(frozen=True)
class OperatorCase:
    """One operator, what it stands in, and what it is fed.

    `streams`      hypothesis strategy of event streams (keep them short: some dozens of events).
    `catalogue`    entries applied before the first event.
    `long_run(n)`  a stream of about n events that keeps making new things (new alarms, new records, new days), with the
                   time, ticks or ends of feed that let old ones expire.
    `cell_bound`   most cells the operator may hold at the end of `long_run(400)` (and of any longer one).
    `reflected`    conservation: given the inputs (controls left out) and the outcome, is every input reflected in an
                   output, a stored record, a dead letter, or counted (outcome.counters["late"])? The suite also checks
                   by itself that nothing is lost between log and operators.
    `later`        a cell's bytes as a later release may write them: for each of its maps of fields, once more with a
                   field that this release does not know. None for a cell that is one flat map.
    """

    operator: type
    topology: Callable[[], Topology]
    streams: SearchStrategy[Any]
    long_run: Callable[[int], Events]
    cell_bound: int
    reflected: Callable[[Events, Outcome], bool]
    catalogue: tuple[CatalogueEntry, ...] = ()
    later: Callable[[bytes], Iterable[bytes]] | None = None
