"""One alarm identity's state: its present activation, what has been seen of it, and how notifications change it."""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from streams.cells import CellCodec, unpacked
from telassure.kernel.events import Alarm, AlarmNotification
from telassure.kernel.events.alarm import BY_SEVERITY
from telassure.kernel.instant import Instant, in_utc

SEEN: Final = 32  # fingerprints, two a notification

NEVER: Final = -(1 << 62)


@dataclass(slots=True)
class AlarmCell:
    """`occurrences` 0: never raised, only a clear is remembered (`orphan_clear`). Times in microseconds UTC.

    `first_raise` is the time of the raise that arrived first: it makes the id, and stays when an earlier one arrives
    late.
    `newest_raise` decides severity and text, and which clears are too old. `seen` holds the fingerprints of the newest
    notifications. `trace` is that of the raise that made the activation. `acted_at` is when it was acknowledged, or
    that was taken back, last. `stated_at` is what an element whose clock was ahead said of the newest raise.
    """

    identity: str = ""
    domain: str = ""
    feed: str = ""
    managed_object: str = ""
    event_type: str = ""
    probable_cause: str = ""
    specific_problem: str = ""
    severity: int = 0
    active: bool = False
    first_raise: Instant = 0
    raised_at: Instant = 0
    newest_raise: Instant = NEVER
    changed_at: Instant = 0
    known_end: Instant | None = None
    cleared_at: Instant | None = None
    clear_reason: str = ""
    occurrences: int = 0
    reraised_while_known: int = 0
    acknowledged: bool = False
    acted_at: Instant = NEVER
    text: str = ""
    orphan_clear: Instant | None = None
    seen: list[bytes] = field(default_factory=list)
    trace: str = ""
    ack_user: str = ""
    stated_at: Instant | None = None

    @property
    def alarm_id(self) -> str:
        return f"{self.identity}-{self.first_raise:x}"

    def expiry(self, age_out: int) -> Instant:
        """When the activation ends if nothing more is heard: at its known end, or of age after its newest raise."""
        if self.known_end is not None and self.known_end >= self.newest_raise:
            return self.known_end
        return self.newest_raise + age_out

    def reraise(self, event: AlarmNotification) -> None:
        """One more raise of this activation, perhaps a late one."""
        self.occurrences += 1
        if self.known_end is not None and event.time <= self.known_end:
            self.reraised_while_known += 1
        self.raised_at = min(self.raised_at, event.time)
        self._learn(event)

    def activate(self, identity: str, event: AlarmNotification) -> None:
        """A new activation begins with this raise."""
        self.identity, self.domain, self.feed = identity, event.domain, event.feed
        self.managed_object, self.event_type = event.managed_object, event.event_type
        self.probable_cause, self.specific_problem = event.probable_cause, event.specific_problem
        self.active = True
        self.first_raise = self.raised_at = self.changed_at = event.time
        self.newest_raise = NEVER
        self.known_end = self.cleared_at = None
        self.clear_reason = ""
        self.occurrences, self.reraised_while_known = 1, 0
        self.acknowledged, self.acted_at, self.ack_user = False, NEVER, ""
        self.trace = event.trace
        self._learn(event)

    def reactivate(self) -> None:
        """A late raise shows that the alarm had not ended when its time seemed to be up."""
        self.active = True
        self.cleared_at = None
        self.clear_reason = ""

    def clear(self, at: Instant, reason: str) -> None:
        self.active = False
        self.cleared_at = at
        self.clear_reason = reason
        self.changed_at = max(self.changed_at, at)

    def acknowledge(self, user: str, at: Instant, acknowledged: bool) -> str:
        """Acknowledge it, or take that back; "", or why not: of two such commands the one given later holds."""
        if at < self.acted_at:
            return f"another command, given later, at {in_utc(self.acted_at)}, was here first"
        self.acknowledged, self.acted_at, self.ack_user = acknowledged, at, user
        return ""

    def notice(self, event: AlarmNotification) -> str:
        """ "new", "repeated" (the same content and time), or "conflict" (the same id with other content)."""
        content, named = fingerprints(event)
        if content in self.seen:
            return "repeated"
        if event.notification_id and named in self.seen:
            return "conflict"
        self.seen += (content, named)
        del self.seen[:-SEEN]
        return "new"

    def alarm(self) -> Alarm:
        return Alarm(
            self.alarm_id,
            self.domain,
            self.feed,
            self.managed_object,
            self.event_type,
            self.probable_cause,
            self.specific_problem,
            BY_SEVERITY[self.severity],
            "active" if self.active else "cleared",
            self.raised_at,
            self.changed_at,
            self.cleared_at,
            self.clear_reason,
            self.occurrences,
            self.reraised_while_known,
            "acknowledged" if self.acknowledged else "unacknowledged",
            self.text,
            self.ack_user,
            self.acted_at if self.acknowledged else None,
            self.stated_at,
            self.trace,
        )

    def _learn(self, event: AlarmNotification) -> None:
        if event.time >= self.newest_raise:
            self.newest_raise = event.time
            self.severity = int(event.perceived_severity)
            self.text, self.stated_at = event.text, event.stated_time
        self.changed_at = max(self.changed_at, event.time)
        if event.ends_at is not None and event.ends_at > event.time:
            self.known_end = event.ends_at if self.known_end is None else max(self.known_end, event.ends_at)


ALARM_CELL: Final = CellCodec(AlarmCell)
_PLACES: Final = (
    *("identity", "domain", "feed", "managed_object", "event_type", "probable_cause", "specific_problem", "severity"),
    *("active", "first_raise", "raised_at", "newest_raise", "changed_at", "known_end", "cleared_at", "clear_reason"),
    *("occurrences", "reraised_while_known", "acknowledged", "acted_at", "text", "orphan_clear", "seen", "trace"),
)  # of version 1, whose cells were tuples; the last was left out where it was empty
_CONTENT: Final = blake2b(digest_size=8)
_NAMED: Final = blake2b(digest_size=8, person=b"id")


def load_alarm_cell(blob: bytes, version: int) -> AlarmCell:
    """A cell of this version, or of the one before, by place."""
    if version > 1:
        return ALARM_CELL.unpack(blob)
    cell = AlarmCell(**dict(zip(_PLACES, unpacked(blob), strict=False)))
    cell.seen = list(cell.seen)
    return cell


def fingerprints(event: AlarmNotification) -> tuple[bytes, bytes]:
    """Eight bytes each of the content with its time, and of the notification's id."""
    content, named = _CONTENT.copy(), _NAMED.copy()
    at = event.time if event.stated_time is None else event.stated_time
    content.update(f"{at}\x1f{int(event.perceived_severity)}\x1f{event.ends_at}\x1f{event.text}".encode())
    named.update(event.notification_id.encode())
    return content.digest(), named.digest()
