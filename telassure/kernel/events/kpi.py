"""Performance measurements as columns (3GPP TS 28.552, 32.435), and what the scoring makes of them."""

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telassure.kernel.events.shares import Codes
from telassure.kernel.instant import Duration, Instant
from telassure.kernel.kept import BusinessRecord, Kept
from telassure.kernel.rights import VIEW

Ints = NDArray[np.int32]
Times = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

UNRANKED: Final = 0.5  # where an episode that no ranker has judged stands among those that one has
NONE_LATE: Final[Flags] = np.zeros(0, np.bool_)
ELEMENT: Final = "element"
"""The measurement that stands for all of an object's KPIs: of its episodes, and as a selector of their policies."""


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """One envelope: up to 10,000 rows of ONE domain, in the order they were taken.

    `measured_object[i]` and `measurement[i]` index the dictionaries `objects` and `names`. `time` is the end of the
    granularity period in microseconds UTC; `granularity` 0 means unknown. `value` may be NaN (missing at the source);
    infinities never pass the codec. A `suspect` row (TS 32.435) is stored but neither scored nor learned. `late` rows
    (the host's word; empty where none is) are stored only.
    """

    domain: str
    feed: str
    granularity: Duration
    objects: tuple[str, ...]
    names: tuple[str, ...]
    measured_object: Ints
    measurement: Ints
    time: Times
    value: Floats
    suspect: Flags
    trace: str = ""
    late: Flags = field(default_factory=lambda: NONE_LATE)

    def __len__(self) -> int:
        return len(self.time)

    def take(self, rows: NDArray[np.intp] | Flags) -> "Measurements":
        """The same envelope with only these rows (indices or a mask); the dictionaries stay whole."""
        return replace(
            self,
            measured_object=self.measured_object[rows],
            measurement=self.measurement[rows],
            time=self.time[rows],
            value=self.value[rows],
            suspect=self.suspect[rows],
            late=self.late[rows] if len(self.late) else self.late,
        )


@dataclass(frozen=True, slots=True, eq=False)
class ScoredPoints:
    """What the metric store keeps of an envelope: each row with its expectation.

    `expected`, `lower`, `upper` and `score` are NaN where a row was not scored (late, suspect, missing, or learning).
    `score` above 1 means anomalous; `shares` says which channel contributed how much of it (`events.shares`), UNKNOWN
    where it is not above 0.
    """

    points: Measurements
    expected: Floats
    lower: Floats
    upper: Floats
    score: Floats
    shares: Codes

    def __len__(self) -> int:
        return len(self.points)

    def take(self, rows: NDArray[np.intp] | Flags) -> "ScoredPoints":
        """The same points with only these rows."""
        return replace(
            self,
            points=self.points.take(rows),
            expected=self.expected[rows],
            lower=self.lower[rows],
            upper=self.upper[rows],
            score=self.score[rows],
            shares=self.shares[rows],
        )


@dataclass(frozen=True, slots=True)
class KpiEpisode(BusinessRecord):
    """A run of anomalous points of one series: opened, perhaps worsened, closed. The id is the series and its start.

    `evidence` is what was known when it opened and each time it worsened, as numbers (`models.ranking.features`), and
    `rank` how probable it is that an operator calls it a true positive, in [0, 1]; None where no ranker has judged it.
    `group_id` is the same for episodes of one object that overlap or follow each other within an hour; `corroborating`
    are the KPIs of the object that were anomalous with it. An episode of the measurement "element" is what several KPIs
    showed together and none alone: its `value` is the evidence, its `expected` what is too much of it.
    """

    episode_id: str
    domain: str
    feed: str
    managed_object: str
    measurement: str
    state: str  # "open" or "closed"
    severity: int  # PerceivedSeverity
    started_at: Instant
    changed_at: Instant
    ended_at: Instant | None
    peak_score: float
    value: float
    expected: float
    reason: str
    evidence: tuple[tuple[float, ...], ...] = ()
    rank: float | None = None
    group_id: str = ""
    corroborating: tuple[str, ...] = ()
    trace: str = field(default="", compare=False)

    @property
    def time(self) -> Instant:
        return self.changed_at

    @property
    def series(self) -> tuple[str, str]:
        """Object and measurement to look at: an element's episode stands for the KPI with the greatest share in it."""
        known = self.measurement != ELEMENT or not self.corroborating  # all its KPIs may have made room for others
        return self.managed_object, self.measurement if known else self.corroborating[0]

    @property
    def worth(self) -> float:
        """What open episodes are listed by: the rank, UNRANKED where there is none."""
        return UNRANKED if self.rank is None else self.rank


EPISODES: Final = Kept(
    KpiEpisode,
    "kpi_episode",
    time="changed_at",
    order=("-changed_at",),
    filters=("state", "domain", "feed", "managed_object", "measurement", "group_id", "changed_at"),
    indexes=(("state", "changed_at"),),
    closed=("closed",),
    appended=("evidence", "rank", "group_id", "corroborating"),
    unknown={"rank": UNRANKED},
    shown_to=(VIEW,),
)
BY_RANK: Final = ("-rank", "-changed_at")
"""The order of open episodes: the likeliest to be a true one first."""
