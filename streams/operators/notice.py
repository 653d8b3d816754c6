"""Tells affected customers that a ticket has opened, and that it is resolved (TMF681)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgpack

from streams.catalogue import Catalogue
from streams.operator import KeyedState, cell_key
from telassure.errors import UnknownSchema
from telassure.events import Notification, TroubleTicket
from telassure.identity import derive_id
from telassure.instant import Duration, Instant, iso

MOST_CUSTOMERS: Final = 500


@dataclass(slots=True)
class NoticeCell:
    """Who has been told of a ticket's present disruption. `round` counts how often it has opened."""

    round: int = 0
    resolved: bool = True
    told: list[str] = field(default_factory=list)


class Notice:
    """One cell per open ticket: each affected customer hears of a disruption once, also when affected later, and at its
    resolution once more. At most 500 customers per ticket; who is told is decided by the order of customer ids. The
    text names the ticket and times only: no subscriber, no network element. A cancelled ticket says nothing, since the
    one that absorbed it goes on.
    """

    name = "notice"
    state_version = 1
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
    ) -> Iterable[Notification]:
        for event in batch:
            key = self.key(event)
            if event.state in ("closed", "cancelled"):
                state.forget(key)
            elif event.state == "resolved":
                yield from self._resolved(event, state.of(key))
            else:
                yield from self._disrupted(event, state.of(key))

    def dump(self, cell: NoticeCell) -> bytes:
        packed: bytes = msgpack.packb((cell.round, cell.resolved, cell.told))
        return packed

    def load(self, blob: bytes, version: int) -> NoticeCell:
        if version != self.state_version:
            raise UnknownSchema(f"{self.name}: cells of version {version} cannot be read; replay the log")
        return NoticeCell(*msgpack.unpackb(blob))

    def _disrupted(self, event: TroubleTicket, cell: NoticeCell) -> Iterator[Notification]:
        if cell.resolved:
            cell.round, cell.resolved, cell.told = cell.round + 1, False, []
        known = set(cell.told)
        room = MOST_CUSTOMERS - len(known)
        for customer in [c for c in event.affected_customers if c not in known][:room]:
            cell.told.append(customer)
            body = (
                f"Since {iso(event.opened_at)} a disruption may affect your services. We are working on it. "
                f"Reference: {event.ticket_id}."
            )
            yield _to(customer, event, f"disruption {cell.round}", "Your services may be disrupted", body)

    def _resolved(self, event: TroubleTicket, cell: NoticeCell) -> Iterator[Notification]:
        if cell.resolved:
            return
        cell.resolved = True
        for customer in cell.told:
            body = (
                f"The disruption reported at {iso(event.opened_at)} was resolved at {iso(event.changed_at)}. "
                f"Reference: {event.ticket_id}."
            )
            yield _to(customer, event, f"resolution {cell.round}", "Your services are restored", body)


def _to(customer: str, event: TroubleTicket, cause: str, subject: str, body: str) -> Notification:
    notice = derive_id("notice", event.ticket_id, customer, cause)
    return Notification(notice, event.ticket_id, customer, subject, body, event.changed_at, event.trace)
