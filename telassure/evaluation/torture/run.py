"""One seed's run: the world goes wrong for some hours, then comes to rest, and is judged."""

import gc
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from telassure.evaluation.torture.acknowledgements import Acknowledgements
from telassure.evaluation.torture.comparison import ControlComparison
from telassure.evaluation.torture.money import LedgerProof
from telassure.evaluation.torture.money_input import bills, counts, recharges, usage
from telassure.evaluation.torture.network_input import alarms, measurements
from telassure.evaluation.torture.plant import Build, Plant
from telassure.evaluation.torture.request import InputRequest, Workload
from telassure.evaluation.torture.senders import Element, Person
from telassure.evaluation.torture.territory import Land
from telassure.evaluation.torture.timeline import Timeline, chance
from telassure.evaluation.torture.trouble import Temper, Troubles
from telassure.evaluation.torture.wire import Life
from telassure.kernel.instant import HOUR, MINUTE, SECOND, Instant

BEGIN: Final[Instant] = 1_767_655_800 * SECOND  # 2026-01-05T23:30:00Z, so that a day ends in the first hour
_REST: Final = 30 * MINUTE
_LOOK: Final = MINUTE
ALL: Final = 1 << 30


@dataclass(slots=True)
class TortureReport:
    """What became of one seed. `history`: what went wrong before the first violation, the newest last."""

    seed: int
    hours: float
    events: int = 0
    faults: Mapping[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    digest_equal: bool = False
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "events": self.events,
            "faults": {str(kind): n for kind, n in sorted(self.faults.items())},
            "violations": self.violations,
            "digest_equal": self.digest_equal,
            "hours": self.hours,
            "times_faster_than_life": round(self.hours * 3600 / max(self.seconds, 1e-9)),
            "history": self.history,
        }


class _Run:
    def __init__(self, seed: int, hours: float, most: int) -> None:
        self.report = TortureReport(seed, hours)
        self.timeline = Timeline(BEGIN)
        self.troubles = Troubles(self.timeline, chance(seed, "troubles"), Temper.of(seed), most)
        self.plant = Plant(seed, Build.of(seed), self.timeline, self.troubles, self.tell)
        self.end = BEGIN + round(hours * HOUR)
        self.workload = _workload(seed, Land.of(self.plant.build.partitions), BEGIN + 2 * MINUTE, self.end)
        several = self.workload.by_feed.values()
        self.elements = [Element(each, self.timeline, self.troubles, self.plant.door, self.tell) for each in several]
        self.person = Person(
            self.timeline, self.troubles, self.plant.door, chance(seed, "person"), self.plant.reader, self.end
        )

    def tell(self, text: str) -> None:
        """A violation, with what came before the first."""
        if not self.report.violations:
            self.report.history = list(self.troubles.history)
        self.report.violations.append(text)

    def run(self) -> TortureReport:
        self.plant.start()
        for element in self.elements:
            element.start()
        self.person.start()
        self.timeline.run(self.end)
        self.troubles.over = True
        if self._rests():
            self.report.digest_equal = ControlComparison(self.plant, self.tell).compare()
            Acknowledgements(self.plant, self.workload, self.person.given, self.tell).check()
            LedgerProof(self.plant, self.workload, self.tell).check()
        self.report.events, self.report.faults = self.timeline.events, dict(self.troubles.counts)
        return self.report

    def _rests(self) -> bool:
        """Nothing waits any more within half an hour of the last trouble, or it is stuck for ever."""
        until = self.timeline.now + _REST
        while self.timeline.now < until:
            self.timeline.run(self.timeline.now + _LOOK)
            if not (waiting := self._waiting()):
                self._settle()
                return True
        self.tell(f"half an hour after the last trouble there still wait: {'; '.join(waiting)}")
        return False

    def _waiting(self) -> list[str]:
        kept = self.plant.kept
        found = [f"{each.requests[0].feed} is not answered" for each in self.elements if not each.over]
        found += ["commands are not answered"] if self.person.waiting else []
        for name, state in kept.states.items():
            for number in range(kept.partitions[name]):
                after = state.checkpoint(name, number).offset
                if any(record.source != "tick" for record in kept.records(name, number)[after:]):
                    found.append(f"{name}/{number} has input after {after}")
            if state.outbox(name, 1):
                found.append(f"the outbox of {name} is not empty")
        now = self.timeline.now
        return found + (["held rows are due"] if kept.graveyard.due_letters("held", now, 1) else [])

    def _settle(self) -> None:
        """The workers end in order, and what is left is applied; then the last notices leave."""
        plant = self.plant
        for station in (*plant.workers.values(), plant.door):
            station.close()
        for _ in range(2):  # a hop of the last moment
            for topology in plant.build.topologies.values():
                plant.host(topology, Life("the end"), live=False).drain()
        self.timeline.run(self.timeline.now + _LOOK)


def _workload(seed: int, land: Land, begin: Instant, end: Instant) -> Workload:
    work = Workload()
    body = land.catalogue()
    work.add(
        InputRequest(BEGIN, "inventory", "catalogue", body, [row for rows in body.values() for row in rows], "first")
    )
    taken = list(usage(chance(seed, "usage"), begin, end))
    several: tuple[Iterator[InputRequest], ...] = (
        measurements(land, chance(seed, "measurements"), begin, end),
        alarms(land, chance(seed, "alarms"), begin, end),
        iter(taken),
        recharges(chance(seed, "recharges"), begin, end),
        counts(chance(seed, "counts"), taken, begin, end),
        bills(chance(seed, "bills"), taken, begin, end),
    )
    for requests in several:
        for request in requests:
            if request.due < end:
                work.add(request)
    return work.ordered()


def torture(seed: int, hours: float = 1.0, most: int = ALL) -> TortureReport:
    """Run a seed with at most so many troubles."""
    began = time.perf_counter()
    with _in_peace():
        report = _Run(seed, hours, most).run()
    report.seconds = time.perf_counter() - began
    return report


@contextmanager
def _in_peace() -> Iterator[None]:
    """Thousands of stores that fail are no news, and what a host asks of the collector is not for this process."""
    before, thresholds = logging.root.manager.disable, gc.get_threshold()
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
        gc.unfreeze()
        gc.set_threshold(*thresholds)
