"""A domain's correlation state: the pool of unsettled members, the problems, and where each object belongs."""

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgpack

from telassure.events import Alarm, KpiEpisode
from telassure.instant import SECOND, Instant

SHOWN_MEMBERS: Final = 1_000
Index = dict[str, list[int]]


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


@dataclass(slots=True)
class Problem:
    """Members around one centre, the likeliest cause. Timers are instants of whole seconds, None where not waiting.

    `explained` and `silent` are the centre's dependants that are alarmed and that are not, as last ranked. `shut`:
    grows no more (its cause recovered and its members were released). `ranked` is what was last published of its
    causes.
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

    @property
    def severity(self) -> int:
        """The worst severity among active members; once all are cleared, the worst there last was."""
        return next((s for s in range(5, 0, -1) if self.counts[s]), self.worst)

    def join(self, member_id: str, member: Member) -> bool:
        """Take a member; True where its object is new here."""
        spot = self.spots.get(member.managed_object)
        new = spot is None
        if spot is None:
            spot = self.spots[member.managed_object] = Spot(member.raised_at, 0, False)
        spot.first = min(spot.first, member.raised_at)
        spot.active += 1
        spot.physical |= member.physical
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

    def recovered(self) -> bool:
        """Its cause was alarmed and is no longer, while alarms (not episodes, which close late) remain."""
        spot = self.spots.get(self.centre)
        return spot is not None and not spot.active and any(not m.episode for m in self.active.values())

    def timers(self) -> Iterator[Instant]:
        for at in (self.emit_at, self.clear_at, self.release_at, self.forget_at):
            if at is not None:
                yield at


@dataclass(slots=True)
class Domain:
    """The cell. `members` says where each active member is: 0 the pool, else the problem's `seq`. `released` holds
    causes that have said they are well, until when they are no candidates. `at` and `centres` are indices, never
    stored.
    """

    clock: Instant = 0
    seq: int = 0
    wake: Instant | None = None
    members: dict[str, int] = field(default_factory=dict)
    pool: dict[str, Member] = field(default_factory=dict)
    problems: dict[int, Problem] = field(default_factory=dict)
    released: dict[str, Instant] = field(default_factory=dict)
    at: Index = field(default_factory=dict, compare=False)
    centres: Index = field(default_factory=dict, compare=False)
    ids: set[str] = field(default_factory=set, compare=False)

    def add(self, problem: Problem) -> None:
        self.problems[problem.seq] = problem
        self.ids.add(problem.problem_id)
        _enter(self.centres, problem.centre, problem.seq)
        for managed_object in problem.spots:
            _enter(self.at, managed_object, problem.seq)

    def remove(self, problem: Problem) -> None:
        """Drop a problem with its indices and its remaining members."""
        del self.problems[problem.seq]
        self.ids.discard(problem.problem_id)
        _strike(self.centres, problem.centre, problem.seq)
        for managed_object in problem.spots:
            _strike(self.at, managed_object, problem.seq)
        for member_id in problem.active:
            del self.members[member_id]

    def recentre(self, problem: Problem, centre: str) -> None:
        if centre != problem.centre:
            _strike(self.centres, problem.centre, problem.seq)
            problem.centre = centre
            problem.release_at = None
            _enter(self.centres, centre, problem.seq)

    def join(self, problem: Problem, member_id: str, member: Member) -> None:
        """Put a member, new or from the pool, into a problem."""
        self.pool.pop(member_id, None)
        self.members[member_id] = problem.seq
        if problem.join(member_id, member):
            problem.explained += 1
            problem.silent = max(0, problem.silent - 1)
            _enter(self.at, member.managed_object, problem.seq)

    def merge(self, into: Problem, loser: Problem) -> None:
        """Move the loser's members and objects; what has cleared of them counts on, but is active no more."""
        active, past = loser.active, loser.member_count - len(loser.active)
        cleared = [member_id for member_id in loser.shown if member_id not in active]
        self.remove(loser)
        loser.active = {}
        for member_id, member in active.items():
            self.join(into, member_id, member)
        for name, spot in loser.spots.items():
            if name not in into.spots:
                into.spots[name] = Spot(spot.first, 0, spot.physical)
                _enter(self.at, name, into.seq)
        into.member_count += past
        into.shown[:0] = cleared
        del into.shown[:-SHOWN_MEMBERS]
        into.started = min(into.started, loser.started)

    def next_timer(self) -> Instant | None:
        """The earliest instant at which anything here waits to happen."""
        waiting = [at for problem in self.problems.values() for at in problem.timers()]
        waiting.extend(member.deadline for member in self.pool.values())
        return min(waiting, default=None)

    def empty(self) -> bool:
        return not (self.members or self.problems or self.released)

    def dump(self) -> bytes:
        packed: bytes = msgpack.packb(
            (
                self.clock,
                self.seq,
                self.wake,
                self.members,
                self.released,
                self.pool,
                [_problem_row(problem) for problem in self.problems.values()],
            )
        )
        return packed

    @classmethod
    def load(cls, blob: bytes) -> "Domain":
        clock, seq, wake, members, released, pool, problems = msgpack.unpackb(blob, strict_map_key=False)
        cell = cls(clock, seq, wake, members, {k: Member._make(m) for k, m in pool.items()}, {}, released)
        for *plain, spots, active in problems:
            problem = Problem(*plain)
            problem.ranked = [(name, score, words) for name, score, words in problem.ranked]
            problem.spots = {k: Spot(*s) for k, s in spots.items()}
            problem.active = {k: Member._make(m) for k, m in active.items()}
            cell.add(problem)
        return cell


def whole_second(at: Instant) -> Instant:
    """The first whole second at or after an instant, so that a domain has at most one turn per second of event time."""
    return -(-at // SECOND) * SECOND


def member_of(event: Alarm | KpiEpisode, severity: int, deadline: Instant, physical: bool) -> Member:
    """The member that an active alarm or an open episode makes."""
    episode = isinstance(event, KpiEpisode)
    since = event.started_at if isinstance(event, KpiEpisode) else event.raised_at
    return Member(event.managed_object, severity, since, physical, episode, event.feed, deadline)


_PROBLEM_FIELDS: Final = Problem.__slots__[:-2]


def _problem_row(problem: Problem) -> list[Any]:
    row = [getattr(problem, name) for name in _PROBLEM_FIELDS]
    row.append({k: (s.first, s.active, s.physical) for k, s in problem.spots.items()})
    row.append(problem.active)
    return row


def _enter(index: Index, key: str, seq: int) -> None:
    seqs = index.setdefault(key, [])
    if seq not in seqs:
        insort(seqs, seq)


def _strike(index: Index, key: str, seq: int) -> None:
    seqs = index[key]
    seqs.remove(seq)
    if not seqs:
        del index[key]
