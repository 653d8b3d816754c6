"""What one customer has been told of the disruptions of a domain, what has been held back, and what is said next."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from streams.operators.desk.notice_words import Recipient, disruption, resolution
from telassure.kernel.events import Notification
from telassure.kernel.instant import MINUTE, Duration, Instant

HANDOVER: Final[Duration] = 5 * MINUTE
"""How long the ticket that absorbed another has to name the other's customers."""

LASTS: Final = "lasts"
KNOWN: Final = "known"
RESOLVED: Final = "resolved"
ABSORBED: Final = "absorbed"
LEFT: Final = "left"


@dataclass(frozen=True, slots=True)
class Disruption:
    """What a ticket is to one customer from `time` on: it LASTS, is KNOWN to last since before the rest was set, is
    RESOLVED, is ABSORBED by another ticket, which goes on for it, or has LEFT the customer and goes on for others.
    `round` counts how often it has opened."""

    domain: str
    customer: str
    ticket_id: str
    round: int
    state: str
    opened_at: Instant
    time: Instant
    trace: str = ""


@dataclass(slots=True)
class Matter:
    """A ticket that the customer was told of and not of its end, in any state; or, not told, one that lasts."""

    round: int
    opened_at: Instant
    changed_at: Instant
    trace: str
    told: bool = False
    state: str = LASTS


@dataclass(slots=True)
class RestCell:
    """One customer of one domain: when they were last told of a disruption, and the tickets that are not over for them
    in the order in which they came."""

    told_at: Instant | None = None
    matters: dict[str, Matter] = field(default_factory=dict)

    def of(self, told: bool, state: str) -> list[str]:
        """The tickets of which the customer was told, or not, and which are in this state."""
        return [ticket for ticket, each in self.matters.items() if each.told is told and each.state == state]


class Moment(NamedTuple):
    """To whom something may be said, when, and how long a rest is."""

    customer: str
    now: Instant
    rest: Duration

    def rests(self, cell: RestCell) -> bool:
        return cell.told_at is not None and self.now < cell.told_at + self.rest


def take(cell: RestCell, event: Disruption) -> bool:
    """Note what a ticket has become; whether that is a disruption of which the customer does not know."""
    matter = cell.matters.get(event.ticket_id)
    if event.state in (LASTS, KNOWN):
        if matter is None:
            told = event.state == KNOWN
            cell.matters[event.ticket_id] = Matter(event.round, event.opened_at, event.time, event.trace, told)
            return not told
        returns = matter.state != LASTS  # its end was not told yet: for the customer it never was
        matter.state = LASTS
        return returns
    if matter is not None and not matter.told:
        del cell.matters[event.ticket_id]
    elif matter is not None and event.state != LEFT:
        matter.state, matter.changed_at, matter.trace = event.state, event.time, event.trace
    return False


def speak(cell: RestCell, moment: Moment) -> Iterator[Notification]:
    """Everything that may be said now. What is over is said before what begins."""
    if not (moment.rests(cell) and cell.of(told=False, state=LASTS)):
        for ticket in cell.of(told=True, state=RESOLVED):
            yield _end(cell, ticket, moment)
    for ticket in cell.of(told=False, state=LASTS):
        if moment.rests(cell):
            break
        cell.told_at = moment.now
        matter = cell.matters[ticket]
        matter.told = True
        yield disruption(Recipient(moment.customer, ticket, matter.trace), matter.round, matter.opened_at, moment.now)
    yield from _hand_over(cell, moment)


def next_word(cell: RestCell, moment: Moment) -> Instant | None:
    """When there may be something to say, or nothing more to remember; None where only an event can change that."""
    if cell.told_at is not None and (not cell.matters or cell.of(told=False, state=LASTS)):
        return cell.told_at + moment.rest
    waiting = [cell.matters[ticket].changed_at + HANDOVER for ticket in cell.of(told=True, state=ABSORBED)]
    return min(waiting, default=None)


def _hand_over(cell: RestCell, moment: Moment) -> Iterator[Notification]:
    """Of an absorbed ticket another that the customer knows of says the end; if none does in time, it is said."""
    known = cell.of(told=True, state=LASTS)
    for ticket in cell.of(told=True, state=ABSORBED):
        if known:
            del cell.matters[ticket]
        elif not cell.of(told=False, state=LASTS) and cell.matters[ticket].changed_at + HANDOVER <= moment.now:
            cell.matters[ticket].changed_at = moment.now
            yield _end(cell, ticket, moment)


def _end(cell: RestCell, ticket: str, moment: Moment) -> Notification:
    matter = cell.matters.pop(ticket)
    to = Recipient(moment.customer, ticket, matter.trace)
    return resolution(to, matter.round, matter.opened_at, matter.changed_at, moment.now)
