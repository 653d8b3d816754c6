"""What becomes of an operator's verdict: a change of a threshold, or a dead letter that says why not."""

from collections.abc import Iterator

from streams.operator import KeyedState
from streams.operators.detection.domain_series import DomainSeries
from streams.operators.detection.episode import NAME
from streams.operators.detection.feedback import episode_of
from telassure.kernel.codec import encode
from telassure.kernel.events import DeadLetter, ThresholdChange, Verdict
from telassure.kernel.identity import derive_id


def judge(event: Verdict, state: KeyedState[DomainSeries]) -> Iterator[ThresholdChange | DeadLetter]:
    """Apply a verdict to the cell of its domain. What names a series that is not kept there is refused."""
    series = (event.managed_object, event.measurement)
    known = state.peek(event.domain)
    if known is None or (event.verdict != "undo" and series not in known.slots):
        yield refused(event, "domain and series name nothing that is scored; take them from the episode")
        return
    outcome = state.of(event.domain).feedback.take(event, episode_of(event))
    if isinstance(outcome, ThresholdChange):
        yield outcome
    elif outcome:
        yield refused(event, outcome)


def refused(event: Verdict, reason: str) -> DeadLetter:
    """The verdict, whole, with the reason; the same one twice makes one letter."""
    kind, payload = encode(event)
    place = f"{event.managed_object} {event.measurement}"
    letter = derive_id(NAME, kind, event.verdict_id, payload.hex())
    return DeadLetter(letter, event.feed, event.verdict_id, NAME, place, reason, payload, event.given_at, kind)
