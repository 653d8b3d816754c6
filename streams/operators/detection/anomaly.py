"""Scores telemetry against what each series should be at that time, and opens and closes anomaly episodes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from models.detection.counters import GAUGE
from models.detection.layout import NEVER
from streams.catalogue import Catalogue
from streams.operator import KeyedState
from streams.operators.detection.cell import STATE_VERSION, DomainCell, load_cell
from streams.operators.detection.episode import NAME
from streams.operators.detection.gaps import LEAST_GAP
from streams.operators.detection.part import Expiry, PartTenants, Passage, Told, columns_of, setting_of
from streams.operators.detection.policy_book import PolicyBook
from streams.operators.detection.scoring import unscored
from streams.operators.detection.verdicts import judge, obey
from telassure.kernel.events import Act, ActOutcome, Measurements, ThresholdChange, Verdict
from telassure.kernel.instant import HOUR, Duration, Instant

LATENESS: Final[Duration] = HOUR  # of the topology's source: no row is further behind its domain's clock

Input = Measurements | Verdict | Act
Output = Told | ThresholdChange | ActOutcome


@dataclass(slots=True)
class Anomaly:
    """Hands each envelope, and each timer of a domain, to the parts of detection in turn (`cell.PARTS`), and tells what
    they found. Rules are policies (`policy_book`), and operators' verdicts on episodes adjust them (`feedback`)."""

    catalogue: Catalogue
    name: str = NAME
    state_version: int = STATE_VERSION
    reads: tuple[int, ...] = (1, 2, 3, STATE_VERSION)
    accepts: tuple[type, ...] = (Measurements, Verdict, Act)
    # A row that opens an episode is at most LATENESS behind the clock; its timer is at least LEAST_GAP after it. (A
    # timer that finds its series still speaking is set again for its last row, which may be nearer.)
    shortest_timer: Duration | None = LEAST_GAP - LATENESS
    _book: PolicyBook = field(init=False)

    def __post_init__(self) -> None:
        self._book = PolicyBook(self.catalogue)

    def key(self, event: Input) -> str:
        return event.owner if isinstance(event, Act) else event.domain

    def fresh(self) -> DomainCell:
        return DomainCell()

    def dump(self, cell: DomainCell) -> bytes:
        return cell.dump()

    def load(self, blob: bytes, version: int) -> DomainCell:
        return load_cell(blob, version)

    def step(self, batch: Sequence[Input], state: KeyedState[DomainCell], watermark: Instant) -> Iterable[Output]:
        for event in batch:
            if isinstance(event, Verdict):
                yield from judge(event, state)
            elif isinstance(event, Act):
                yield from obey(event, state)
            else:
                yield from self._take(event, state)
        for domain, cell in state.due(watermark):
            yield from self._expire(domain, cell, state, watermark)

    def _take(self, envelope: Measurements, state: KeyedState[DomainCell]) -> Iterable[Told]:
        """Rows, day by day: what series have in common is taken anew at midnight. Late rows are only kept."""
        cell = state.of(envelope.domain)
        if len(envelope.late):
            yield from self._keep(cell.series.labels_of_late(envelope.take(envelope.late)))
            envelope = envelope.take(~envelope.late)
        for first, rows in cell.peers.days(envelope, cell.series):
            passage = self._passage(rows, first, cell)
            for part in cell.taking:
                part.take(passage)
            wake_by(passage.wake, envelope.domain, cell, state)
            yield from passage.outputs()

    def _keep(self, late: Measurements) -> Iterable[Told]:
        """Late rows as unscored points; the rate of a late count is not known, and one that is stored stays."""
        gauges = self._book.rules(late.domain, late.names)["kind"][late.measurement] == GAUGE
        if gauges.any():
            yield unscored(late.take(gauges))

    def _passage(self, envelope: Measurements, first: int, cell: DomainCell) -> Passage:
        """The rows with their series and their rules, before any part has seen them."""
        policies = self._book.of(envelope.domain)
        slots = cell.series.slots_of(envelope, policies.room, PartTenants(cell.parts, cell.series, policies))
        envelope = cell.series.labels(envelope, slots)
        return Passage(
            domain=envelope.domain,
            series=cell.series,
            policies=policies,
            envelope=envelope,
            first=first,
            columns=columns_of(envelope, slots, self._book.calendar.exempt(envelope)),
            rules=self._book.rules(envelope.domain, envelope.names),
            setting=setting_of(envelope, cell.series, policies),
        )

    def _expire(
        self, domain: str, cell: DomainCell, state: KeyedState[DomainCell], watermark: Instant
    ) -> Iterable[Told]:
        """A timer: what has been silent long enough ends, and what has not is waited for."""
        policies = self._book.of(domain)
        expiry = Expiry(domain=domain, series=cell.series, policies=policies, watermark=watermark)
        for part in cell.parts:
            part.expire(expiry)
        cell.wake = None
        wake_by(expiry.wake, domain, cell, state)
        yield from expiry.outputs()


def wake_by(at: Instant, domain: str, cell: DomainCell, state: KeyedState[DomainCell]) -> None:
    """Have the timer fire no later than `at`; NEVER is no instant."""
    if at != NEVER and (cell.wake is None or at < cell.wake):
        cell.wake = at
        state.wake(domain, at)
