"""The silences of a domain, and the open problems that they keep from having tickets and telling anybody."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from telassure.kernel.events import Act, RootCause, ServiceProblem, Silence
from telassure.kernel.events.alarm import BY_SEVERITY
from telassure.kernel.events.silence import covers
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import MINUTE, Instant, in_utc
from telassure.kernel.money import Money

MOST_SILENCES: Final = 1_000
SHORTEST_BEGINNING: Final = 3


@dataclass(slots=True)
class Quiet:
    """One silence as it stands; its objects are the key under which it is kept."""

    user: str
    why: str
    began_at: Instant
    until: Instant


@dataclass(slots=True)
class HeldProblem:
    """What a ticket would say of a problem, as the problem was told last; `since` it has lasted as it is (0: since it
    was opened)."""

    feed: str
    severity: int
    root_cause: str
    evidence: str
    customers: list[str]
    revenue_micros: int
    currency: str
    changed_at: Instant
    trace: str = ""
    opened_at: Instant = 0
    member_count: int = 0
    active_count: int = 0
    since: Instant = 0

    def told(self, problem_id: str, domain: str, at: Instant) -> ServiceProblem:
        """The problem as if it had become at this instant what it is."""
        return ServiceProblem(
            problem_id,
            domain,
            self.feed,
            "open",
            BY_SEVERITY[self.severity],
            self.opened_at or self.changed_at,
            max(self.changed_at, at),
            None,
            (RootCause(self.root_cause, 0.0, self.evidence),),
            (),
            self.member_count,
            self.active_count,
            (),
            tuple(self.customers),
            Money(self.revenue_micros, self.currency),
            trace=self.trace,
        )


def held_problem(event: ServiceProblem, since: Instant = 0) -> HeldProblem:
    """What is kept of a problem that has no ticket yet."""
    root, money = event.root_causes[0], event.revenue_at_risk
    return HeldProblem(
        event.feed,
        int(event.perceived_severity),
        root.managed_object,
        root.evidence,
        list(event.affected_customers),
        money.micros,
        money.currency,
        event.changed_at,
        event.trace,
        event.opened_at,
        event.member_count,
        event.active_count,
        since,
    )


@dataclass(slots=True)
class DomainSilences:
    """Law: a held problem has a root cause that a silence covers. A silence is over at `until` at the latest."""

    by_objects: dict[str, Quiet] = field(default_factory=dict)
    held: dict[str, HeldProblem] = field(default_factory=dict)
    news: list[tuple[str, str, Quiet, str]] = field(default_factory=list, compare=False)
    """Since it was last told: objects, state, the silence, and who ended it. Never stored."""

    def covers(self, managed_object: str) -> bool:
        return any(covers(objects, managed_object) for objects in self.by_objects)

    def begin(self, act: Act) -> str:
        """Silence what an act names; "", or why not."""
        own = next(iter(act.targets), "")
        objects = act.argument("objects") or own
        if objects.endswith("*") and len(objects) <= SHORTEST_BEGINNING:
            return f"{objects} is too short; give at least {SHORTEST_BEGINNING} characters before the *"
        if not covers(objects, own):
            return f"{objects} does not cover {own}, whose id was given"
        if len(self.by_objects) >= MOST_SILENCES:
            return f"the domain has {MOST_SILENCES} silences; take some of them back"
        former = self.by_objects.get(objects)
        if former is not None and act.given_at < former.began_at:
            return f"another silence, given later, at {in_utc(former.began_at)}, was here first"
        if former is not None:
            self._end(objects, act.user)
        until = act.given_at + int(act.argument("minutes")) * MINUTE
        quiet = self.by_objects[objects] = Quiet(act.user, act.why, act.given_at, until)
        self.news.append((objects, "active", quiet, ""))
        return ""

    def take_back(self, act: Act) -> str:
        """End every silence that covers the object; "", or why that changes nothing."""
        own = next(iter(act.targets), "")
        covering = [objects for objects in sorted(self.by_objects) if covers(objects, own)]
        if not covering:
            return f"{own} is not silenced"
        for objects in covering:
            self._end(objects, act.user)
        return ""

    def expire(self, at: Instant) -> None:
        for objects in sorted(self.by_objects):
            if self.by_objects[objects].until <= at:
                self._end(objects, "")

    def hold(self, event: ServiceProblem) -> None:
        self.held[event.problem_id] = held_problem(event)

    def released(self, domain: str, at: Instant) -> Iterator[ServiceProblem]:
        """The problems that nothing silences any longer, each told as new."""
        for problem_id in sorted(self.held):
            if not self.covers(self.held[problem_id].root_cause):
                yield self.held.pop(problem_id).told(problem_id, domain, at)

    def told(self, domain: str) -> Iterator[Silence]:
        """What has become of silences since it was last asked."""
        for objects, state, quiet, ended_by in self.news:
            silence_id = derive_id("silence", domain, objects, quiet.began_at)
            yield Silence(
                silence_id, domain, objects, state, quiet.user, quiet.why, quiet.began_at, quiet.until, ended_by
            )
        self.news.clear()

    @property
    def next_end(self) -> Instant | None:
        return min((quiet.until for quiet in self.by_objects.values()), default=None)

    def _end(self, objects: str, user: str) -> None:
        self.news.append((objects, "over", self.by_objects.pop(objects), user))
