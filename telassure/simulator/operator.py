"""The demo operator: a network with customers, its faults, and every event it sends, as pure generators over time."""

from collections.abc import Iterator

from telassure.kernel.errors import ConfigurationError
from telassure.kernel.instant import DAY, MINUTE, Duration, Instant, day_of
from telassure.simulator.alarms import ALARM_FEED, AlarmSource
from telassure.simulator.billing import BILL_FEED, BillingSystem
from telassure.simulator.config import DemoConfig, Emission, FaultKind, JsonObject
from telassure.simulator.customers import build_customers
from telassure.simulator.effects import effects
from telassure.simulator.faults import Fault, FaultPlan, Territory, ground_truth, make_fault, usual_duration
from telassure.simulator.kpis import KpiSource
from telassure.simulator.network import build_network
from telassure.simulator.schedule import RandomFaults, first_live_fault, history_faults, scheduled_faults
from telassure.simulator.series import build_series
from telassure.simulator.switching import COUNT_FEED, RECHARGE_FEED, Recharges, SwitchCounters
from telassure.simulator.usage import USAGE_FEED, UsageSource

_LOOK_AHEAD = MINUTE


class DemoOperator:
    """Emits what a real operator's elements would; times come from the caller, chance from the seed.

    `open` fixes when operation began and plans the history's faults; `history` and `live` then move forward only.
    However the time is cut into windows, the records are the same.
    """

    def __init__(self, config: DemoConfig) -> None:
        network = build_network(config)
        self.config = config
        self.world = Territory(config.seed, network, build_customers(config, network))
        self.series = build_series(config, network)
        self.plan = FaultPlan()
        self.begin: Instant | None = None
        self.through: Instant = 0
        self._usage_begin: Instant = 0
        self._kpis = KpiSource(config, self.series)
        self._alarms = AlarmSource(config, network)
        self._usage = UsageSource(config, self.world)
        self._billing = BillingSystem(config, self.world, self._usage)
        self._counters = SwitchCounters(config, self._usage)
        self._recharges = Recharges(config, self.world.customers)
        self._random: RandomFaults | None = None

    def catalogue(self) -> JsonObject:
        """The body for `POST /v1/ingest/catalogue`."""
        return {"resources": self.world.network.catalogue(), **self.world.customers.catalogue(), "policies": []}

    def open(self, begin: Instant, history_end: Instant) -> None:
        """Begin operation at `begin` (a midnight UTC) and plan the faults of a history up to `history_end`."""
        self.begin = self.through = begin
        self._usage_begin = max(begin, day_of(history_end) - self.config.usage_days * DAY)
        for fault in history_faults(self.config, self.world, begin, history_end):
            self.add(fault)
        for fault in scheduled_faults(self.config, self.world, begin):
            self.add(fault)

    def history(self, start: Instant, end: Instant) -> Iterator[Emission]:
        """Everything of [start, end) in chunks on a fixed grid, measurements by the history's granularity."""
        if self.begin is None:
            self.open(start, end)
        here = start
        while here < end:
            there = min(end, here - here % self.config.chunk + self.config.chunk)
            yield from self._window(here, there, self.config.history_granularity)
            self.through = here = there

    def go_live(self, now: Instant) -> None:
        """Announce the first live fault and let random ones come after it."""
        self.add(first_live_fault(self.config, self.world, now))
        self._random = RandomFaults(self.config, self.world, now)

    def live(self, now: Instant) -> Iterator[Emission]:
        """Everything since the last call up to `now`, measurements by the live granularity."""
        if self.begin is None:
            raise ConfigurationError("the demo operator has no begin; call open or history before live")
        if self._random is None:
            self.go_live(now)
        if self._random is not None:
            for fault in self._random.until(now + _LOOK_AHEAD):
                self.add(fault)
        if now > self.through:
            yield from self._window(self.through, now, self.config.live_granularity)
            self.through = now
            self.forget(now)

    def inject(self, kind: FaultKind, at: Instant, target: str | None = None, lasts: Duration | None = None) -> Fault:
        """Order a fault from `at` on (not before what was already sent). InvalidInput where the target does not fit."""
        start = max(at, self.through)
        fault = make_fault(self.world, kind, start, lasts or usual_duration(kind, live=True), "injected", target)
        self.add(fault)
        return fault

    def add(self, fault: Fault) -> None:
        """Take a fault into the plan; one that is already there is left alone."""
        if all(known.fault_id != fault.fault_id for known in self.plan.faults):
            self.plan.add(fault)
            self._alarms.add(fault)

    def truths(self, start: Instant, end: Instant) -> list[JsonObject]:
        """The ground truth of the faults that start in [start, end)."""
        return [ground_truth(self.world, fault) for fault in self.plan.starting(start, end)]

    def forget(self, now: Instant) -> None:
        """Free what can no longer matter, so that memory stays bounded."""
        self.plan.forget(now)
        self._alarms.forget(now)

    def _window(self, start: Instant, end: Instant, granularity: Duration) -> Iterator[Emission]:
        faults = list(self.plan.during(start - granularity, end))
        traces = [(fault, effects(self.world.network, self.series, fault)) for fault in faults]
        yield from self._kpis.emissions(start, end, granularity, [trace for trace in traces if trace[1]])
        yield from _some("alarms", ALARM_FEED, self._alarms.between(start, end), end)
        yield from self._money(start, end)

    def _money(self, start: Instant, end: Instant) -> Iterator[Emission]:
        begin, start = self._usage_begin, max(start, self._usage_begin)
        if start >= end:
            return
        # Bills are of days that are over: sent before the usage of the same window, they are compared when they come.
        yield from _some("bills", BILL_FEED, self._billing.issued(start, end, begin, self.plan), end)
        yield from _some("recharges", RECHARGE_FEED, self._recharges.made(start, end), end)
        table = self._usage.delivered(self._usage.produced(start, end, self.plan), self.plan)
        if len(table):
            yield Emission("usage", USAGE_FEED, self._usage.body(table), int(table.time[-1]))
        yield from _some("counts", COUNT_FEED, self._counters.reported(start, end, begin, self.plan), end)


def _some(kind: str, feed: str, rows: list[JsonObject], end: Instant) -> Iterator[Emission]:
    if rows:
        yield Emission(kind, feed, rows, end - 1)
