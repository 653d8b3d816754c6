"""What operators say of KPI episodes, and what becomes of a threshold because of it."""

from dataclasses import dataclass
from typing import Final

from telassure.kernel.instant import Instant
from telassure.kernel.kept import BusinessRecord, Kept
from telassure.kernel.rights import VIEW


@dataclass(frozen=True, slots=True)
class Verdict:
    """An operator's word on an episode: "true_positive", "false_positive", or "undo" of the change `undoes`.

    It names the series by itself (domain, feed, managed object, measurement, start), as the episode does, and concerns
    that series or (`scope` "measurement") that measurement in the whole domain. It is an event of the episode's feed
    and time, so that it moves no clock; `given_at` is when it was said.
    """

    verdict_id: str
    domain: str
    feed: str
    managed_object: str
    measurement: str
    started_at: Instant
    verdict: str
    scope: str  # "series" or "measurement"
    user: str
    why: str
    given_at: Instant
    undoes: str = ""

    @property
    def time(self) -> Instant:
        return self.started_at


@dataclass(frozen=True, slots=True)
class ThresholdChange(BusinessRecord):
    """What one verdict did: who, when, why, and the factor on the threshold before and after.

    `change_id` is the verdict's. `managed_object` is "" where the whole measurement is concerned. `number` counts the
    changes of a domain, 1 is the first. `undoes` is the change taken back: by an undo, or because an episode has one
    verdict only, the newest.
    """

    change_id: str
    domain: str
    feed: str
    managed_object: str
    measurement: str
    episode_id: str
    verdict: str
    undoes: str
    user: str
    why: str
    before: float
    after: float
    number: int
    given_at: Instant

    @property
    def time(self) -> Instant:
        return self.given_at


@dataclass(frozen=True, slots=True)
class ModelComparison(BusinessRecord):
    """Champion and challenger of one domain side by side on the live stream: the episodes that each has opened since
    `since`, and how many of them were the same (open at once on one series)."""

    comparison_id: str
    domain: str
    challenger: str
    champion_episodes: int
    challenger_episodes: int
    agreed: int
    since: Instant
    time: Instant


THRESHOLD_CHANGES: Final = Kept(
    ThresholdChange,
    "threshold_change",
    time="given_at",
    order=("-given_at", "-number"),
    filters=("domain", "feed", "managed_object", "measurement", "episode_id", "verdict", "given_at"),
    indexes=(("given_at",),),
    removable=False,
    shown_to=(VIEW,),
)
COMPARISONS: Final = Kept(
    ModelComparison,
    "model_comparison",
    time="time",
    order=("-time",),
    filters=("domain", "challenger", "time"),
    indexes=(("time",),),
    shown_to=(VIEW,),
)
