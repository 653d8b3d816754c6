"""All that is known of one incident: what and why, who it hits, what was done, and its times on one axis."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.snapshot.tickets import acknowledgements, tickets_of
from dashboards.snapshot.views import Acknowledged
from telassure.kernel.events import ActOutcome, Alarm, KpiEpisode, PerceivedSeverity, ServiceProblem, TroubleTicket
from telassure.kernel.events.act import DONE
from telassure.kernel.instant import MINUTE, Instant
from telassure.kernel.ports import AnyOf, AssuranceReader, Where

RIVALS_ABOVE: Final = 0.05
ALARMS: Final = 200
_EPISODES: Final = 40
_ACTS: Final = 200


@dataclass(frozen=True, slots=True)
class AxisSpan:
    """Something on the axis of times: from `start` to `end` (None: it goes on), of a `kind`: "alarm", "kpi" or "act".
    `name` is what it is of, `words` what it says."""

    kind: str
    name: str
    words: str
    severity: PerceivedSeverity
    start: Instant
    end: Instant | None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that was done or refused: when, by whom, what, and why or what came of it."""

    at: Instant
    user: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """An incident with its ticket (None where it has none). `spans` are of its first alarms, episodes and acts;
    `waiting` of its `active` alarms are not acknowledged, of `alarms` that are kept.
    `until` is where the axis ends: its end, or for an open one the minute that begins next."""

    problem: ServiceProblem
    ticket: TroubleTicket | None
    acknowledged: Acknowledged | None
    alarms: int
    active: int
    waiting: int
    spans: tuple[AxisSpan, ...]
    deeds: tuple[HistoryLine, ...]
    until: Instant

    @property
    def owner(self) -> str:
        """Who works on its ticket, else who has acknowledged it."""
        if self.ticket is not None and self.ticket.assignee:
            return self.ticket.assignee
        return self.acknowledged.user if self.acknowledged else ""


def dossier(reader: AssuranceReader, problem_id: str, now: Instant) -> Dossier | None:
    """As the stores have it; None where there is no such problem."""
    problem = reader.get(ServiceProblem, problem_id) if problem_id else None
    if problem is None:
        return None
    members = AnyOf(problem.members)
    alarms = reader.find(Alarm, {"alarm_id": members}, ("-perceived_severity", "-changed_at"), ALARMS)
    episodes = reader.find(KpiEpisode, {"episode_id": members}, limit=_EPISODES)
    ticket = tickets_of(reader, [problem_id]).get(problem_id)
    objects = AnyOf((problem_id, ticket.ticket_id) if ticket else (problem_id,))
    acts = reader.find(ActOutcome, {"object_id": objects}, limit=_ACTS).rows
    active: Where = {"alarm_id": members, "state": "active"}
    return Dossier(
        problem,
        ticket,
        acknowledgements(reader, [problem_id]).get(problem_id),
        alarms.total,
        reader.count(Alarm, active),
        reader.count(Alarm, {**active, "ack_state": "unacknowledged"}),
        tuple(_spans(alarms.rows, episodes.rows, acts)),
        tuple(_deeds(acts, ticket)),
        problem.cleared_at or now - now % MINUTE + MINUTE,
    )


def _spans(alarms: Sequence[Alarm], episodes: Sequence[KpiEpisode], acts: Sequence[ActOutcome]) -> Iterator[AxisSpan]:
    for alarm in alarms:
        words = alarm.probable_cause or alarm.specific_problem or "no cause stated"
        severity, ended = alarm.perceived_severity, alarm.cleared_at
        yield AxisSpan("alarm", alarm.managed_object, words, severity, alarm.raised_at, ended)
    for each in episodes:
        name = f"{each.managed_object} {each.measurement}"
        yield AxisSpan("kpi", name, each.reason, PerceivedSeverity(each.severity), each.started_at, each.ended_at)
    for act in acts:
        if act.outcome == DONE:
            severity = PerceivedSeverity.INDETERMINATE
            yield AxisSpan("act", act.command, f"{act.command} by {act.user}", severity, act.given_at, act.given_at)


def _deeds(acts: Sequence[ActOutcome], ticket: TroubleTicket | None) -> Iterator[HistoryLine]:
    """What was done, the newest first; notes in their own words."""
    for act in acts:
        said = ", ".join(text.partition("=")[2] for text in act.arguments if text.partition("=")[2])
        what = act.command.replace("_", " ") + (f": {said}" if said else "")
        yield HistoryLine(
            act.given_at, act.user, what if act.outcome == DONE else f"{what} (refused)", act.reason or act.why
        )
    if ticket is not None:
        yield HistoryLine(ticket.opened_at, "telassure", f"ticket {ticket.ticket_id[:12]} opened", "")
