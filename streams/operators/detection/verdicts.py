"""What becomes of an operator's word on an episode: a change of a threshold, or the reason why there is none."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from streams.operator import KeyedState
from streams.operators.detection.cell import DomainCell
from streams.operators.detection.episode import NAME
from streams.operators.detection.feedback import UNDO, Feedback, episode_of, target_of
from streams.refusals import refused
from telassure.kernel.commands import EPISODE, ControlCommand, PolicyCommand, commands_of
from telassure.kernel.events import Act, ActOutcome, DeadLetter, ThresholdChange, Verdict
from telassure.kernel.events.act import outcome_of

_UNKNOWN: Final = "domain and series name nothing that is scored; take them from the episode"
_TWICE: Final = "this verdict was given before"


@dataclass(slots=True)
class EpisodeThresholds:
    """The thresholds of a domain as a command on an episode finds them; `change` is what it has made of them."""

    feedback: Feedback
    change: ThresholdChange | None = None

    def judge(self, act: Act, word: str, undoes: str = "") -> str:
        """Apply a word on the act's episode; "", or why it has no effect."""
        verdict = _verdict_of(act, word, undoes)
        if word != UNDO and episode_of(verdict) != act.object_id:
            return "the episode is a gap, or of elements together: no score made it, and no threshold follows"
        outcome = self.feedback.judge(verdict, act.object_id)
        if isinstance(outcome, ThresholdChange):
            self.change = outcome
            return ""
        return outcome or _TWICE

    def take_back(self, act: Act) -> str:
        """Undo the verdict in force on the act's episode; "", or why there is none."""
        labels = self.feedback.targets.get(target_of(_verdict_of(act, UNDO, "")))
        _, change = labels.given.get(act.object_id, ("", "")) if labels is not None else ("", "")
        return self.judge(act, UNDO, change) if change else "no verdict on this episode is in force"


def obey(act: Act, state: KeyedState[DomainCell]) -> Iterator[ThresholdChange | ActOutcome]:
    """A command on an episode, or on what rules detection, and what became of it."""
    command = commands_of("streams.operators.detection").get((act.command, act.object_type))
    if isinstance(command, PolicyCommand | ControlCommand):
        yield outcome_of(act, "")
        return
    if command is None or act.object_type != EPISODE.name:
        return
    known = state.peek(act.owner)
    if known is None or act.targets not in known.series.slots:
        yield outcome_of(act, "its series is not scored any more")
        return
    thresholds = EpisodeThresholds(state.of(act.owner).part(Feedback))
    reason = command.obey(thresholds, act)
    if thresholds.change is not None:
        yield thresholds.change
    yield outcome_of(act, reason)


def judge(event: Verdict, state: KeyedState[DomainCell]) -> Iterator[ThresholdChange | ActOutcome | DeadLetter]:
    """A verdict of the kind "verdicts". What names a series that is not kept there is refused."""
    series = (event.managed_object, event.measurement)
    known = state.peek(event.domain)
    if known is None or (event.verdict != UNDO and series not in known.series.slots):
        yield _refused(event, _UNKNOWN)
        return
    outcome = state.of(event.domain).part(Feedback).judge(event, episode_of(event))
    if isinstance(outcome, ThresholdChange):
        yield outcome
        yield outcome_of(_act_of(event, outcome.episode_id), "")
    elif outcome:
        yield _refused(event, outcome)


def _verdict_of(act: Act, word: str, undoes: str) -> Verdict:
    managed_object, measurement = act.targets
    where = (act.owner, act.feed, managed_object, measurement, act.time)
    return Verdict(act.act_id, *where, word, act.argument("scope"), act.user, act.why, act.given_at, undoes)


def _act_of(event: Verdict, episode_id: str) -> Act:
    """A verdict as the command that it is."""
    targets = (event.managed_object, event.measurement)
    where = (EPISODE.name, episode_id, event.domain, event.feed, event.time, targets)
    undone = event.verdict == UNDO
    said = (f"scope={event.scope}",) if undone else (f"verdict={event.verdict}", f"scope={event.scope}")
    name = "unverdict" if undone else "verdict"
    return Act(event.verdict_id, name, *where, said, event.user, True, event.why, "verdicts", event.given_at)


def _refused(event: Verdict, reason: str) -> DeadLetter:
    """The verdict, at the time at which it was given."""
    place = f"{event.managed_object} {event.measurement}"
    return replace(refused(NAME, event, reason, place), time=event.given_at)
