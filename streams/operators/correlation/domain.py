"""A domain's correlation state, and the one owner of it: the pool of unsettled members, and the problems."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from streams.operators.correlation.agenda import Agenda
from streams.operators.correlation.judgement import CausesAndCost, Ranking
from streams.operators.correlation.member import Member, Role
from streams.operators.correlation.places import Places
from streams.operators.correlation.problem import Holds, Problem
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import SECOND, Duration, Instant

TICKET_STAYS: Final = 600 * SECOND  # how long a resolved ticket waits for its problem to return, unless a policy says
WELL: Final = 3_600 * SECOND  # how long a cause that recovered is no silent candidate again


@dataclass(slots=True)
class Domain:
    """The cell. Whatever changes in it or in one of its problems is changed by a method of this class, which keeps the
    indices, the timers and the packed rows true; clusters, rankings and reports only ask it.

    `members` says where each active member is: 0 the pool, else the problem's `seq`. `released` holds causes that have
    said they are well, until when they are no candidates. `traces` are those of the pool's members, where they have
    any. `wake` is the timer that is set for it. The rest are indices, never stored: where problems are, their ids, and
    what is due when.
    """

    clock: Instant = 0
    seq: int = 0
    wake: Instant | None = None
    members: dict[str, int] = field(default_factory=dict)
    pool: dict[str, Member] = field(default_factory=dict)
    problems: dict[int, Problem] = field(default_factory=dict)
    released: dict[str, Instant] = field(default_factory=dict)
    traces: dict[str, str] = field(default_factory=dict)
    places: Places = field(default_factory=Places, compare=False, repr=False)
    ids: set[str] = field(default_factory=set, compare=False, repr=False)
    timers: Agenda[int] = field(init=False, compare=False, repr=False)
    deadlines: Agenda[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        self.timers = Agenda(self._timer)
        self.deadlines = Agenda(self._deadline)

    # --- members -------------------------------------------------------------------------------------------------

    def hear(self, at: Instant) -> None:
        """An event of this time has come."""
        self.clock = max(self.clock, at)

    def set_back(self, at: Instant) -> None:
        """The time it has is wrong: it is this."""
        self.clock = at

    def wait(self, member_id: str, member: Member, trace: str) -> None:
        """Put a member into the pool."""
        self.pool[member_id] = member
        self.members[member_id] = 0
        if trace:
            self.traces[member_id] = trace
        self.deadlines.enter(member_id)

    def join(self, problem: Problem, member_id: str, member: Member, at: Instant) -> None:
        """Put a member, new or from the pool, into a problem."""
        self._take(problem, member_id, member)
        self.schedule(problem, at)

    def leave(self, member_id: str, holds: Holds, at: Instant) -> None:
        """A member has cleared: out of the pool before it was explained, or out of its problem; perhaps it was the
        last of that, or the cause's own."""
        problem = self.problems.get(self.members.pop(member_id))
        if problem is None:
            del self.pool[member_id]
            self.traces.pop(member_id, None)
            return
        problem.leave(member_id)
        problem.schedule(at)
        problem.wane(holds, at)
        self._changed(problem)

    def reassess(self, member_id: str, severity: int, at: Instant) -> None:
        """A member has another severity."""
        problem = self.problems.get(self.members[member_id])
        if problem is None:
            self.pool[member_id] = self.pool[member_id]._replace(severity=severity)
        elif problem.active[member_id].severity != severity:
            problem.reassess(member_id, severity)
            self.schedule(problem, at)

    def _take(self, problem: Problem, member_id: str, member: Member) -> None:
        self.pool.pop(member_id, None)
        self.traces.pop(member_id, None)
        self.members[member_id] = problem.seq
        problem.packed = None
        if problem.join(member_id, member):
            problem.explained += 1
            problem.silent = max(0, problem.silent - 1)
            self.places.alarm(member.managed_object, problem.seq)
        if member.part == problem.role == Role.SYMPTOM and member.says not in problem.says:
            problem.says.append(member.says)
            self.places.say(member.says, problem.seq)

    # --- problems ------------------------------------------------------------------------------------------------

    def begin(self, domain: str, centre: str, ids: Sequence[str], at: Instant, reopen: Duration) -> Problem:
        """A problem for these members of the pool, earliest first, still without them; its id derives from its cause
        and its start, once more where that is taken. Where that is so long ago that the ticket of a forgotten problem
        of that id may be closed, because its members were released or their alarms came back, the id is of this moment
        too; until then the ticket goes on."""
        first = self.pool[ids[0]]
        late = (at,) if at > first.raised_at + reopen + TICKET_STAYS else ()
        problem_id = derive_id("correlate", domain, centre, first.raised_at, *late)
        while problem_id in self.ids:
            problem_id = derive_id("correlate", problem_id)
        self.seq += 1
        problem = Problem(self.seq, problem_id, first.feed, centre, first.raised_at, first.raised_at, at)
        problem.trace = self._trace(centre, ids)
        problem.role = first.part
        self._add(problem)
        return problem

    def fill(self, pool: Mapping[str, Member], problems: Iterable[Problem]) -> None:
        """Take in what was stored of it, with the indices."""
        self.pool.update(pool)
        for member_id in pool:
            self.deadlines.enter(member_id)
        for problem in problems:
            self._add(problem)

    def _add(self, problem: Problem) -> None:
        self.problems[problem.seq] = problem
        self.ids.add(problem.problem_id)
        self.places.centre(problem.centre, problem.seq)
        for managed_object in problem.spots:
            self.places.alarm(managed_object, problem.seq)
        for says in problem.says:
            self.places.say(says, problem.seq)
        self.timers.enter(problem.seq)

    def gather(self, problem: Problem, ids: Sequence[str]) -> None:
        """Put members of the pool into a problem; `explain` follows."""
        for member_id in ids:
            self._take(problem, member_id, self.pool[member_id])

    def explain(self, problem: Problem, centre: str, at: Instant) -> None:
        """This centre explains what the problem has gathered and absorbed."""
        self._recentre(problem, centre)
        self.schedule(problem, at)

    def absorb(self, into: Problem, loser: Problem, at: Instant) -> None:
        """Two are one: the loser's members and objects move; what has cleared of them counts on, but is active no more.
        The loser stays as it is last published."""
        self.forget(loser)
        for member_id, member in loser.active.items():
            self._take(into, member_id, member)
        for name in into.inherit(loser):
            self.places.alarm(name, into.seq)
        for says in into.says:
            self.places.say(says, into.seq)
        loser.end_in_another(at)
        self._changed(into)

    def forget(self, problem: Problem) -> None:
        """Drop a problem with its indices and its remaining members."""
        del self.problems[problem.seq]
        self.ids.discard(problem.problem_id)
        self.places.uncentre(problem.centre, problem.seq)
        for managed_object in problem.spots:
            self.places.quiet(managed_object, problem.seq)
        for says in problem.says:
            self.places.unsay(says, problem.seq)
        for member_id in problem.active:
            del self.members[member_id]

    def rank(self, problem: Problem, ranking: Ranking) -> None:
        """Its causes are judged so from now on."""
        self._recentre(problem, ranking.centre)
        problem.explained, problem.silent = ranking.explained, ranking.silent
        problem.ranked, problem.grounds = ranking.causes, ranking.grounds
        self._changed(problem)

    def schedule(self, problem: Problem, at: Instant) -> None:
        """It has changed: have it emitted, five seconds after the last time at the earliest."""
        problem.schedule(at)
        self._changed(problem)

    def emitted(self, problem: Problem, said: CausesAndCost, at: Instant) -> None:
        """It is published now."""
        problem.emitted(said, at)
        self._changed(problem)

    def _changed(self, problem: Problem) -> None:
        """Its row is packed anew with the next dump, and its timer looked at again."""
        problem.packed = None
        self.timers.enter(problem.seq)

    def _recentre(self, problem: Problem, centre: str) -> None:
        if centre != problem.centre:
            self.places.uncentre(problem.centre, problem.seq)
            problem.centre = centre
            problem.release_at = None
            self.places.centre(centre, problem.seq)

    def _trace(self, centre: str, ids: Sequence[str]) -> str:
        """That of the cause's first alarm, else of the first alarm that has one."""
        traced = [member_id for member_id in ids if member_id in self.traces]
        own = [member_id for member_id in traced if self.pool[member_id].managed_object == centre]
        return self.traces[(own or traced)[0]] if traced else ""

    # --- time ----------------------------------------------------------------------------------------------------

    def lapse(self, at: Instant, holds: Holds) -> set[int]:
        """Forget, clear and release what has waited long enough, in the order of its making; whose timers were due."""
        self.clock = max(self.clock, at)
        if self.released:
            self.released = {name: until for name, until in self.released.items() if until > at}
        due = set(self.timers.take(at))
        for seq in sorted(due):
            problem = self.problems[seq]
            problem.packed = None
            if problem.forget_at is not None and problem.forget_at <= at:
                self.forget(problem)
            elif problem.clear_at is not None and problem.clear_at <= at:
                self.clear(problem, holds, at)
            elif problem.release_at is not None and problem.release_at <= at:
                self._release(problem, holds, at)
        return due

    def telling(self, at: Instant, due: set[int]) -> Iterator[Problem]:
        """The problems to be emitted now; those absorbed while others are, are passed over. `due` are set anew."""
        due.update(self.timers.take(at))
        for seq in sorted(due):
            problem = self.problems.get(seq)
            if problem is not None and problem.emit_at is not None and problem.emit_at <= at:
                yield problem
        for seq in due:
            self.timers.enter(seq)

    def clear(self, problem: Problem, holds: Holds, at: Instant) -> None:
        """Nothing of it is active any more; it may open again for a while."""
        problem.clear(holds, at)
        self._changed(problem)

    def cut_short(self, problem: Problem, holds: Holds, at: Instant) -> None:
        """Clear it although members are active: it has to make room."""
        problem.cleared_at = at
        self.clear(problem, holds, at)

    def _release(self, problem: Problem, holds: Holds, at: Instant) -> None:
        """Its cause is well: what it explained goes back into the pool."""
        for member_id, member in list(problem.active.items()):
            problem.leave(member_id)
            self.wait(member_id, member._replace(deadline=at), problem.trace)
        self.released[problem.centre] = at + WELL
        problem.shut, problem.release_at, problem.cleared_at = True, None, at
        self.clear(problem, holds, at)

    def settling(self, at: Instant) -> bool:
        """Has anything in the pool waited long enough?"""
        deadline = self.deadlines.earliest()
        return deadline is not None and deadline <= at

    def wake_by(self, at: Instant | None) -> bool:
        """Whether its one timer has to be set to this instant, being earlier than what it is set to."""
        sooner = at is not None and (self.wake is None or at < self.wake)
        if sooner:
            self.wake = at
        return sooner

    def woken(self) -> None:
        """Its timer has fired."""
        self.wake = None

    def idle(self) -> bool:
        """Holds nothing and waits for nothing."""
        return self.wake is None and not (self.members or self.problems or self.released)

    def next_timer(self) -> Instant | None:
        """The earliest instant at which anything here waits to happen."""
        timer, deadline = self.timers.earliest(), self.deadlines.earliest()
        if timer is None or deadline is None:
            return deadline if timer is None else timer
        return min(timer, deadline)

    def next_timer_of(self, member_id: str, before: int | None) -> Instant | None:
        """The same, of what one member has touched: where it is now, or the problem in which it was `before`."""
        problem = self.problems.get(self.members.get(member_id, before) or 0)
        return self._deadline(member_id) if problem is None else problem.next_timer()

    def _timer(self, seq: int) -> Instant | None:
        problem = self.problems.get(seq)
        return None if problem is None else problem.next_timer()

    def _deadline(self, member_id: str) -> Instant | None:
        member = self.pool.get(member_id)
        return None if member is None else member.deadline
