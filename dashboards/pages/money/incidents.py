"""Which incidents explain missing money: those that had the switch whose usage is missing among what they hit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from telassure.kernel.events import Alarm, KpiEpisode, ServiceProblem
from telassure.kernel.instant import Instant
from telassure.kernel.ports import AnyOf, AssuranceReader, Between, Where

_NEAR: Final = 40
_HIT: Final = 200
Place = tuple[str, Instant, Instant]
"""An object, and from when to when."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """An incident: its likeliest cause, what it lasted (to None: it is open), and those of the objects asked about
    that it hit."""

    problem_id: str
    cause: str
    opened_at: Instant
    cleared_at: Instant | None
    hit: tuple[str, ...]


def incidents_in(reader: AssuranceReader, places: Sequence[Place]) -> tuple[Explanation, ...]:
    """The incidents that hit one of these objects and were open within the time of all of them together."""
    if not places:
        return ()
    begun, ended = min(place[1] for place in places), max(place[2] for place in places)
    began = Between(None, ended)
    opened = reader.find(ServiceProblem, {"state": "open", "opened_at": began}, limit=_NEAR).rows
    past: Where = {"state": "cleared", "opened_at": began, "changed_at": Between(begun)}
    problems = (*opened, *reader.find(ServiceProblem, past, limit=_NEAR).rows)
    objects = sorted({place[0] for place in places})
    found = [Explanation(*_told(each), _hit(reader, each, objects)) for each in problems]
    return tuple(each for each in found if each.hit)


def explained(near: Sequence[Explanation], name: str, begun: Instant, ended: Instant) -> tuple[Explanation, ...]:
    """Those that hit this object within [begun, ended), the longest open first."""
    found = [each for each in near if name in each.hit and each.opened_at < ended and _after(each, begun)]
    return tuple(sorted(found, key=lambda each: (each.opened_at, each.problem_id)))


def _after(each: Explanation, at: Instant) -> bool:
    return each.cleared_at is None or each.cleared_at > at


def _told(problem: ServiceProblem) -> tuple[str, str, Instant, Instant | None]:
    return problem.problem_id, problem.root_causes[0].managed_object, problem.opened_at, problem.cleared_at


def _hit(reader: AssuranceReader, problem: ServiceProblem, objects: Sequence[str]) -> tuple[str, ...]:
    """Those of the objects that are its likeliest cause, or have an alarm or a KPI episode in it."""
    named, members = AnyOf(objects), AnyOf(problem.members)
    alarms = reader.find(Alarm, {"alarm_id": members, "managed_object": named}, limit=_HIT).rows
    episodes = reader.find(KpiEpisode, {"episode_id": members, "managed_object": named}, limit=_HIT).rows
    found = {alarm.managed_object for alarm in alarms} | {episode.managed_object for episode in episodes}
    return tuple(sorted(found | ({problem.root_causes[0].managed_object} & set(objects))))
