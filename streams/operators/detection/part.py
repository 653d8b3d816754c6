"""An aspect of detection as a part of its cell, and what it is given: the rows of an envelope, or a timer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, ClassVar, Final, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.detection.layout import MARK, NEVER, NO_FLAGS, Columns, Records, ScoreColumns, Setting
from streams.operators.detection.calendar import Exempt
from streams.operators.detection.domain_series import DomainSeries, Slots
from streams.operators.detection.policy_book import DomainPolicies
from telassure.kernel.errors import UnknownSchema
from telassure.kernel.events import DeadLetter, KpiEpisode, Measurements, ScoredPoints
from telassure.kernel.events.kpi import Flags, Floats, Ints
from telassure.kernel.events.outcome import RowsRestated
from telassure.kernel.instant import SECOND, Instant

Told: TypeAlias = ScoredPoints | KpiEpisode | DeadLetter | RowsRestated
Packed: TypeAlias = dict[str, Any]  # by the names of its fields, as msgpack writes them

FIRST: Final = -2  # the gaps that rows end
POINTS: Final = -1
LAST: Final = 1 << 40
NO_MARKS: Final[Records] = np.empty(0, MARK)


class Beside(NamedTuple):
    """What a cell says once a row is taken: the seconds from which its series was learned, and which other KPIs of its
    object are anomalous with it."""

    learned: float = 0.0
    others: tuple[str, ...] = ()


@dataclass(slots=True, eq=False, kw_only=True)
class Telling:
    """What is to be told of a domain, and the next instant at which something may be due (or NEVER). `marks` are the
    changes of series' episodes, `group` the start of the group that each belongs to."""

    domain: str
    series: DomainSeries
    policies: DomainPolicies
    marks: Records = field(default_factory=lambda: NO_MARKS)
    group: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    wake: Instant = NEVER
    _told: list[tuple[int, Told]] = field(default_factory=list)

    def tell(self, place: int, output: Told) -> None:
        """Something to be told; of the same place in the order in which it came."""
        self._told.append((place, output))

    def wake_by(self, at: Instant) -> None:
        """Something may be due then; NEVER is no instant."""
        if at != NEVER and (self.wake == NEVER or at < self.wake):
            self.wake = at

    def outputs(self) -> Iterator[Told]:
        """All that is told, by its place."""
        return (output for _, output in sorted(self._told, key=itemgetter(0)))


@dataclass(slots=True, eq=False, kw_only=True)
class Passage(Telling):
    """The rows of an envelope, each with its series, its rule and (once scored) its scores. `first` is the row of the
    whole envelope that the first of these is; `stored` rows (empty: none) are stored already; `beside` is what was
    around each mark when it was made; `factor` what operators' verdicts multiply a series' threshold by."""

    envelope: Measurements
    first: int
    columns: Columns
    rules: Records
    setting: Setting
    stored: Flags = field(default_factory=lambda: NO_FLAGS)
    scores: ScoreColumns | None = None
    beside: Sequence[Beside] = ()
    factor: Callable[[str, str], float] = lambda measured_object, measurement: 1.0

    def set_aside(self, judged: Flags, stored: Flags) -> None:
        """These rows were `judged`, or `stored`, before: parts to come read no value in the ones, and do not store the
        others."""
        self.columns = self.columns._replace(suspect=sealed(self.columns.suspect | judged))
        self.stored = stored

    @property
    def slots(self) -> Slots:
        """Each row's series."""
        return self.columns.slot

    def show(self, value: Floats) -> None:
        """From here on the rows have these values."""
        self.envelope = replace(self.envelope, value=value)
        self.columns = self.columns._replace(value=sealed(value))

    def judge_by(self, rules: Records, rule: Ints) -> None:
        """From here on the rows are judged by these rules."""
        self.rules, self.columns = rules, self.columns._replace(rule=sealed(rule))

    def scored(self) -> ScoreColumns:
        """The scores, which are there once `Scoring` has seen the rows."""
        assert self.scores is not None, "the part of the scores comes before those that read them"
        return self.scores


@dataclass(slots=True, eq=False, kw_only=True)
class Expiry(Telling):
    """A timer of a domain that has passed: `watermark` is its instant."""

    watermark: Instant


class Part:
    """A cell keeps a part's state under the part's `name`, and hands it every envelope and every timer of its domain,
    parts in the order of `cell.PARTS`. A part overrides what it needs; here, each does nothing.

    `take` sees the rows after the parts before it, and adds to the passage; `expire` does the same with a timer that
    has passed. Either may say when the next one is due (`wake_by`).
    """

    name: ClassVar[str]
    __slots__ = ()

    def take(self, passage: Passage) -> None:
        """Rows have come."""

    def expire(self, expiry: Expiry) -> None:
        """A timer of the domain has passed."""

    def born(self, slots: Sequence[int], series: DomainSeries, policies: DomainPolicies) -> None:
        """These series are new."""

    def forget(self, slot: int) -> None:
        """The slot has another series from here on."""

    def holds(self, slots: NDArray[np.intp], series: DomainSeries) -> Flags:
        """Which of these silent series may not make room for others."""
        return np.zeros(len(slots), np.bool_)

    def packed(self, series: DomainSeries) -> Packed:
        """The state by the names of its fields, as a `CellCodec` writes it; empty where there is none to keep."""
        return {}

    @classmethod
    def of(cls, packed: Packed, series: DomainSeries) -> Self:
        """The inverse of `packed`; empty for a cell that does not know the part. UnknownSchema for an unknown field."""
        if packed:
            unknown = ", ".join(sorted(packed))
            raise UnknownSchema(f"a detection cell keeps {unknown} of {cls.name}, unknown to this release")
        return cls()


@dataclass(frozen=True, slots=True)
class PartTenants:
    """The parts of a cell, as its series ask them (`domain_series.Tenants`)."""

    parts: Sequence[Part]
    series: DomainSeries
    policies: DomainPolicies

    def born(self, slots: Sequence[int]) -> None:
        """These series are new."""
        for part in self.parts if slots else ():
            part.born(slots, self.series, self.policies)

    def forget(self, slot: int) -> None:
        """The slot has another series from here on."""
        for part in self.parts:
            part.forget(slot)

    def holds(self, slots: NDArray[np.intp]) -> Flags:
        """Which of these silent series some part holds."""
        held = np.zeros(len(slots), np.bool_)
        for part in self.parts:
            held |= part.holds(slots, self.series)
        return held


def columns_of(envelope: Measurements, slots: Slots, exempt: Exempt) -> Columns:
    """The rows as kernels take them."""
    return Columns(
        slot=slots,
        rule=sealed(envelope.measurement),
        time=sealed(envelope.time),
        value=sealed(envelope.value),
        suspect=sealed(envelope.suspect),
        local=sealed(exempt.local),
        unlearned=sealed(exempt.unlearned),
        unalarmed=sealed(exempt.unalarmed),
    )


def setting_of(envelope: Measurements, series: DomainSeries, policies: DomainPolicies) -> Setting:
    """What holds for all rows."""
    return Setting(series.feed_code(envelope.feed), envelope.granularity / SECOND, policies.silence)


def sealed(column: NDArray[Any]) -> NDArray[Any]:
    """A read-only view, whoever made the column: the kernel is compiled once, and nothing can change the input."""
    view = column.view()
    view.flags.writeable = False
    return view
