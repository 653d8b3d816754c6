"""Operators' verdicts as factors on thresholds: bounded, remembered label by label, undone by their id."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, TypeAlias

import numpy as np

from streams.cells import CellCodec
from streams.operators.detection.domain_series import DomainSeries, Slots
from streams.operators.detection.episode import NAME
from streams.operators.detection.part import Packed, Part, Passage
from telassure.kernel.events import KpiEpisode, ThresholdChange, Verdict
from telassure.kernel.events.kpi import Ints
from telassure.kernel.identity import derive_id

TRUE: Final = "true_positive"
FALSE: Final = "false_positive"
UNDO: Final = "undo"
STEPS: Final[Mapping[str, float]] = {FALSE: 1.1, TRUE: 1 / 1.05}
"""What one verdict multiplies the factor by: a false alarm makes the detector deafer, a good one keener, by less."""
LEAST: Final = 0.5
MOST: Final = 2.0
MOST_LABELS: Final = 64
MOST_TARGETS: Final = 10_000
DIVIDED: Final = ("threshold", "limit")
"""What a factor multiplies: the score is divided by these, so that a factor of 2 halves it."""

Target: TypeAlias = tuple[str, str]
"""A series (measured object, measurement), or ("", measurement)."""


def bounded(factor: float) -> float:
    """Within LEAST and MOST, whatever was said how often.

    >>> bounded(3.0), bounded(0.1), bounded(1.1)
    (2.0, 0.5, 1.1)
    """
    return min(max(factor, LEAST), MOST)


@dataclass(slots=True)
class Labels:
    """The verdicts on one target by episode, in the order in which they came: (verdict, id of the change).

    The factor is what they come to one after the other from `base`, bounded after each, so that taking one out leaves
    what the others say. Beyond MOST_LABELS the oldest moves into `base` and can no longer be undone.
    """

    base: float = 1.0
    given: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def factor(self) -> float:
        found = self.base
        for verdict, _ in self.given.values():
            found = bounded(found * STEPS[verdict])
        return found

    def give(self, episode: str, verdict: str, change: str) -> str:
        """Take a verdict in; the id of the change that it replaces, "" for none."""
        _, replaced = self.given.pop(episode, ("", ""))
        self.given[episode] = verdict, change
        if len(self.given) > MOST_LABELS:
            oldest, _ = self.given.pop(next(iter(self.given)))
            self.base = bounded(self.base * STEPS[oldest])
        return replaced

    def episode_of(self, change: str) -> str:
        """The episode whose verdict made a change; "" where none is in force."""
        return next((episode for episode, (_, made) in self.given.items() if made == change), "")


@dataclass(slots=True)
class Feedback(Part):
    """The labels of one domain by target, and how many changes there have been. Nothing decays."""

    name: ClassVar[str] = "feedback"
    targets: dict[Target, Labels] = field(default_factory=dict)
    changes: int = 0

    def factor(self, target: Target) -> float:
        """1 where nothing was said."""
        labels = self.targets.get(target)
        return 1.0 if labels is None else labels.factor

    def whole_factor(self, measured_object: str, measurement: str) -> float:
        """What multiplies the threshold of a series: its own factor and its measurement's, within the bounds of one."""
        return bounded(self.factor((measured_object, measurement)) * self.factor(("", measurement)))

    def take(self, passage: Passage) -> None:
        """Judge the series that were judged by rules of their own: one per measurement, then one per such series."""
        passage.factor = self.whole_factor
        if not self.targets:
            return
        names, slots = passage.envelope.names, passage.series.slots
        places = {name: place for place, name in enumerate(names)}
        judged = sorted(
            (slots[pair], places[pair[1]], self.whole_factor(*pair))
            for pair in self.targets
            if pair[1] in places and pair in slots
        )
        rules = np.concatenate((passage.rules, passage.rules[[place for _, place, _ in judged]]))
        factors = [*(self.factor(("", name)) for name in names), *(factor for _, _, factor in judged)]
        for column in DIVIDED:
            rules[column][: len(factors)] *= factors
        own = rules_by_slot(np.array([slot for slot, _, _ in judged], np.int64), len(names), passage)
        passage.judge_by(rules, own)

    def judge(self, event: Verdict, episode: str) -> ThresholdChange | str:
        """Apply a verdict on an episode; the change, or why there is none. A change made before is no second one: "".

        A refusal changes nothing.
        """
        target = target_of(event)
        labels = self.targets.get(target)
        if event.verdict == UNDO:
            return self._undo(event, labels)
        if event.verdict not in STEPS:
            return f"verdict {event.verdict!r} is none of {', '.join((*STEPS, UNDO))}"
        if labels is None:
            if len(self.targets) >= MOST_TARGETS:
                return f"domain {event.domain} holds its limit of {MOST_TARGETS} adjusted thresholds; undo some"
            labels = self.targets[target] = Labels()
        if labels.episode_of(event.verdict_id):
            return ""
        before = labels.factor
        replaced = labels.give(episode, event.verdict, event.verdict_id)
        return self._change(event, episode, replaced, (before, labels.factor))

    def _undo(self, event: Verdict, labels: Labels | None) -> ThresholdChange | str:
        episode = labels.episode_of(event.undoes) if labels is not None else ""
        if labels is None or not episode:
            return (
                f"change {event.undoes!r} is not in force; it was undone or replaced, or is beyond {MOST_LABELS} later"
            )
        before = labels.factor
        del labels.given[episode]
        change = self._change(event, episode, event.undoes, (before, labels.factor))
        if not labels.given and labels.base == 1.0:
            del self.targets[target_of(event)]
        return change

    def _change(self, event: Verdict, episode: str, undoes: str, factors: tuple[float, float]) -> ThresholdChange:
        self.changes += 1
        return ThresholdChange(
            change_id=event.verdict_id,
            domain=event.domain,
            feed=event.feed,
            managed_object=target_of(event)[0],
            measurement=event.measurement,
            episode_id=episode,
            verdict=event.verdict,
            undoes=undoes,
            user=event.user,
            why=event.why,
            before=factors[0],
            after=factors[1],
            number=self.changes,
            given_at=event.given_at,
        )

    def packed(self, series: DomainSeries) -> Packed:
        """As it is."""
        return FEEDBACK.plain(self)

    @classmethod
    def of(cls, packed: Packed, series: DomainSeries) -> "Feedback":
        """The inverse of `packed`."""
        return FEEDBACK.of(packed)


FEEDBACK: Final = CellCodec(Feedback)


def rules_by_slot(judged: Slots, measurements: int, passage: Passage) -> Ints:
    """Each row's rule: its measurement's, or that of its series where `judged` (ascending) holds it."""
    rule, slots = passage.columns.rule, passage.slots
    if not len(judged):
        return rule
    place = np.minimum(np.searchsorted(judged, slots), len(judged) - 1)
    return np.where(judged[place] == slots, measurements + place, rule).astype(np.int32)


def episode_of(event: Verdict | KpiEpisode) -> str:
    """The id of the scored episode of this series and start."""
    return derive_id(NAME, event.domain, event.managed_object, event.measurement, event.started_at)


def is_scored(episode: KpiEpisode) -> bool:
    """Whether scores made it: a gap is an episode too, and has no threshold."""
    return episode.episode_id == episode_of(episode)


def target_of(event: Verdict) -> Target:
    """The threshold that a verdict concerns."""
    return ("" if event.scope == "measurement" else event.managed_object), event.measurement
