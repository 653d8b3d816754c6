"""One service problem while it lives: its members, its alarmed objects, and what it waits for."""

from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from streams.operators.correlation.agenda import whole_second
from streams.operators.correlation.judgement import CausesAndCost, Grounds
from streams.operators.correlation.member import Member, Role
from streams.operators.correlation.reach import Reach
from telassure.kernel.instant import SECOND, Duration, Instant

SHOWN_MEMBERS: Final = 1_000
NEARLY_ALL: Final = 0.8
EMIT_EVERY: Final = 5 * SECOND


class Holds(NamedTuple):
    """How long a problem waits: all its members cleared until it is, its cause recovered until it lets them go, and
    cleared until it is forgotten."""

    clear: Duration
    release: Duration
    reopen: Duration


@dataclass(slots=True)
class Spot:
    """One alarmed object of a problem: its first raise, its active members, whether one of them named a physical
    fault.
    """

    first: Instant
    active: int
    physical: bool
    moved: bool = False


@dataclass(slots=True)
class Problem:
    """Members around one centre, the likeliest cause; only its `Domain` changes it. Timers are instants of whole
    seconds, None where not waiting.

    `explained` and `silent` are the centre's dependants that are alarmed and that are not, as last ranked. `shut`:
    grows no more (its cause recovered and its members were released). `ranked` is what was last published of its
    causes. `trace` is that of its first cause's first alarm. `role` is its first member's; `says` are the symptoms
    that belong to it wherever they come up (`Role`). The rest is derived, never stored: `tally`, `roof` and `over` (of
    `tallied`: a catalogue version and a number of spots), `joins` (how often members have come), `grounds` (of
    `ranked`), `said` (its causes and cost as last published), and `packed`, its row where nothing has touched it since.
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
    role: int = 0
    says: list[str] = field(default_factory=list)
    tally: dict[str, int] = field(default_factory=dict, compare=False, repr=False)
    tallied: tuple[int, int] = field(default=(0, 0), compare=False, repr=False)
    roof: list[str] = field(default_factory=list, compare=False, repr=False)
    over: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    joins: int = field(default=0, compare=False, repr=False)
    grounds: Grounds | None = field(default=None, compare=False, repr=False)
    said: CausesAndCost | None = field(default=None, compare=False, repr=False)
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
            spot = self.spots[member.managed_object] = Spot(member.raised_at, 0, False, member.part == Role.LOAD)
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

    def inherit(self, loser: "Problem") -> list[str]:
        """Take over what has cleared and what had alarmed of a problem whose active members have come already: it
        counts on, but is active no more. The objects that are new here."""
        new = {name: Spot(s.first, 0, s.physical, s.moved) for name, s in loser.spots.items() if name not in self.spots}
        self.spots.update(new)
        self.says += [says for says in loser.says if says not in self.says]
        self.joins += 1
        self.member_count += loser.member_count - len(loser.active)
        self.shown[:0] = [member_id for member_id in loser.shown if member_id not in loser.active]
        del self.shown[:-SHOWN_MEMBERS]
        self.started = min(self.started, loser.started)
        return list(new)

    def end_in_another(self, at: Instant) -> None:
        """Another problem has taken its members: this is how it is last published."""
        self.active = {}
        self.state, self.cleared_at, self.changed_at = "absorbed", at, max(self.changed_at, at)

    # --- what it waits for ---------------------------------------------------------------------------------------

    def schedule(self, at: Instant) -> None:
        """It has changed: have it emitted, five seconds after the last time at the earliest."""
        if self.emit_at is None:
            earliest = at if self.emitted_at is None else max(at, self.emitted_at + EMIT_EVERY)
            self.emit_at = whole_second(earliest)
        if self.release_at is not None and not self.recovered():
            self.release_at = None

    def wane(self, holds: Holds, at: Instant) -> None:
        """A member has left: perhaps it was the last, or the cause's own."""
        if not self.active:
            self.release_at = None
            self.clear_at = whole_second(at + holds.clear)
            self.cleared_at = at
        elif self.release_at is None and self.recovered():
            self.release_at = whole_second(at + holds.release)

    def clear(self, holds: Holds, at: Instant) -> None:
        """Nothing of it is active any more; it may open again for a while."""
        self.state = "cleared"
        self.clear_at = None
        self.emit_at = at
        self.forget_at = whole_second(at + holds.reopen) + SECOND

    def emitted(self, said: CausesAndCost, at: Instant) -> None:
        """It is published now."""
        self.emit_at, self.emitted_at = None, at
        self.changed_at = max(self.changed_at, at)
        self.said = said

    def survey(self, reach: Reach) -> None:
        """Make `tally` (how many of its objects depend on each support), `roof` (what nearly all of them depend on: any
        of these may be its cause, or lie under it) and `over` (all that lies above the roof, itself too) true. Objects
        are never taken out, so only new ones are counted."""
        version, counted = self.tallied
        if version != reach.version:
            self.tally, counted = {}, 0
        tally, first = self.tally, next(iter(self.spots), None)
        for managed_object in islice(self.spots, counted, None):
            if self.spots[managed_object].moved and managed_object != first:
                continue
            for support in reach.supports(managed_object):
                tally[support] = tally.get(support, 0) + 1
        self.tallied = (reach.version, len(self.spots))
        most = NEARLY_ALL * len(self.struck())
        self.roof = [support for support, count in tally.items() if count >= most]
        self.over = frozenset().union(*map(reach.above, self.roof))

    def struck(self) -> list[str]:
        """Its objects without those to which traffic only moved; the first stands in any case."""
        return [name for place, (name, spot) in enumerate(self.spots.items()) if not place or not spot.moved]

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
