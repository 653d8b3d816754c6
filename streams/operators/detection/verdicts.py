"""What becomes of an operator's verdict: a change of a threshold, or a dead letter that says why not."""

from collections.abc import Iterator
from dataclasses import replace

from streams.operator import KeyedState
from streams.operators.detection.cell import DomainCell
from streams.operators.detection.episode import NAME
from streams.operators.detection.feedback import Feedback, episode_of
from streams.refusals import refused
from telassure.kernel.events import DeadLetter, ThresholdChange, Verdict


def judge(event: Verdict, state: KeyedState[DomainCell]) -> Iterator[ThresholdChange | DeadLetter]:
    """Apply a verdict to the cell of its domain. What names a series that is not kept there is refused."""
    series = (event.managed_object, event.measurement)
    known = state.peek(event.domain)
    if known is None or (event.verdict != "undo" and series not in known.series.slots):
        yield _refused(event, "domain and series name nothing that is scored; take them from the episode")
        return
    outcome = state.of(event.domain).part(Feedback).judge(event, episode_of(event))
    if isinstance(outcome, ThresholdChange):
        yield outcome
    elif outcome:
        yield _refused(event, outcome)


def _refused(event: Verdict, reason: str) -> DeadLetter:
    """The verdict, at the time at which it was given."""
    place = f"{event.managed_object} {event.measurement}"
    return replace(refused(NAME, event, reason, place), time=event.given_at)
