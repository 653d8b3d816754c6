"""Refusals: what an operator cannot take, as the dead letter that says why."""

from dataclasses import fields, replace
from typing import Any

from telassure.kernel.codec import encode
from telassure.kernel.events import DeadLetter, Measurements, UsageRecords
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import Instant, iso


def refused(operator: str, event: Any, reason: str, place: str) -> DeadLetter:
    """The event, or an envelope of nothing but the refused rows, whole, with the reason and the place it was found at.

    The id derives from the operator and the bytes: the same input refused again is the same letter, in whatever
    envelope it comes, and so is a replay of the letter. Its `kind` is set, so that it may be replayed (`for_good` takes
    that away). An event names itself by its first field, a row by its record or its series and time.
    """
    kind, payload = encode(event)
    at = _time(event)
    return DeadLetter(
        letter_id=derive_id(operator, payload.hex()),
        source=event.feed,
        position=_position(event, at),
        operator=operator,
        place=place,
        reason=reason,
        payload=payload,
        time=at,
        kind=kind,
    )


def for_good(letter: DeadLetter) -> DeadLetter:
    """The same letter, kept and shown but never put in again: what came before has remembered its input, or made it."""
    return replace(letter, kind="")


def series_of(points: Measurements, row: int) -> str:
    """The series of a row, as a person reads it."""
    return f"{points.objects[points.measured_object[row]]} {points.names[points.measurement[row]]}"


def _time(event: Any) -> Instant:
    return int(event.time[0]) if isinstance(event, Measurements | UsageRecords) else int(event.time)


def _position(event: Any, at: Instant) -> str:
    if isinstance(event, Measurements):
        return f"{event.domain} {iso(at)} {series_of(event, 0)}"
    if isinstance(event, UsageRecords):
        return event.record_id[0]
    return str(getattr(event, fields(event)[0].name))
