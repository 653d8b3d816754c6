"""One service problem while it lives: its members, its alarmed objects, its timers, and its row in the cell."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter
from typing import Any, Final, NamedTuple

import msgpack

from streams.operators.correlation.impact import Impact
from streams.operators.correlation.reach import Reach
from telassure.kernel.events import Alarm, KpiEpisode, RootCause
from telassure.kernel.instant import SECOND, Instant

SHOWN_MEMBERS: Final = 1_000


class Member(NamedTuple):
    """One active alarm or open KPI episode. `deadline` is when it has waited long enough for its cause to show."""

    managed_object: str
    severity: int
    raised_at: Instant
    physical: bool
    episode: bool
    feed: str
    deadline: Instant


@dataclass(slots=True)
class Spot:
    """One alarmed object of a problem: its first raise, its active members, whether one of them named a physical
    fault.
    """

    first: Instant
    active: int
    physical: bool


class Judged(NamedTuple):
    """What a ranking was made of beside the members (`joins`): the catalogue's version, how many alarmed dependants the
    causes had that were asked for, and which of the silent causes were known to be well.
    """

    version: int
    joins: int
    reached: Mapping[str, int]
    well: Mapping[str, bool]


@dataclass(slots=True)
class Problem:
    """Members around one centre, the likeliest cause. Timers are instants of whole seconds, None where not waiting.

    `explained` and `silent` are the centre's dependants that are alarmed and that are not, as last ranked. `shut`:
    grows no more (its cause recovered and its members were released). `ranked` is what was last published of its
    causes. `trace` is that of its first cause's first alarm. The rest is derived, never stored: `tally` (of `tallied`:
    a catalogue version and a number of spots), `joins` (how often members have come), `judged` (what `ranked` was made
    of, see `Publisher`), `said` (its causes and cost as last published, with what they were made of), and `packed`, its
    row where nothing has touched it since (see `Domain.touch`).
    """

    seq: int
    problem_id: str
    feed: str
    centre: str
    started: Instant
    last_growth: Instant
    changed_at: Instant
    state: str = "open"
    cleared_at: Instant | None = None
    emitted_at: Instant | None = None
    emit_at: Instant | None = None
    clear_at: Instant | None = None
    release_at: Instant | None = None
    forget_at: Instant | None = None
    shut: bool = False
    explained: int = 0
    silent: int = 0
    worst: int = 0
    ranked: list[tuple[str, float, str]] = field(default_factory=list)
    member_count: int = 0
    counts: list[int] = field(default_factory=lambda: [0] * 6)
    shown: list[str] = field(default_factory=list)
    spots: dict[str, Spot] = field(default_factory=dict)
    active: dict[str, Member] = field(default_factory=dict)
    trace: str = ""
    tally: dict[str, int] = field(default_factory=dict, compare=False, repr=False)
    tallied: tuple[int, int] = field(default=(0, 0), compare=False, repr=False)
    joins: int = field(default=0, compare=False, repr=False)
    judged: Judged | None = field(default=None, compare=False, repr=False)
    said: tuple[Hashable, tuple[RootCause, ...], Impact] | None = field(default=None, compare=False, repr=False)
    packed: bytes | None = field(default=None, compare=False, repr=False)

    @property
    def severity(self) -> int:
        """The worst severity among active members; once all are cleared, the worst there last was."""
        counts = self.counts
        for severity in (5, 4, 3, 2, 1):
            if counts[severity]:
                return severity
        return self.worst

    def join(self, member_id: str, member: Member) -> bool:
        """Take a member; True where its object is new here."""
        spot = self.spots.get(member.managed_object)
        new = spot is None
        if spot is None:
            spot = self.spots[member.managed_object] = Spot(member.raised_at, 0, False)
        elif member.raised_at < spot.first:
            spot.first = member.raised_at
        spot.active += 1
        spot.physical |= member.physical
        self.joins += 1
        self.active[member_id] = member
        self.counts[member.severity] += 1
        self.worst = self.severity
        self.member_count += 1
        self.shown.append(member_id)
        del self.shown[:-SHOWN_MEMBERS]
        self.started = min(self.started, member.raised_at)
        self.last_growth = max(self.last_growth, member.raised_at)
        self.clear_at = None
        if self.state == "cleared":
            self.state, self.cleared_at, self.forget_at = "open", None, None
        return new

    def explained_by(self, reach: Reach) -> dict[str, int]:
        """How many of its objects depend on each support. Objects are never taken out, so only new ones are counted."""
        version, counted = self.tallied
        if version != reach.version:
            self.tally, counted = {}, 0
        tally = self.tally
        for managed_object in islice(self.spots, counted, None):
            for support in reach.supports(managed_object):
                tally[support] = tally.get(support, 0) + 1
        self.tallied = (reach.version, len(self.spots))
        return tally

    def leave(self, member_id: str) -> Member:
        member = self.active.pop(member_id)
        self.spots[member.managed_object].active -= 1
        self.counts[member.severity] -= 1
        return member

    def reassess(self, member_id: str, severity: int) -> None:
        member = self.active[member_id]
        self.counts[member.severity] -= 1
        self.counts[severity] += 1
        self.active[member_id] = member._replace(severity=severity)
        self.worst = self.severity

    def recovered(self) -> bool:
        """Its cause was alarmed and is no longer, while alarms (not episodes, which close late) remain."""
        spot = self.spots.get(self.centre)
        if spot is None or spot.active:
            return False
        return any(not member.episode for member in self.active.values())

    def next_timer(self) -> Instant | None:
        """The earliest of its timers."""
        earliest = self.emit_at
        for at in (self.clear_at, self.release_at, self.forget_at):
            if at is not None and (earliest is None or at < earliest):
                earliest = at
        return earliest

    def pack(self) -> bytes:
        """Its plain values in the order of the fields, then the spots, the active members and the trace."""
        if self.packed is None:
            spots = {k: (s.first, s.active, s.physical) for k, s in self.spots.items()}
            self.packed = msgpack.packb((*_PLAIN(self), spots, self.active, self.trace))
        return self.packed

    @classmethod
    def of_row(cls, row: list[Any]) -> "Problem":
        """The inverse; the release before had no trace, and a later one may have appended more."""
        plain = len(_FIELDS)
        spots, active, *later = row[plain:]
        problem = cls(*row[:plain])
        problem.trace = later[0] if later else ""
        problem.ranked = [(name, score, words) for name, score, words in problem.ranked]
        problem.spots = {k: Spot(*s) for k, s in spots.items()}
        problem.active = {k: Member._make(m) for k, m in active.items()}
        return problem


_FIELDS: Final = Problem.__slots__[: Problem.__slots__.index("spots")]  # what follows is stored apart, or not at all
_PLAIN: Final = attrgetter(*_FIELDS)


def whole_second(at: Instant) -> Instant:
    """The first whole second at or after an instant, so that a domain has at most one turn per second of event time."""
    return -(-at // SECOND) * SECOND


def member_of(event: Alarm | KpiEpisode, severity: int, deadline: Instant, physical: bool) -> Member:
    """The member that an active alarm or an open episode makes."""
    episode = isinstance(event, KpiEpisode)
    since = event.started_at if isinstance(event, KpiEpisode) else event.raised_at
    return Member(event.managed_object, severity, since, physical, episode, event.feed, deadline)
