"""What waits for one receiver: of each incident in order, and one that fails holds up its own incident alone."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from telassure.kernel.events import Notification
from telassure.kernel.ports import OutboxRow

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
TRIALS: Final = 12
"""A notice that failed so often while the receiver took others is refused in the receiver's name."""


@dataclass(slots=True)
class QueuedNotice:
    """A row of the outbox and what became of it so far. `place` is the topology whose outbox it is in."""

    place: str
    row: OutboxRow
    notice: Notification
    trials: int = 0
    not_before: float = 0.0
    under_way: bool = False
    taken_then: int = 0  # how many the receiver had taken when it failed last

    @property
    def key(self) -> tuple[str, str]:
        return self.place, self.row.outbox_id


@dataclass(slots=True)
class NoticeQueue:
    """The notices of one receiver that this process has read and not yet seen off, by ticket. Those of a ticket that
    were written at the same time may leave side by side; later ones wait for all of them."""

    taken: int = 0
    _by_ticket: dict[tuple[str, str], list[QueuedNotice]] = field(default_factory=dict)
    _known: set[tuple[str, str]] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self._known)

    def add(self, several: Iterable[QueuedNotice]) -> None:
        """In the order of the outbox; what is queued already stays as it is."""
        for each in several:
            if each.key not in self._known:
                self._known.add(each.key)
                self._by_ticket.setdefault((each.place, each.notice.ticket_id), []).append(each)

    def ready(self, now: float, most: int) -> list[QueuedNotice]:
        """At most so many that may be tried now; they are under way from here on."""
        found: list[QueuedNotice] = []
        for several in self._by_ticket.values():
            for each in several:
                if len(found) >= most:
                    return found
                if each.notice.time != several[0].notice.time:
                    break
                if not each.under_way and each.not_before <= now:
                    each.under_way = True
                    found.append(each)
        return found

    def done(self, each: QueuedNotice) -> None:
        """The receiver has had it, or refused it."""
        place = (each.place, each.notice.ticket_id)
        several = self._by_ticket[place]
        several.remove(each)
        if not several:
            del self._by_ticket[place]
        self._known.discard(each.key)
        self.taken += 1

    def postponed(self, each: QueuedNotice, now: float) -> bool:
        """It waits, longer each time; True where it has failed too often while others were taken."""
        alone = self.taken == each.taken_then
        each.trials += 0 if alone and each.trials else 1
        each.under_way, each.taken_then = False, self.taken
        each.not_before = now + min(FIRST_PAUSE * 2 ** (each.trials - 1), LONGEST_PAUSE)
        return each.trials >= TRIALS
