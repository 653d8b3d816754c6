"""The owners of a partition: each partition key with its clocks per feed and the timers of its cells."""

from heapq import heapify, heappop, heappush
from typing import Final

from telassure.kernel.feeds import RECORDED
from telassure.kernel.instant import DAY, SECOND, Duration, Instant

NEVER: Final[Instant] = -(1 << 62)
FOREVER: Final[Instant] = 1 << 62
IDLE: Final[Duration] = 60 * DAY
"""An owner without timers whose newest event is this far behind a tick loses its clock (not its cells)."""

FEEDS: Final = 256
"""Of so many feeds an owner keeps the newest time; of more, those heard latest. A feed dropped judges nothing late."""
FEW: Final = 16
"""From so many feeds on, one that is `IDLE` behind its owner's clock is dropped when a new name comes."""
AHEAD: Final[Duration] = 60 * SECOND
"""How far past the last tick an event of a live feed moves a clock: an element whose own clock is fast makes neither
its neighbours late nor their timers fall due. The ticks are in the log, so a replay judges the same."""

Timer = tuple[Instant, int, str]  # (instant, operator index, cell key)


class Owner:
    """One partition key. `high` is its own clock; ticks push it on where a live feed has touched it.

    `applied` is the offset through which its cells are durable. `new` says that no cell of it can be in the store.
    """

    __slots__ = ("applied", "count", "counts", "heap", "high", "live", "name", "new", "newest", "registered", "segment")

    def __init__(self, name: str) -> None:
        self.name = name
        self.newest: dict[str, Instant] = {}
        self.high: Instant = NEVER
        self.live = False
        self.heap: list[Timer] = []
        self.count = 0
        self.registered: Instant = FOREVER
        self.applied = 0
        self.new = True
        self.segment = -1
        self.counts: dict[str, int] = {}


class Owners:
    """All owners of a partition, the timers of their cells, and the tick that pushes the live ones.

    Timers are a heap per owner with stale entries left in until they surface; `wakes` holds what is true. Ticks find
    the owners that are due through one heap over the live ones, never by a sweep.
    """

    def __init__(self) -> None:
        self.by_name: dict[str, Owner] = {}
        self.wakes: dict[tuple[int, str], Instant] = {}
        self.tick: Instant = 0
        self.complete = True  # no clock was ever dropped: an unknown owner has no cells in the store
        self._live: list[tuple[Instant, str]] = []

    def clock(self, owner: Owner) -> Instant:
        """What the owner's timers are measured against."""
        return max(owner.high, self.tick) if owner.live else owner.high

    def touch(self, name: str, feed: str) -> Owner:
        """The owner of an event of this feed, made where it is new."""
        owner = self.by_name.get(name)
        if owner is None:
            owner = self.by_name[name] = Owner(name)
            owner.new = self.complete
        if not owner.live and not feed.startswith(RECORDED):
            owner.live = True
            self._register(owner)
        return owner

    def seen(self, owner: Owner, feed: str, time: Instant) -> None:
        """An event of a feed moves the owner's clocks; of a live one to at most `AHEAD` of the last tick, if any."""
        if time > self.tick + AHEAD and self.tick and not feed.startswith(RECORDED):
            time = self.tick + AHEAD
        known = owner.newest.get(feed)
        if known is None and len(owner.newest) >= FEW:
            self._drop_feeds(owner)
        if known is None or time > known:
            owner.newest[feed] = time
            owner.high = max(owner.high, time)

    def ahead(self, at: Instant) -> list[Owner]:
        """The owners that have a clock past this instant, by name."""
        found = [o for o in self.by_name.values() if o.high > at or any(time > at for time in o.newest.values())]
        return sorted(found, key=lambda owner: owner.name)

    def set_back(self, owner: Owner, at: Instant) -> None:
        """None of the owner's clocks is past this instant from here on; timers that have fired do not fire again."""
        owner.high = min(owner.high, at)
        owner.newest = {feed: min(time, at) for feed, time in owner.newest.items()}

    def _drop_feeds(self, owner: Owner) -> None:
        """Make room for one more feed name; what is dropped depends on the log alone, not on the order in memory."""
        horizon = self.clock(owner) - IDLE
        known = sorted((time, feed) for feed, time in owner.newest.items() if time >= horizon)
        owner.newest = {feed: time for time, feed in known[-(FEEDS - 1) :]}

    def known(self, name: str) -> Owner:
        """The owner of a stored cell, made where its clock is missing."""
        owner = self.by_name.get(name)
        if owner is None:
            owner = self.by_name[name] = Owner(name)
            owner.new = False
        return owner

    def wake(self, owner: Owner, operator: int, key: str, at: Instant | None) -> None:
        """Set or drop a cell's one timer."""
        known = self.wakes.get((operator, key))
        if at == known:
            return
        if at is None:
            del self.wakes[(operator, key)]
            owner.count -= 1
            return
        self.wakes[(operator, key)] = at
        owner.count += known is None
        heappush(owner.heap, (at, operator, key))
        if len(owner.heap) > 2 * owner.count + 32:
            self._prune(owner)
        if owner.live and at < owner.registered:
            owner.registered = at
            heappush(self._live, (at, owner.name))

    def _prune(self, owner: Owner) -> None:
        owner.heap = [timer for timer in set(owner.heap) if self.wakes.get(timer[1:]) == timer[0]]
        heapify(owner.heap)

    def next_timer(self, owner: Owner) -> Instant:
        """The owner's earliest timer, FOREVER where it has none."""
        heap = owner.heap
        while heap:
            at, operator, key = heap[0]
            if self.wakes.get((operator, key)) == at:
                return at
            heappop(heap)
        return FOREVER

    def due_through(self, owner: Owner, through: Instant) -> list[Timer]:
        """The owner's timers up to an instant, in order of (instant, operator, key); they stay set."""
        due: dict[Timer, None] = {}
        while owner.heap and owner.heap[0][0] <= through:
            timer = heappop(owner.heap)
            if self.wakes.get(timer[1:]) == timer[0]:
                due[timer] = None
        for timer in due:
            heappush(owner.heap, timer)
        return list(due)

    def due_by_tick(self, tick: Instant) -> list[Owner]:
        """Move the tick on; the live owners with a timer before it, by name."""
        self.tick = max(self.tick, tick)
        found = set()
        while self._live and self._live[0][0] < self.tick:
            at, name = heappop(self._live)
            owner = self.by_name.get(name)
            if owner is None or owner.registered != at:
                continue
            owner.registered = FOREVER
            if self.next_timer(owner) < self.tick:
                found.add(name)
            else:
                self._register(owner)
        return [self.by_name[name] for name in sorted(found)]

    def fired(self, owner: Owner) -> None:
        """The owner's due timers have fired: look for it again at its next one."""
        if owner.live:
            self._register(owner)

    def _register(self, owner: Owner) -> None:
        at = self.next_timer(owner)
        if at < owner.registered:
            owner.registered = at
            heappush(self._live, (at, owner.name))

    def idle(self, before: Instant) -> list[Owner]:
        """The owners whose clock may be dropped at this tick; looked for once a day of ticks."""
        if self.tick // DAY == before // DAY:
            return []
        horizon = self.tick - IDLE
        return [o for o in self.by_name.values() if o.live and o.high < horizon and self.next_timer(o) == FOREVER]
