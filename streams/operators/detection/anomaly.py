"""Scores telemetry against what each series should be at that time, and opens and closes anomaly episodes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.detection.layout import NEVER, OPENED, RECOVERED, SILENT, WORSENED, Columns, Record, Records, Setting
from models.detection.persistence import end_silent
from models.detection.seasonal import no_marks, no_scores
from streams.catalogue import Catalogue
from streams.operator import KeyedState
from streams.operators.detection.adjusted_rules import adjusted
from streams.operators.detection.calendar import Calendar
from streams.operators.detection.domain_series import DomainSeries, Room, Slots, load_domain
from streams.operators.detection.element_episodes import (
    Followed,
    Place,
    close_single,
    end_silent_elements,
    episode_of_element,
    follow,
    grouped,
    rows_of,
    watch_of,
)
from streams.operators.detection.episode import NAME, episode_of
from streams.operators.detection.episode_changes import Change, Changes, advance_by_marks
from streams.operators.detection.gap_rows import spoken
from streams.operators.detection.gaps import LEAST_GAP, Watch, allowed, sweep, whole_minute
from streams.operators.detection.peer_shapes import by_days
from streams.operators.detection.policies import BORROW, FORGET, GAP_PERIODS, SERIES_LIMIT, SILENCE
from streams.operators.detection.ranks import ranked, ranker_for
from streams.operators.detection.readings import readings
from streams.operators.detection.rules import rules_for
from streams.operators.detection.verdicts import judge
from streams.operators.detection.words import usual_when
from streams.refusals import refused, series_of
from telassure.kernel.events import DeadLetter, KpiEpisode, Measurements, ScoredPoints, ThresholdChange, Verdict
from telassure.kernel.events.kpi import ELEMENT
from telassure.kernel.events.shares import codes_of
from telassure.kernel.instant import HOUR, SECOND, Duration, Instant

LATENESS: Final[Duration] = HOUR  # of the topology's source: no row is further behind its domain's clock
CACHED_RULES: Final = 64

Input = Measurements | Verdict
Output = ScoredPoints | KpiEpisode | ThresholdChange | DeadLetter


@dataclass(slots=True)
class Anomaly:
    """Every row comes out as a scored point. An episode opens on n anomalous of the last m scored rows of a series, and
    closes on n normal ones of m or, by timer, once the series has been silent for a while. Rows of series beyond the
    domain's limit come out unscored, and as one dead letter per envelope. Rules are policies (`detection_rules`), and
    operators' verdicts on episodes adjust them (`feedback`)."""

    catalogue: Catalogue
    name: str = NAME
    state_version: int = 2
    reads: tuple[int, ...] = (1, 2)
    accepts: tuple[type, ...] = (Measurements, Verdict)
    # A row that opens an episode is at most LATENESS behind the clock; its timer is at least LEAST_GAP after it. (A
    # timer that finds its series still speaking is set again for its last row, which may be nearer.)
    shortest_timer: Duration | None = LEAST_GAP - LATENESS
    _rules: dict[tuple[str, tuple[str, ...]], Records] = field(default_factory=dict)
    _rules_version: int = -1
    _calendar: Calendar = field(init=False)

    def __post_init__(self) -> None:
        self._calendar = Calendar(self.catalogue)

    def key(self, event: Input) -> str:
        return event.domain

    def fresh(self) -> DomainSeries:
        return DomainSeries()

    def dump(self, cell: DomainSeries) -> bytes:
        return cell.dump()

    def load(self, blob: bytes, version: int) -> DomainSeries:
        return load_domain(blob)

    def step(self, batch: Sequence[Input], state: KeyedState[DomainSeries], watermark: Instant) -> Iterable[Output]:
        for event in batch:
            if isinstance(event, Verdict):
                yield from judge(event, state)
            else:
                yield from self._score_by_days(event, state)
        for domain, cell in state.due(watermark):
            yield from self._end_silent(domain, cell, state, watermark)

    def _score_by_days(self, envelope: Measurements, state: KeyedState[DomainSeries]) -> Iterable[Output]:
        """Before the first row of each day, what series have in common is taken anew, for those that are born in it."""
        cell = state.of(envelope.domain)
        for day, first, part in by_days(envelope, cell.peers.day):
            if day > cell.peers.day:
                cell.peers.turn(day, cell.state, cell.pairs)
            yield from self._score(part, state, first)

    def _score(self, envelope: Measurements, state: KeyedState[DomainSeries], first: int) -> Iterable[Output]:
        """`first` is the row of the whole envelope that the first of these is."""
        domain = envelope.domain
        cell = state.of(domain)
        limit, forget = SERIES_LIMIT.of(self.catalogue, domain), FORGET.of(self.catalogue, domain)
        room = Room(limit, forget, lambda measurement: BORROW.of(self.catalogue, measurement, domain))
        slots = cell.slots_of(envelope, room)
        setting = Setting(
            cell.feed_code(envelope.feed), envelope.granularity / SECOND, SILENCE.of(self.catalogue, domain)
        )
        rules, rule = self._rules_of(domain, envelope.names), envelope.measurement
        shown = readings(cell, envelope, rules, slots)
        if cell.feedback.targets:
            rules, rule = adjusted(cell, rules, envelope, slots)
        exempt = self._calendar.exempt(envelope)
        columns = Columns(
            slot=slots,
            rule=sealed(rule),
            time=sealed(envelope.time),
            value=sealed(shown.value),
            suspect=sealed(envelope.suspect),
            local=sealed(exempt.local),
            unlearned=sealed(exempt.unlearned),
            unalarmed=sealed(exempt.unalarmed),
        )
        yield from spoken(cell, columns, rules, setting, self._watch(domain))
        scores = no_scores(len(envelope))
        marks, beside = advance_by_marks(cell, rules, columns, setting, scores)
        shares = codes_of(scores.channel, scores.part, scores.score)
        yield ScoredPoints(shown, scores.expected, scores.lower, scores.upper, scores.score, shares)
        watch = watch_of(self.catalogue, domain, self._rules_of(domain, (ELEMENT,)), setting)
        followed = follow(cell, rows_of(columns, rules, scores), marks, watch)
        yield from self._tell(Changes(marks, beside), followed, columns, envelope, cell)
        self._set_timer(marks, followed, envelope, cell, state)
        if (slots < 0).any():
            yield refusal(envelope, slots, limit, first)

    def _tell(
        self, changes: Changes, followed: Followed, columns: Columns, envelope: Measurements, cell: DomainSeries
    ) -> Iterable[KpiEpisode]:
        """The episodes as the changes leave them, of series and of elements in the order of the rows; those that go on,
        with what surrounds them."""
        count = len(changes.marks)
        rows = np.concatenate((changes.marks["row"], followed.marks["row"]))
        for place in np.argsort(rows, kind="stable").tolist():
            if place >= count:
                where = Place(envelope.domain, envelope.feed, envelope.trace)
                yield episode_of_element(cell, followed.marks[place - count], where)
            else:
                yield self._told(changes.at(place), int(followed.group[place]), columns, envelope, cell)

    def _told(
        self, change: Change, group: Instant, columns: Columns, envelope: Measurements, cell: DomainSeries
    ) -> KpiEpisode:
        """One episode of a series, with the start of its group."""
        entry = change.mark
        slot, row = int(entry["slot"]), int(entry["row"])
        local = int(columns.local[row] if len(columns.local) else columns.time[row])
        goes_on = entry["kind"] in (OPENED, WORSENED)
        usual = usual_when(local) if goes_on else ""
        trace = trace_of(entry, cell, envelope.trace)
        told = episode_of(entry, envelope.domain, envelope.feed, cell.pairs[slot], trace, usual)
        return self._ranked(told, group, change, cell, local)

    def _ranked(
        self, told: KpiEpisode, group: Instant, change: Change, cell: DomainSeries, local: Instant
    ) -> KpiEpisode:
        """With what is known of it; a closed one with what was when it last was open."""
        ranker = ranker_for(self.catalogue.policies, told.domain, told.measurement)
        found, others = ranked(told, change, cell, ranker, local)
        return grouped(found, group, others)

    def _set_timer(
        self,
        changes: Records,
        followed: Followed,
        envelope: Measurements,
        cell: DomainSeries,
        state: KeyedState[DomainSeries],
    ) -> None:
        """Have the timer fire when an episode that has opened, or a series of this envelope, may have fallen silent."""
        domain = envelope.domain
        rows = [marks["row"][marks["kind"] == OPENED] for marks in (changes, followed.marks)]
        opened = envelope.time[np.concatenate(rows)]
        if len(opened):
            wake_by(int(opened.min()) + SILENCE.of(self.catalogue, domain), domain, cell, state)
        periods = GAP_PERIODS.of(self.catalogue, domain)
        if periods > 0 and envelope.granularity > 0 and len(envelope):
            due = int(envelope.time.max()) + allowed(envelope.granularity, periods)
            wake_by(whole_minute(due), domain, cell, state)

    def _watch(self, domain: str) -> Watch:
        return Watch(domain, GAP_PERIODS.of(self.catalogue, domain), FORGET.of(self.catalogue, domain))

    def _rules_of(self, domain: str, measurements: tuple[str, ...]) -> Records:
        if self._rules_version != self.catalogue.version or len(self._rules) >= CACHED_RULES:
            self._rules.clear()
            self._rules_version = self.catalogue.version
        rules = self._rules.get((domain, measurements))
        if rules is None:
            rules = self._rules[(domain, measurements)] = rules_for(self.catalogue, domain, measurements)
        return rules

    def _end_silent(
        self, domain: str, cell: DomainSeries, state: KeyedState[DomainSeries], watermark: Instant
    ) -> Iterable[KpiEpisode]:
        """Close what has been silent long enough, and set the timer for what has not."""
        used = cell.state[: len(cell.pairs)]
        marks = no_marks(int(np.count_nonzero(used["open"])))
        count, upcoming = end_silent(used, watermark, SILENCE.of(self.catalogue, domain), marks)
        feeds = list(cell.feeds)
        for entry in marks[:count]:
            slot, feed = int(entry["slot"]), feeds[used["feed"][entry["slot"]]]
            told = episode_of(entry, domain, feed, cell.pairs[slot], trace_of(entry, cell))
            group = close_single(cell, slot, int(entry["changed"]))
            yield self._ranked(told, group, Change(entry), cell, watermark)
        ended, upcoming_element = end_silent_elements(self.catalogue, cell, domain, watermark)
        yield from ended
        cell.wake = None
        for at in (upcoming, upcoming_element):
            if at != NEVER:
                wake_by(at, domain, cell, state)
        gaps, upcoming = sweep(cell, self._watch(domain), watermark)
        yield from gaps
        if upcoming != NEVER:
            wake_by(upcoming, domain, cell, state)


def trace_of(mark: Record, cell: DomainSeries, trace: str = "") -> str:
    """The trace of the envelope that opened the mark's episode, kept while it is open."""
    slot, kind = int(mark["slot"]), int(mark["kind"])
    if kind == OPENED and trace:
        cell.traces[slot] = trace
    return cell.traces.pop(slot, "") if kind in (RECOVERED, SILENT) else cell.traces.get(slot, "")


def sealed(column: NDArray[Any]) -> NDArray[Any]:
    """A read-only view, whoever made the column: the kernel is compiled once, and nothing can change the input."""
    view = column.view()
    view.flags.writeable = False
    return view


def wake_by(at: Instant, domain: str, cell: DomainSeries, state: KeyedState[DomainSeries]) -> None:
    """Have the timer fire no later than `at`."""
    if cell.wake is None or at < cell.wake:
        cell.wake = at
        state.wake(domain, at)


def refusal(envelope: Measurements, slots: Slots, limit: int, before: int) -> DeadLetter:
    """The rows of series that found no place, as an envelope of their own, with the first of them named. `before`: rows
    of the envelope before these."""
    placeless = np.flatnonzero(slots < 0)
    kept = envelope.take(placeless)
    pairs = np.unique(kept.measured_object.astype(np.int64) * len(envelope.names) + kept.measurement)
    reason = (
        f"{len(kept)} rows of {len(pairs)} series, first {series_of(kept, 0)}, are not scored: domain "
        f"{envelope.domain} holds its limit of {limit} series; raise the policy detection.series_limit"
    )
    return refused(NAME, kept, reason, f"row {before + int(placeless[0])}")
