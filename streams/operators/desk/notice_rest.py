"""How often a customer is told of disruptions: a rest after each such notice limits the notices, never the record."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from streams.catalogue import Catalogue
from streams.cells import CellCodec, unpacked
from streams.operator import KeyedState, cell_key, owner
from streams.operators.desk.notice_matter import (
    KNOWN,
    LASTS,
    Disruption,
    Matter,
    Moment,
    RestCell,
    next_word,
    speak,
    take,
)
from streams.operators.desk.policies import REST
from telassure.kernel.events import Notification
from telassure.kernel.events.outcome import NoticeHeld
from telassure.kernel.instant import Duration, Instant

_CELL: Final = CellCodec(RestCell)


class NoticeRest:
    """One cell per customer of a domain who rests, or for whom a ticket is not over. The rest is a policy, by domain.

    Laws: between two disruptions that a customer is told of lies a rest. One that is held back is told once the rest is
    over, if it still lasts then: one a rest, the longest held first. Whoever was told of a disruption is told of its
    end: at once, but while others are held back not before these are over, or the rest is. A ticket that another has
    absorbed ends with what goes on; where nothing does, five minutes later.
    """

    name = "notice_rest"
    state_version = 2
    reads: tuple[int, ...] = (1, 2)
    accepts: tuple[type, ...] = (Disruption,)
    shortest_timer: Duration | None = 0  # the rest is a policy

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def key(self, event: Disruption) -> str:
        return cell_key(event.domain, event.customer)

    def fresh(self) -> RestCell:
        return RestCell()

    def step(
        self, batch: Sequence[Disruption], state: KeyedState[RestCell], watermark: Instant
    ) -> Iterable[Notification | NoticeHeld]:
        for event in batch:
            yield from self._take(event, state)
        for key, cell in state.due(watermark):
            domain = owner(key)
            moment = Moment(key[len(cell_key(domain, "")) :], watermark, REST.of(self._catalogue, domain))
            yield from self._speak(key, cell, state, moment)

    def dump(self, cell: RestCell) -> bytes:
        return _CELL.pack(cell)

    def load(self, blob: bytes, version: int) -> RestCell:
        if version > 1:
            return _CELL.unpack(blob)
        told_at, matters = unpacked(blob)  # version 1, by place
        return RestCell(told_at, {ticket: Matter(*values) for ticket, values in matters.items()})

    def _take(self, event: Disruption, state: KeyedState[RestCell]) -> Iterator[Notification | NoticeHeld]:
        key = self.key(event)
        if event.state not in (LASTS, KNOWN) and state.peek(key) is None:
            return
        cell = state.of(key)
        begins = take(cell, event)
        said = list(
            self._speak(key, cell, state, Moment(event.customer, event.time, REST.of(self._catalogue, event.domain)))
        )
        yield from said
        if begins and not any(notice.ticket_id == event.ticket_id for notice in said):
            yield NoticeHeld(event.ticket_id, event.customer, event.time)

    def _speak(self, key: str, cell: RestCell, state: KeyedState[RestCell], moment: Moment) -> Iterator[Notification]:
        yield from speak(cell, moment)
        if cell.matters or moment.rests(cell):
            state.wake(key, next_word(cell, moment))
        else:
            state.forget(key)
