"""Runs a batch, or the timers of one instant, through the operators of a topology in order."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from streams.hosts.partition.cells import Cells
from streams.hosts.partition.failures import NOT_THE_OPERATOR, AmbiguousOrder, OperatorFailure
from streams.hosts.partition.owners import Owner, Owners
from streams.topology import AnyOperator
from telassure.kernel.instant import Instant
from telassure.kernel.ports import BusinessRecord, LogRecord

RESTLESS: Final = 10_000
Label = tuple[int, str]
"""What an output is attributed to: (offset, owner), or (offset of the batch's last record, "")."""
Context = tuple[LogRecord, NDArray[np.intp] | None]
"""The record an event was read from, and where its rows stand in the envelope as read (None: a single event)."""


class Pipeline:
    """The operators with their cells; `emitted` collects (operator index, output, label) in order.

    An output goes to every later operator that accepts its type. An operator sees the source events first, then the
    outputs of the operators before it, in their order.
    """

    def __init__(self, operators: Sequence[AnyOperator], cells: Sequence[Cells], owners: Owners) -> None:
        self.operators = operators
        self.cells = cells
        self.owners = owners
        self.emitted: list[tuple[int, Any, Label]] = []
        self.context: Context | None = None
        self.label: Label = (0, "")
        self._routes: dict[tuple[int, type], tuple[int, ...]] = {}
        self._foresee = [getattr(operator, "touches", None) for operator in operators]

    def run(self, events: Sequence[Any]) -> None:
        """One batch of source events. Their watermark is the last tick: the same at any batch size."""
        inboxes: list[list[Any] | None] = [None] * len(self.operators)
        for event in events:
            self._deliver(-1, event, inboxes)
        self._rest(0, inboxes, self.owners.tick, len(events) > 1)

    def fire(self, owner: Owner, clock: Instant) -> None:
        """Everything of an owner that is due before its clock, one instant after the other."""
        newest, rounds = self.owners.next_timer(owner), 0
        while (at := self.owners.next_timer(owner)) < clock:
            rounds = 0 if at > newest else rounds + 1
            newest = max(at, newest)
            if rounds > RESTLESS:
                raise OperatorFailure("timers", f"{owner.name} sets timers in the past without end")
            self.fire_instant(owner, at)
        self.owners.fired(owner)

    def fire_instant(self, owner: Owner, at: Instant) -> None:
        """The owner's timers of one instant, in order of operator and key."""
        due = [timer for timer in self.owners.due_through(owner, at) if timer[0] == at]
        due.sort(key=lambda timer: timer[1:])
        for index, timers in groupby(due, key=lambda timer: timer[1]):
            # an earlier operator's outputs may have moved or dropped a timer since
            keys = [key for _, _, key in timers if self.owners.wakes.get((index, key)) == at]
            if keys:
                self.fire_cells(index, keys, at)

    def fire_cells(self, index: int, keys: Sequence[str], at: Instant) -> None:
        """One operator's timers of one instant, and what its outputs cause in later operators."""
        cells = self.cells[index]
        try:
            cells.fire(keys)
            outputs = list(self.operators[index].step((), cells, at))
        except NOT_THE_OPERATOR:
            raise
        except Exception as failure:
            raise OperatorFailure(self.operators[index].name, repr(failure)) from failure
        cells.fired()
        inboxes: list[list[Any] | None] = [None] * len(self.operators)
        for output in outputs:
            self.emitted.append((index, output, self.label))
            self._deliver(index, output, inboxes)
        self._rest(index + 1, inboxes, at)

    def _deliver(self, index: int, event: Any, inboxes: list[list[Any] | None]) -> None:
        kind = type(event)
        route = self._routes.get((index, kind))
        if route is None:
            route = self._route(index, kind)
        for target in route:
            inbox = inboxes[target]
            if inbox is None:
                inboxes[target] = [event]
            else:
                inbox.append(event)

    def _route(self, index: int, kind: type) -> tuple[int, ...]:
        later = enumerate(self.operators)
        route = tuple(i for i, operator in later if i > index and issubclass(kind, operator.accepts))
        self._routes[(index, kind)] = route
        return route

    def _rest(self, start: int, inboxes: list[list[Any] | None], watermark: Instant, strict: bool = False) -> None:
        """Step the operators from `start` on; `strict` refuses what single steps would order differently."""
        emitted, label = self.emitted, self.label
        fed = [inbox is not None for inbox in inboxes] if strict else []
        makers: dict[type, int] = {}
        for index in range(start, len(self.operators)):
            batch = inboxes[index]
            if batch is None:
                continue
            cells = self.cells[index]
            try:
                if self._foresee[index] is not None or len(batch) > 1:
                    self._prefetch(index, batch)
                outputs = list(self.operators[index].step(batch, cells, watermark))
            except NOT_THE_OPERATOR:
                raise
            except Exception as failure:
                raise OperatorFailure(self.operators[index].name, repr(failure)) from failure
            if strict and outputs:
                self._check_order(index, outputs, fed, makers)
            for output in outputs:
                emitted.append((index, output, label))
                self._deliver(index, output, inboxes)

    def _check_order(self, index: int, outputs: Sequence[Any], fed: list[bool], makers: dict[type, int]) -> None:
        targets: set[int] = set()
        for kind in {type(output) for output in outputs}:
            if issubclass(kind, BusinessRecord) and makers.setdefault(kind, index) != index:
                raise AmbiguousOrder
            targets.update(self._routes.get((index, kind)) or self._route(index, kind))
        for target in targets:
            if fed[target]:
                raise AmbiguousOrder
            fed[target] = True

    def _prefetch(self, index: int, batch: Sequence[Any]) -> None:
        foresee, key = self._foresee[index], self.operators[index].key
        if foresee is None:
            self.cells[index].prefetch([key(event) for event in batch])
        else:
            self.cells[index].prefetch(k for event in batch for k in foresee(event))
