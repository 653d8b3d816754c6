"""Runs another profile beside the champion on the live stream: its episodes are counted and compared, never told."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from streams.catalogue import Catalogue
from streams.operator import KeyedState
from streams.operators.detection.anomaly import LATENESS, Anomaly
from streams.operators.detection.cell import DomainCell
from streams.operators.detection.gaps import LEAST_GAP
from streams.operators.detection.policies import CHALLENGER, NONE, PROFILE
from streams.operators.detection.trial import TRIAL_VERSION, Trial, load_trial
from telassure.kernel.events import KpiEpisode, Measurements, ModelComparison
from telassure.kernel.instant import Duration, Instant


@dataclass(frozen=True, slots=True)
class Inside:
    """The series of the trials, as the detector keeps its own."""

    trials: KeyedState[Trial]

    def of(self, key: str) -> DomainCell:
        return self.trials.of(key).cell

    def peek(self, key: str) -> DomainCell | None:
        trial = self.trials.peek(key)
        return None if trial is None else trial.cell

    def wake(self, key: str, at: Instant | None) -> None:
        self.trials.wake(key, at)

    def due(self, watermark: Instant) -> Iterator[tuple[str, DomainCell]]:
        for key, trial in self.trials.due(watermark):
            yield key, trial.cell

    def forget(self, key: str) -> None:
        self.trials.forget(key)


@dataclass(slots=True)
class Challenger:
    """The whole detector again, under every policy of the champion's but its profile, with a state of its own that
    begins empty: it knows its series after two days. What comes out is one `ModelComparison` per domain and trial, each
    time that either opens an episode. Feedback on the champion's thresholds does not reach it."""

    catalogue: Catalogue
    name: str = "challenger"
    state_version: int = TRIAL_VERSION
    reads: tuple[int, ...] = (1, 2, TRIAL_VERSION)
    accepts: tuple[type, ...] = (Measurements, KpiEpisode)
    shortest_timer: Duration | None = LEAST_GAP - LATENESS
    _detectors: dict[str, Anomaly] = field(default_factory=dict)
    _version: int = -1

    def key(self, event: Measurements | KpiEpisode) -> str:
        return event.domain

    def fresh(self) -> Trial:
        return Trial()

    def dump(self, cell: Trial) -> bytes:
        return cell.dump()

    def load(self, blob: bytes, version: int) -> Trial:
        return load_trial(blob, version)

    def step(
        self, batch: Sequence[Measurements | KpiEpisode], state: KeyedState[Trial], watermark: Instant
    ) -> Iterable[ModelComparison]:
        for event in batch:
            profile = self._profile(event.domain)
            if profile:
                yield from self._compare(event, profile, state)
            elif state.peek(event.domain) is not None:
                state.forget(event.domain)
        if not batch:
            yield from self._told(self._detector("").step((), Inside(state), watermark), state)

    def _compare(
        self, event: Measurements | KpiEpisode, profile: str, state: KeyedState[Trial]
    ) -> Iterator[ModelComparison]:
        trial = state.of(event.domain)
        if trial.profile != profile:
            began = int(event.time.min()) if isinstance(event, Measurements) else event.time
            trial.begin(profile, began)
            state.wake(event.domain, None)
        if isinstance(event, KpiEpisode):
            if trial.hear_champion(event):
                yield trial.comparison(event.domain, event.time)
            return
        yield from self._told(self._detector(profile).step((event,), Inside(state), 0), state)

    def _told(self, outputs: Iterable[object], state: KeyedState[Trial]) -> Iterator[ModelComparison]:
        """The comparisons that the challenger's outputs make."""
        for output in outputs:
            if isinstance(output, KpiEpisode):
                trial = state.of(output.domain)
                if trial.hear_challenger(output):
                    yield trial.comparison(output.domain, output.time)

    def _profile(self, domain: str) -> str:
        named = CHALLENGER.of(self.catalogue, domain)
        return "" if named == NONE else named

    def _detector(self, profile: str) -> Anomaly:
        """The detector under the policies as they are, but this profile everywhere."""
        if self._version != self.catalogue.version:
            self._detectors.clear()
            self._version = self.catalogue.version
        if profile not in self._detectors:
            others = {place: rule for place, rule in self.catalogue.policies.items() if place[:2] != PROFILE.place}
            ruled = others | {(*PROFILE.place, ""): profile}
            self._detectors[profile] = Anomaly(Catalogue(self.catalogue.version, policies=ruled))
        return self._detectors[profile]
