"""The pipeline after an operator has raised: records singly, undone and cut down until only the culprit is out."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from streams.hosts.partition.failures import NOT_THE_OPERATOR, OperatorFailure
from streams.hosts.partition.owners import FOREVER, Owner
from streams.hosts.partition.pipeline import Pipeline
from telassure.kernel.codec import encode
from telassure.kernel.instant import Instant

Bury = Callable[[str, str, str, tuple[str, bytes]], None]
"""Called with operator, place, reason and (kind, payload) of what is refused; the record is the pipeline's context."""


class Bisection(Pipeline):
    """Takes the place of a pipeline, over the same cells.

    Every cell is dumped before it is touched. What fails is undone whole, in all operators; an envelope is halved until
    the bad rows stand alone, a set of timers is fired one by one.
    """

    def __init__(self, plain: Pipeline, bury: Bury) -> None:
        super().__init__(plain.operators, plain.cells, plain.owners)
        self.emitted = plain.emitted
        self._bury = bury

    def run(self, events: Sequence[Any]) -> None:
        for event in events:
            self._attempt(event, None if self.context is None else self.context[1])

    def _attempt(self, event: Any, rows: "np.ndarray[Any, np.dtype[np.intp]] | None") -> None:
        failure = self._try(lambda: super(Bisection, self).run((event,)))
        if failure is None:
            return
        if rows is not None and len(rows) > 1:
            middle = len(rows) // 2
            self._attempt(event.take(np.arange(middle)), rows[:middle])
            self._attempt(event.take(np.arange(middle, len(rows))), rows[middle:])
            return
        place = "" if rows is None else f"row {rows[0]}"
        self._bury(failure.operator, place, failure.reason, encode(event))

    def fire(self, owner: Owner, clock: Instant) -> None:
        try:
            super().fire(owner, clock)
        except OperatorFailure as endless:
            while (at := self.owners.next_timer(owner)) < min(clock, FOREVER):
                for _, index, key in self.owners.due_through(owner, at):
                    self._drop(owner, (index, key), at, endless)
            self.owners.fired(owner)

    def fire_instant(self, owner: Owner, at: Instant) -> None:
        if self._try(lambda: super(Bisection, self).fire_instant(owner, at)) is None:
            return
        for _, index, key in sorted(self.owners.due_through(owner, at)):
            if self.owners.wakes.get((index, key)) != at:
                continue
            failure = self._try(lambda i=index, k=key: self.fire_cells(i, (k,), at))  # type: ignore[misc]  # bound now
            if failure is not None:
                self._drop(owner, (index, key), at, failure)

    def _drop(self, owner: Owner, timer: tuple[int, str], at: Instant, failure: OperatorFailure) -> None:
        index, key = timer
        cells = self.cells[index]
        cell = cells.peek(key)
        if cell is None:
            self.owners.wake(owner, index, key, None)
            return
        cells.wake(key, None)
        place = f"timer of {key} at {at}"
        self._bury(failure.operator, place, failure.reason, ("", self.operators[index].dump(cell)))

    def _try(self, action: Callable[[], None]) -> OperatorFailure | None:
        """Run it; where it fails, nothing of it remains."""
        taken = len(self.emitted)
        for cells in self.cells:
            cells.journal = {}
        try:
            action()
            self._verify()
        except OperatorFailure as failure:
            del self.emitted[taken:]
            for cells in self.cells:
                cells.undo()
            return failure
        for cells in self.cells:
            cells.journal = None
        return None

    def _verify(self) -> None:
        for cells in self.cells:
            try:
                cells.verify()
            except NOT_THE_OPERATOR:
                raise
            except Exception as failure:
                raise OperatorFailure(cells.operator.name, repr(failure)) from failure
