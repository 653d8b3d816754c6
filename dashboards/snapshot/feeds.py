"""How old each feed may be, and what state of the whole system follows from that."""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from dashboards.snapshot.views import FeedAge, OwnProcesses, SystemState
from telassure.kernel.feeds import RECORDED
from telassure.kernel.instant import DAY, HOUR, MINUTE, Duration, Instant, to_datetime

_DEMO: Final = "demo-"
_ONE_OFF: Final = frozenset({"files", "http", "operators"})  # feeds of those who name none: nobody waits for them
_LIMITS: Final[tuple[tuple[tuple[str, ...], Duration], ...]] = (
    (("bill",), 36 * HOUR),
    (("switch", "count"), 3 * HOUR),
    (("pm", "kpi", "perf"), 45 * MINUTE),
    (("cdr", "usage"), 15 * MINUTE),
)
_BY_EVENT: Final = ("fm", "alarm", "snmp", "trap", "operator", "recharge", "inventory", "catalogue")
_ORDINARY: Final = 5 * MINUTE
WELL: Final = OwnProcesses()
_SHORTEST: Final = MINUTE
_REMEMBERED: Final = 8
_STEADY: Final = 3
_ADVANCING: Final = 15 * 1_000_000


class FeedWatch:
    """Judges feeds from one look to the next.

    The silence allowed is that of the feed's kind, told by its name (a bill feed speaks daily, a 15-minute PM feed
    three times in 45 minutes), until the feed has been seen to advance three times while up to date: then three times
    the longest of its last pauses, a minute at least. `said` is what the settings say of a feed: "expected", "seen" or
    "retired". Only an expected one is stale beyond its silence: by the settings, by its kind, or because it has kept a
    rhythm. Others are "quiet": feeds that speak only when something happens (alarms, actions), and those of senders who
    name none. A feed that is behind but was seen to advance within 15 s is "catching up". Recordings ("replay:") have
    no age; one that was seen to advance within 15 s is "taking in".
    """

    def __init__(self, said: Mapping[str, str] | None = None) -> None:
        self.said = said or {}
        self._newest: dict[str, Instant] = {}
        self._moved: dict[str, Instant] = {}
        self._pauses: dict[str, deque[Duration]] = {}
        self._looked: Instant = 0
        self._watching = False

    def look(self, newest: Mapping[str, Instant], now: Instant) -> tuple[FeedAge, ...]:
        """Live feeds first, the one that needs attention on top."""
        # What moved since a look of long ago may have come to rest long ago too.
        self._watching, self._looked = now - self._looked <= _ADVANCING, now
        ages = [self._age(name, at, now) for name, at in newest.items() if self.said.get(name) != "retired"]
        order = ("stale", "catching up", "taking in", "live", "quiet", "recording")
        return tuple(sorted(ages, key=lambda feed: (order.index(feed.state), feed.name)))

    def _age(self, name: str, at: Instant, now: Instant) -> FeedAge:
        before = self._newest.get(name)
        self._newest[name] = at
        if before is not None and at > before and self._watching:
            self._moved[name] = now
            if now - at <= usual_limit(name):
                self._pauses.setdefault(name, deque(maxlen=_REMEMBERED)).append(at - before)
        if name.startswith(RECORDED):
            return FeedAge(name, at, "taking in" if self._advancing(name, now) else "recording", 0)
        limit = self._limit(name)
        return FeedAge(name, at, self._state(name, now - at, limit, now), limit)

    def _limit(self, name: str) -> Duration:
        pauses = self._pauses.get(name, ())
        return max(_SHORTEST, 3 * max(pauses)) if len(pauses) >= _STEADY else usual_limit(name)

    def _state(self, name: str, age: Duration, limit: Duration, now: Instant) -> str:
        if age <= limit:
            return "live"
        if self._advancing(name, now):
            return "catching up"
        return "stale" if self._expected(name) else "quiet"

    def _expected(self, name: str) -> bool:
        """Somebody waits for it: the settings say so, or it has kept a rhythm, or is of a kind that does."""
        said = self.said.get(name, "")
        if said:
            return said == "expected"
        return not by_event(name) and (len(self._pauses.get(name, ())) >= _STEADY or usual_limit(name) != _ORDINARY)

    def _advancing(self, name: str, now: Instant) -> bool:
        return now - self._moved.get(name, now - DAY) <= _ADVANCING


def by_event(name: str) -> bool:
    """Does this feed speak only when something happens?"""
    return name in _ONE_OFF or any(word in name.lower() for word in _BY_EVENT)


def usual_limit(name: str) -> Duration:
    """The silence that is usual for a feed of this name.

    >>> usual_limit("demo-billing") == 36 * HOUR
    True
    """
    found = (limit for words, limit in _LIMITS if any(word in name.lower() for word in words))
    return next(found, _ORDINARY)


def system_state(feeds: tuple[FeedAge, ...], ours: OwnProcesses = WELL) -> SystemState:
    """The worst that is true of our own processes, else of the feeds together; a demo's own feeds wait while it takes
    in its history."""
    newest = max((feed.newest for feed in feeds), default=None)
    if ours.ill:
        return SystemState("down", ours.ill[0] + (f", and {len(ours.ill) - 1} more" if ours.ill[1:] else ""), newest)
    found = _of_feeds(feeds, newest)
    return replace(found, words="; ".join((found.words, *ours.remarks, *ours.restarted)))


def _of_feeds(feeds: tuple[FeedAge, ...], newest: Instant | None) -> SystemState:
    regular = [feed for feed in feeds if not feed.name.startswith(RECORDED) and feed.name not in _ONE_OFF]
    stale = [feed.name for feed in feeds if feed.state == "stale"]
    moving = [feed for feed in feeds if feed.state == "taking in"]
    if any(feed.name.startswith(RECORDED + _DEMO) for feed in moving):
        stale = [name for name in stale if not name.startswith(_DEMO)]
    if not feeds:
        return SystemState("empty", "no event has arrived yet", None)
    if stale and not _catching_up(feeds):
        return SystemState("stale", f"{stale[0]} is silent" + (f", {len(stale) - 1} more" if stale[1:] else ""), newest)
    if moving:
        return SystemState("history", f"recordings up to {_minute(max(f.newest for f in moving))} UTC", newest)
    if _catching_up(feeds):
        return SystemState("history", "events of the past are arriving", newest)
    return _at_rest(feeds, regular, newest)


def _at_rest(feeds: tuple[FeedAge, ...], regular: list[FeedAge], newest: Instant | None) -> SystemState:
    live = sum(feed.state == "live" for feed in feeds)
    if live:
        return SystemState("live", f"{live} feeds up to date" if live > 1 else "1 feed up to date", newest)
    if regular:
        return SystemState("stale", "every feed is silent", newest)
    if any(feed.name in _ONE_OFF for feed in feeds):
        return SystemState("quiet", "one-off files only", newest)
    return SystemState("recording", "recorded input only", newest)


def _catching_up(feeds: tuple[FeedAge, ...]) -> bool:
    return any(feed.state == "catching up" for feed in feeds)


def _minute(at: Instant) -> str:
    return to_datetime(at).strftime("%Y-%m-%d %H:%M")
