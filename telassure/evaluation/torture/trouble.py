"""What goes wrong, how often, and when it stops: dice that a seed throws, and a record of what was thrown."""

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Final

from telassure.evaluation.torture.timeline import Timeline, chance
from telassure.kernel.instant import SECOND, Instant, iso

_REMEMBERED: Final = 40


class Trouble(StrEnum):
    """The kinds of what goes wrong."""

    CRASH_BEFORE = "crash_before_a_call"
    CRASH_AFTER = "crash_after_a_call"
    KILL = "kill_between_calls"
    REFUSED = "call_refused"
    UNANSWERED = "done_but_answer_lost"
    UNKNOWN = "unknown_error"
    TORN = "torn_write"
    SLOW = "slow_call"
    SECOND_OWNER = "second_owner"
    CUT = "network_partition"
    DISK_FULL = "disk_full"
    CLOCK_JUMP = "clock_jump"
    CLOCK_STOPPED = "clock_stopped"
    SENT_TWICE = "request_sent_twice"
    REQUEST_LOST = "request_lost"
    RECEIVER_DOWN = "receiver_down"
    RECEIVER_MUTE = "receiver_took_it_and_did_not_answer"
    RECEIVER_SLOW = "receiver_slow"


AT_A_CALL: Final = (
    Trouble.CRASH_BEFORE,
    Trouble.CRASH_AFTER,
    Trouble.REFUSED,
    Trouble.UNANSWERED,
    Trouble.UNKNOWN,
    Trouble.TORN,
    Trouble.SLOW,
    Trouble.SECOND_OWNER,
)
_BY_THE_HOUR: Final = {
    Trouble.KILL: 12.0,
    Trouble.CUT: 8.0,
    Trouble.DISK_FULL: 4.0,
    Trouble.CLOCK_JUMP: 1.0,
    Trouble.CLOCK_STOPPED: 0.5,
}


@dataclass(frozen=True, slots=True)
class Temper:
    """How one seed's world is: `kinds` of trouble happen, at a call with probability `rate`, between calls `weight`
    times as often as usual. Most seeds leave most kinds out, since troubles hide one another."""

    kinds: frozenset[Trouble]
    rate: float
    weight: float

    @classmethod
    def of(cls, seed: int) -> "Temper":
        dice = chance(seed, "temper")
        share = dice.choice((0.25, 0.5, 1.0))
        kinds = frozenset(kind for kind in Trouble if dice.random() < share)
        return cls(kinds or frozenset(Trouble), 10 ** dice.uniform(-3.3, -1.7), dice.choice((0.5, 1.0, 3.0)))


@dataclass(slots=True)
class Troubles:
    """The dice. `most` bounds how many troubles happen at all: with fewer of them a seed is the same up to there."""

    timeline: Timeline
    dice: Random
    temper: Temper
    most: int
    counts: Counter[str] = field(default_factory=Counter)
    history: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    over: bool = False
    _cuts: dict[tuple[str, str], Instant] = field(default_factory=dict)
    _full: dict[str, Instant] = field(default_factory=dict)

    def happens(self, kind: Trouble, where: str) -> bool:
        """Note one, where it may happen."""
        if self.over or kind not in self.temper.kinds or self.counts.total() >= self.most:
            return False
        self.counts[kind] += 1
        self.tell(f"{kind} at {where}")
        return True

    def tell(self, text: str) -> None:
        """Keep for whoever reads what came before a violation."""
        self.history.append(f"{iso(self.timeline.now)} {text}")

    def at_call(self, kinds: tuple[Trouble, ...], where: str) -> Trouble | None:
        """What happens at a call at which any of these may."""
        if self.dice.random() >= self.temper.rate:
            return None
        kind = self.dice.choice(kinds)
        return kind if self.happens(kind, where) else None

    def throws(self, kind: Trouble, where: str, often: float) -> bool:
        """Does it happen here, with this probability?"""
        return self.dice.random() < often and self.happens(kind, where)

    def until_next(self, kind: Trouble) -> float:
        """Seconds until the next of what happens between calls."""
        return self.dice.expovariate(_BY_THE_HOUR[kind] * self.temper.weight / 3600)

    # --- what lasts --------------------------------------------------------------------------------------------------

    def cut(self, who: str, store: str, seconds: float) -> None:
        """Nothing passes between these for so long."""
        self._cuts[who, store] = self.timeline.now + round(seconds * SECOND)

    def fill(self, store: str, seconds: float) -> None:
        """A store takes no write for so long."""
        self._full[store] = self.timeline.now + round(seconds * SECOND)

    def passes(self, who: str, store: str, writes: bool) -> str:
        """Why nothing passes now, "" where it does."""
        if self.over:
            return ""
        if self._cuts.get((who, store), 0) > self.timeline.now:
            return f"{store} is not to be reached"
        return f"the disk of {store} is full" if writes and self._full.get(store, 0) > self.timeline.now else ""
