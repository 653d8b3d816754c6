"""What the demo operator is made of: sizes, rates and the fault schedule, all as one frozen record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from telassure.kernel.instant import MINUTE, SECOND, Duration, Instant

JsonObject = dict[str, object]

FORTNIGHT_DAYS: Final = 14


class FaultKind(StrEnum):
    """What can go wrong at the demo operator."""

    FIBRE_CUT = "fibre_cut"
    SITE_POWER_LOSS = "site_power_loss"
    SLEEPING_CELL = "sleeping_cell"
    CONGESTED_CORE = "congested_core"
    CDR_FEED_GAP = "cdr_feed_gap"
    WRONG_TARIFF = "wrong_tariff"
    UNBILLED_SERVICE = "unbilled_service"
    SIM_BOX = "sim_box"


NETWORK_KINDS: Final = (
    FaultKind.FIBRE_CUT,
    FaultKind.SITE_POWER_LOSS,
    FaultKind.SLEEPING_CELL,
    FaultKind.CONGESTED_CORE,
)


class Emission(NamedTuple):
    """One body for `POST /v1/ingest/{kind}`: objects in an array, or columns; `time` is the newest."""

    kind: str
    feed: str
    body: JsonObject | list[JsonObject]
    time: Instant

    @property
    def rows(self) -> int:
        """How many records the body holds."""
        if isinstance(self.body, list):
            return len(self.body)
        column = self.body["time"]
        return len(column)  # type: ignore[arg-type]  # a columnar body's time is an array or a list


@dataclass(frozen=True, slots=True)
class ScheduledFault:
    """A fault ordered beforehand: `after` the begin of operation; no target means one chosen by the seed."""

    kind: FaultKind
    after: Duration
    duration: Duration
    target: str | None = None


LIVE_RATES: Final[Mapping[FaultKind, float]] = MappingProxyType(
    {
        FaultKind.FIBRE_CUT: 4.0,
        FaultKind.SITE_POWER_LOSS: 5.0,
        FaultKind.SLEEPING_CELL: 2.0,
        FaultKind.CONGESTED_CORE: 1.5,
        FaultKind.CDR_FEED_GAP: 0.3,
        FaultKind.WRONG_TARIFF: 0.05,
        FaultKind.UNBILLED_SERVICE: 0.05,
        FaultKind.SIM_BOX: 0.1,
    }
)
"""Faults an hour that come at random once live."""


@dataclass(frozen=True, slots=True)
class DemoConfig:
    """The demo operator. The same config (seed included) and the same times give the same events.

    Rates are per hour unless named otherwise. `domain_of_city` puts cities into domains other than `domain`. Of a
    history longer than `usage_days` only the last so many days have usage, recharges, counts and bills. The bills of a
    day are issued on the next, over `cycle_hours` from `first_cycle_hour` on; switches count by `count_period`.
    """

    seed: int = 7
    topology: str = "sndlib/germany50"
    domain: str = "germany50"
    domain_of_city: Mapping[str, str] = field(default_factory=dict)
    sites_per_city: int = 5
    cells_per_site: int = 3
    switches: tuple[str, ...] = ("msc-1", "msc-2", "pgw-1")
    consumers: int = 360
    enterprises: int = 40
    lines_per_link: int = 1
    records_per_day: float = 7.0
    history_days: int = FORTNIGHT_DAYS
    usage_days: int = 366
    first_cycle_hour: int = 3
    cycle_hours: int = 5
    count_period: Duration = 60 * MINUTE
    history_granularity: Duration = 900 * SECOND
    live_granularity: Duration = 15 * SECOND
    chunk: Duration = 30 * MINUTE
    body_rows: int = 20_000
    alarm_loss: float = 0.10
    cause_alarm_loss: float = 0.05
    alarm_duplicates: float = 0.05
    alarm_resync: Duration = 5 * MINUTE
    noise_alarms: float = 6.0
    schedule: tuple[ScheduledFault, ...] = ()
    history_faults: int = 1
    live_rates: Mapping[FaultKind, float] = field(default_factory=lambda: LIVE_RATES)
    first_fault_after: Duration = 45 * SECOND
    first_fault_duration: Duration = 6 * MINUTE
