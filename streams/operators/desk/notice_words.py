"""What a customer is told of a disruption (TMF681): times and a reference, no subscriber and no network element."""

from typing import NamedTuple

from telassure.kernel.events import Notification
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import SECOND, Instant, iso


class Recipient(NamedTuple):
    """Who is told of which ticket, under which trace."""

    customer: str
    ticket_id: str
    trace: str


def disruption(to: Recipient, number: int, opened_at: Instant, at: Instant) -> Notification:
    """That a ticket affects the customer; `number` counts how often it has opened."""
    body = (
        f"Since {_said(opened_at)} a disruption may affect your services. We are working on it. "
        f"Reference: {to.ticket_id}."
    )
    return _notice(to, f"disruption {number}", ("Your services may be disrupted", body), at)


def resolution(to: Recipient, number: int, opened_at: Instant, ended_at: Instant, at: Instant) -> Notification:
    """That the disruption of this number is over."""
    body = (
        f"The disruption reported at {_said(opened_at)} was resolved at {_said(ended_at)}. Reference: {to.ticket_id}."
    )
    return _notice(to, f"resolution {number}", ("Your services are restored", body), at)


def _said(at: Instant) -> str:
    """To the second, in UTC."""
    return iso(at // SECOND * SECOND)


def _notice(to: Recipient, cause: str, words: tuple[str, str], at: Instant) -> Notification:
    notice = derive_id("notice", to.ticket_id, to.customer, cause)
    return Notification(notice, to.ticket_id, to.customer, *words, at, to.trace)
