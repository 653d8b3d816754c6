"""Alarms in the terms of X.733 and TMF642: what a network element says, and the list entry it becomes.

Here and in the other events, `trace` is the W3C traceparent of the request or file that raised it: always the last
field, carried beside the bytes of an event and not in them, and no part of what makes two of them equal.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from telassure.kernel.filling import filled_at_once
from telassure.kernel.instant import Instant
from telassure.kernel.kept import BusinessRecord, Kept
from telassure.kernel.rights import VIEW


class PerceivedSeverity(IntEnum):
    """X.733 section 8.1.2.3; greater is worse, so that max() is the severity of a group."""

    CLEARED = 0
    INDETERMINATE = 1
    WARNING = 2
    MINOR = 3
    MAJOR = 4
    CRITICAL = 5


BY_SEVERITY: Final = tuple(PerceivedSeverity)
"""The severity of each number: a look-up is a fifth of a call of the class."""


@filled_at_once
@dataclass(frozen=True, slots=True)
class AlarmNotification:
    """One alarm message from the network: raise, change, or clear (`perceived_severity` CLEARED).

    `ends_at` is set where the source already knows when the alarm ended (a recorded log): it clears then by itself.
    The alarm's identity is (managed_object, event_type, probable_cause, specific_problem). Where the element's clock
    was ahead, `time` is when the message came and `stated_time` what the element said.
    """

    notification_id: str
    domain: str
    feed: str
    managed_object: str
    event_type: str
    probable_cause: str
    specific_problem: str
    perceived_severity: PerceivedSeverity
    time: Instant
    ends_at: Instant | None = None
    text: str = ""
    stated_time: Instant | None = None
    trace: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class AlarmAction:
    """What an operator did to an alarm: acknowledge or unacknowledge (TMF642 ack_state), or clear by hand.

    It is what logs of earlier releases hold and what comes in as the kind "actions"; an `Act` says the same and more.
    """

    action_id: str
    domain: str
    alarm_id: str
    action: str  # "acknowledge", "unacknowledge", "clear"
    user: str
    time: Instant
    feed: str = "operators"


@filled_at_once
@dataclass(frozen=True, slots=True)
class Alarm(BusinessRecord):
    """The alarm list's entry. The id is the alarm's identity and when this activation was raised.

    `clear_reason` is "cleared" (the source said so), "ended" (its end was known), "aged_out" (policy) or "operator".
    `occurrences` counts the raises of this activation, `reraised_while_known` those before an end the source had given.
    `ack_user` acknowledged it at `acked_at`. `stated_at` is when its newest raise was by the element's own clock, where
    that was ahead of ours.
    """

    alarm_id: str
    domain: str
    feed: str
    managed_object: str
    event_type: str
    probable_cause: str
    specific_problem: str
    perceived_severity: PerceivedSeverity
    state: str  # "active" or "cleared"
    raised_at: Instant
    changed_at: Instant
    cleared_at: Instant | None
    clear_reason: str
    occurrences: int
    reraised_while_known: int
    ack_state: str  # "unacknowledged" or "acknowledged"
    text: str
    ack_user: str = ""
    acked_at: Instant | None = None
    stated_at: Instant | None = None
    trace: str = field(default="", compare=False)

    @property
    def time(self) -> Instant:
        return self.changed_at


ALARMS: Final = Kept(
    Alarm,
    "alarm",
    time="changed_at",
    order=("-perceived_severity", "-changed_at"),
    filters=("state", "domain", "feed", "managed_object", "perceived_severity", "ack_state", "changed_at"),
    indexes=(("state", "perceived_severity", "changed_at"),),
    closed=("cleared",),
    appended=("ack_user", "acked_at", "stated_at"),
    shown_to=(VIEW,),
)
