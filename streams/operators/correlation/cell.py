"""A domain's correlation state: the pool of unsettled members, the problems, and where each object belongs."""

from bisect import insort
from dataclasses import dataclass, field

import msgpack

from streams.operators.correlation.agenda import Agenda
from streams.operators.correlation.problem import SHOWN_MEMBERS, Member, Problem, Spot
from streams.operators.correlation.reach import Reach
from streams.operators.correlation.spread import Spread
from telassure.kernel.instant import Instant

Index = dict[str, list[int]]


@dataclass(slots=True)
class Domain:
    """The cell. `members` says where each active member is: 0 the pool, else the problem's `seq`. `released` holds
    causes that have said they are well, until when they are no candidates. `traces` are those of the pool's members,
    where they have any. The rest are indices, never stored: problems by alarmed object (`at`) and by centre, and what
    is due when.
    """

    clock: Instant = 0
    seq: int = 0
    wake: Instant | None = None
    members: dict[str, int] = field(default_factory=dict)
    pool: dict[str, Member] = field(default_factory=dict)
    problems: dict[int, Problem] = field(default_factory=dict)
    released: dict[str, Instant] = field(default_factory=dict)
    traces: dict[str, str] = field(default_factory=dict)
    at: Index = field(default_factory=dict, compare=False)
    centres: Index = field(default_factory=dict, compare=False)
    ids: set[str] = field(default_factory=set, compare=False)
    timers: Agenda[int] = field(init=False, compare=False, repr=False)
    deadlines: Agenda[str] = field(init=False, compare=False, repr=False)
    _spread: Spread | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        self.timers = Agenda(self._timer)
        self.deadlines = Agenda(self._deadline)

    # --- problems ------------------------------------------------------------------------------------------------

    def add(self, problem: Problem) -> None:
        self.problems[problem.seq] = problem
        self.ids.add(problem.problem_id)
        self._centred(problem.centre, problem.seq)
        for managed_object in problem.spots:
            self._alarmed(managed_object, problem.seq)
        self.timers.enter(problem.seq)

    def touch(self, problem: Problem) -> None:
        """It is about to change, or has just: it is packed anew with the next dump."""
        problem.packed = None

    def remove(self, problem: Problem) -> None:
        """Drop a problem with its indices and its remaining members."""
        del self.problems[problem.seq]
        self.ids.discard(problem.problem_id)
        self._uncentred(problem.centre, problem.seq)
        spread = self._kept_spread()
        for managed_object in problem.spots:
            if _strike(self.at, managed_object, problem.seq) and spread is not None:
                spread.alarm(managed_object, -1)
        for member_id in problem.active:
            del self.members[member_id]

    def recentre(self, problem: Problem, centre: str) -> None:
        if centre != problem.centre:
            self.touch(problem)
            self._uncentred(problem.centre, problem.seq)
            problem.centre = centre
            problem.release_at = None
            self._centred(centre, problem.seq)

    def join(self, problem: Problem, member_id: str, member: Member) -> None:
        """Put a member, new or from the pool, into a problem."""
        self.pool.pop(member_id, None)
        self.traces.pop(member_id, None)
        self.members[member_id] = problem.seq
        self.touch(problem)
        if problem.join(member_id, member):
            problem.explained += 1
            problem.silent = max(0, problem.silent - 1)
            self._alarmed(member.managed_object, problem.seq)

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
                self._alarmed(name, into.seq)
        self.touch(into)
        into.joins += 1
        into.member_count += past
        into.shown[:0] = cleared
        del into.shown[:-SHOWN_MEMBERS]
        into.started = min(into.started, loser.started)

    # --- the pool and time ---------------------------------------------------------------------------------------

    def wait(self, member_id: str, member: Member, trace: str) -> None:
        """Put a member into the pool."""
        self.pool[member_id] = member
        self.members[member_id] = 0
        if trace:
            self.traces[member_id] = trace
        self.deadlines.enter(member_id)

    def give_up(self, member_id: str) -> None:
        """A member of the pool has cleared before it was explained."""
        del self.members[member_id], self.pool[member_id]
        self.traces.pop(member_id, None)

    def settling(self, at: Instant) -> bool:
        """Has anything in the pool waited long enough?"""
        deadline = self.deadlines.earliest()
        return deadline is not None and deadline <= at

    def next_timer(self) -> Instant | None:
        """The earliest instant at which anything here waits to happen."""
        timer, deadline = self.timers.earliest(), self.deadlines.earliest()
        if timer is None or deadline is None:
            return deadline if timer is None else timer
        return min(timer, deadline)

    def _timer(self, seq: int) -> Instant | None:
        problem = self.problems.get(seq)
        return None if problem is None else problem.next_timer()

    def _deadline(self, member_id: str) -> Instant | None:
        member = self.pool.get(member_id)
        return None if member is None else member.deadline

    # --- indices -------------------------------------------------------------------------------------------------

    def spread(self, domain: str, reach: Reach) -> Spread:
        """How alarmed objects and centres lie under their supports; made anew where the catalogue has changed."""
        spread = self._kept_spread()
        if spread is None:
            spread = self._spread = Spread(domain, reach)
            for managed_object in self.at:
                spread.alarm(managed_object, 1)
            for centre in self.centres:
                spread.centre(centre)
        return spread

    def _kept_spread(self) -> Spread | None:
        if self._spread is not None and not self._spread.valid():
            self._spread = None
        return self._spread

    def _alarmed(self, managed_object: str, seq: int) -> None:
        if _enter(self.at, managed_object, seq) and (spread := self._kept_spread()) is not None:
            spread.alarm(managed_object, 1)

    def _centred(self, centre: str, seq: int) -> None:
        if _enter(self.centres, centre, seq) and (spread := self._kept_spread()) is not None:
            spread.centre(centre)

    def _uncentred(self, centre: str, seq: int) -> None:
        if _strike(self.centres, centre, seq) and (spread := self._kept_spread()) is not None:
            spread.uncentre(centre)

    # --- stored --------------------------------------------------------------------------------------------------

    def empty(self) -> bool:
        return not (self.members or self.problems or self.released)

    def dump(self) -> bytes:
        """One array, put together from its parts, so that a problem that nothing has touched costs a copy of bytes."""
        packer = msgpack.Packer()
        front = (self.clock, self.seq, self.wake, self.members, self.released, self.pool)
        parts = [packer.pack_array_header(8 if self.traces else 7), *map(packer.pack, front)]
        parts.append(packer.pack_array_header(len(self.problems)))
        parts += [problem.pack() for problem in self.problems.values()]
        if self.traces:  # the release before knows none
            parts.append(packer.pack(self.traces))
        return b"".join(parts)

    @classmethod
    def load(cls, blob: bytes) -> "Domain":
        """The release before had no traces, and a later one may have appended more."""
        clock, seq, wake, members, released, pool, problems, *later = msgpack.unpackb(blob, strict_map_key=False)
        cell = cls(clock, seq, wake, members, {}, {}, released, later[0] if later else {})
        for member_id, member in pool.items():
            cell.pool[member_id] = Member._make(member)
            cell.deadlines.enter(member_id)
        for row in problems:
            cell.add(Problem.of_row(row))
        return cell


def _enter(index: Index, key: str, seq: int) -> bool:
    """True where the key is new."""
    seqs = index.get(key)
    if seqs is None:
        index[key] = [seq]
        return True
    if seq not in seqs:
        insort(seqs, seq)
    return False


def _strike(index: Index, key: str, seq: int) -> bool:
    """True where the key is gone with it."""
    seqs = index[key]
    seqs.remove(seq)
    if seqs:
        return False
    del index[key]
    return True
