"""What several pages show, as plain frozen values: equal values draw equal panels."""

from dataclasses import dataclass

from telassure.kernel.instant import Duration, Instant
from telassure.kernel.money import Money


@dataclass(frozen=True, slots=True)
class FeedAge:
    """One feed. State: "live", "catching up", "quiet" or "stale"; of a recording "taking in" or "recording".

    `limit` is the silence allowed.
    """

    name: str
    newest: Instant
    state: str
    limit: Duration


@dataclass(frozen=True, slots=True)
class OwnProcesses:
    """What is wrong with processes of ours, which were started again of late, and what else they say, in words."""

    ill: tuple[str, ...] = ()
    restarted: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SystemState:
    """State: "empty", "live", "history", "stale", "quiet", "recording", or "down" where a process of ours is; `newest`
    is the newest event of any feed."""

    state: str
    words: str
    newest: Instant | None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Who has acknowledged an incident, and when; `stated`: they are who they say they are, no credential proves it."""

    user: str
    at: Instant
    stated: bool


@dataclass(frozen=True, slots=True)
class ControlLeakage:
    """Open leakage that one control found, in one currency."""

    control: str
    cases: int
    amount: Money


@dataclass(frozen=True, slots=True)
class MoneyToday:
    """Charged for usage since `day` (UTC midnight), and all open leakage."""

    day: Instant
    charged: tuple[Money, ...]
    leakage: tuple[ControlLeakage, ...]
    totals: tuple[Money, ...]
