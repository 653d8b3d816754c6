"""Tells affected customers that a ticket has opened, and that it is resolved (TMF681)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from streams.catalogue import Catalogue
from streams.cells import CellCodec, unpacked
from streams.operator import KeyedState, cell_key
from streams.operators.desk.notice_matter import ABSORBED, KNOWN, LASTS, LEFT, RESOLVED, Disruption
from streams.operators.desk.notice_words import Recipient, disruption, resolution
from streams.operators.desk.policies import REST
from telassure.kernel.events import Notification, TroubleTicket
from telassure.kernel.instant import Duration, Instant

MOST_CUSTOMERS: Final = 500


@dataclass(slots=True)
class NoticeCell:
    """Who has been told of a ticket's present disruption. `round` counts how often it has opened. Once its domain had
    a rest between notices it `rests`: whoever is in `told` is left to `NoticeRest`, also when the rest is lifted, and
    in `left` are those of them whom the ticket names no longer."""

    round: int = 0
    resolved: bool = True
    told: list[str] = field(default_factory=list)
    rests: bool = False
    left: list[str] = field(default_factory=list)


_CELL: Final = CellCodec(NoticeCell)


class Notice:
    """One cell per open ticket: each affected customer hears of a disruption once, also when affected later, and at its
    resolution once more. At most 500 customers per ticket; who is told is decided by the order of customer ids. The
    text names the ticket and times only: no subscriber, no network element. A cancelled ticket says nothing, since the
    one that absorbed it goes on. With a rest between notices, customers are not told here but by `NoticeRest`.
    """

    name = "notice"
    state_version = 2
    reads: tuple[int, ...] = (1, 2)
    accepts: tuple[type, ...] = (TroubleTicket,)
    shortest_timer: Duration | None = None

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def key(self, event: TroubleTicket) -> str:
        return cell_key(event.domain, event.ticket_id)

    def fresh(self) -> NoticeCell:
        return NoticeCell()

    def step(
        self, batch: Sequence[TroubleTicket], state: KeyedState[NoticeCell], watermark: Instant
    ) -> Iterable[Notification | Disruption]:
        for event in batch:
            key = self.key(event)
            yield from self._handed_on(event, key, state)
            if event.state in ("closed", "cancelled"):
                yield from _gone(event, state.peek(key))
                state.forget(key)
            elif event.state == "resolved":
                yield from _resolved(event, state.of(key))
            else:
                yield from self._disrupted(event, state.of(key))

    def dump(self, cell: NoticeCell) -> bytes:
        return _CELL.pack(cell)

    def load(self, blob: bytes, version: int) -> NoticeCell:
        if version > 1:
            return _CELL.unpack(blob)
        number, resolved, told, *rest = unpacked(blob)  # version 1, by place; a rest only where there was one
        rests, left = rest or (False, ())
        return NoticeCell(number, resolved, list(told), rests, list(left))

    def _handed_on(self, event: TroubleTicket, key: str, state: KeyedState[NoticeCell]) -> Iterator[Disruption]:
        """Where a rest was set since the ticket opened, whoever was told here is left to `NoticeRest` from now on."""
        known = state.peek(key)
        if known is not None and not (known.rests or known.resolved) and REST.of(self._catalogue, event.domain) > 0:
            cell = state.of(key)
            cell.rests = True
            yield from _impacts(event, cell, KNOWN, cell.told)

    def _disrupted(self, event: TroubleTicket, cell: NoticeCell) -> Iterator[Notification | Disruption]:
        if cell.resolved:
            cell.round, cell.resolved, cell.told, cell.left = cell.round + 1, False, [], []
            cell.rests = cell.rests or REST.of(self._catalogue, event.domain) > 0
        known = set(cell.told)
        room = MOST_CUSTOMERS - len(known)
        new = [c for c in event.affected_customers if c not in known][:room]
        cell.told += new
        if cell.rests:
            yield from _touched(event, cell, new)
            return
        for customer in new:
            yield disruption(_to(customer, event), cell.round, event.opened_at, event.changed_at)


def _touched(event: TroubleTicket, cell: NoticeCell, new: Sequence[str]) -> Iterator[Disruption]:
    """Whom the ticket names now and did not before, and the other way round."""
    named, left = set(event.affected_customers), set(cell.left)
    back = [c for c in cell.left if c in named]
    gone = [c for c in cell.told if c not in named and c not in left]
    cell.left = [c for c in cell.left if c not in named] + gone
    yield from _impacts(event, cell, LEFT, gone)
    yield from _impacts(event, cell, LASTS, [*back, *new])


def _resolved(event: TroubleTicket, cell: NoticeCell) -> Iterator[Notification | Disruption]:
    if cell.resolved:
        return
    cell.resolved = True
    if cell.rests:
        yield from _impacts(event, cell, RESOLVED, cell.told)
        return
    for customer in cell.told:
        yield resolution(_to(customer, event), cell.round, event.opened_at, event.changed_at, event.changed_at)


def _gone(event: TroubleTicket, cell: NoticeCell | None) -> Iterator[Disruption]:
    """A ticket that ends without having been resolved leaves its matters to whatever goes on."""
    if cell is not None and cell.rests and not cell.resolved:
        yield from _impacts(event, cell, ABSORBED, cell.told)


def _impacts(event: TroubleTicket, cell: NoticeCell, state: str, customers: Iterable[str]) -> Iterator[Disruption]:
    for c in customers:
        yield Disruption(
            event.domain, c, event.ticket_id, cell.round, state, event.opened_at, event.changed_at, event.trace
        )


def _to(customer: str, event: TroubleTicket) -> Recipient:
    return Recipient(customer, event.ticket_id, event.trace)
