"""What the switches and the voucher system say themselves: counts of records by period, and recharges."""

from typing import Final

from telassure.kernel.identity import derive_id
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, Instant
from telassure.simulator.config import DemoConfig, JsonObject
from telassure.simulator.customers import CustomerBase
from telassure.simulator.faults import FaultPlan
from telassure.simulator.products import CURRENCY, SERVICES
from telassure.simulator.randomness import stream_key
from telassure.simulator.usage import UsageSource

COUNT_FEED: Final = "demo-switches"
RECHARGE_FEED: Final = "demo-recharges"
COUNTED_AFTER: Final = 2 * MINUTE
RECHARGE_DAYS: Final = 4
RECHARGE_PER_SIM: Final = 15


class SwitchCounters:
    """Counts per (switch, service, period), before mediation can lose anything."""

    def __init__(self, config: DemoConfig, usage: UsageSource) -> None:
        self._config = config
        self._usage = usage

    def reported(self, start: Instant, end: Instant, begin: Instant, plan: FaultPlan) -> list[JsonObject]:
        """The counts reported in [start, end): two minutes after the end of each period that has any record."""
        length = self._config.count_period
        first = -(-(start - COUNTED_AFTER) // length) * length
        closes = (close for close in range(first, end - COUNTED_AFTER, length) if close > begin)
        return [count for close in closes for count in self._period(close - length, close, begin, plan)]

    def _period(self, start: Instant, end: Instant, begin: Instant, plan: FaultPlan) -> list[JsonObject]:
        table = self._usage.produced(max(start, begin), end, plan)
        counts = []
        for code, switch in enumerate(self._config.switches):
            for kind, service in enumerate(SERVICES):
                mine = (table.switch == code) & (table.service == kind)
                if mine.any():
                    used = int(mine.sum()), int(table.volume[mine].sum())
                    counts.append(_count(switch, service, (start, end), used))
        return counts


def _count(switch: str, service: str, period: tuple[Instant, Instant], used: tuple[int, int]) -> JsonObject:
    """`used`: records and volume."""
    return {
        "count_id": derive_id("count", switch, service, period[0]),
        "switch": switch,
        "service": service,
        "period_start": period[0],
        "period_end": period[1],
        "records": used[0],
        "volume": used[1],
    }


class Recharges:
    """Prepaid customers top up every fourth day of their own, between 8:00 and 20:00, by enough for heavy use."""

    def __init__(self, config: DemoConfig, customers: CustomerBase) -> None:
        self._seed = config.seed
        self._amounts = {
            h.account: RECHARGE_PER_SIM * customers.sims_of(h.account)
            for h in customers.holders
            if h.payment == "prepaid"
        }
        self._turn: dict[int, list[str]] = {turn: [] for turn in range(RECHARGE_DAYS)}
        for account in self._amounts:
            self._turn[-stream_key(config.seed, "recharge day", account) % RECHARGE_DAYS].append(account)
        self._day: tuple[int, list[JsonObject]] = (-1, [])

    def made(self, start: Instant, end: Instant) -> list[JsonObject]:
        """The recharges of [start, end), by time."""
        days = range(start // DAY, -(-end // DAY))
        return [one for day in days for one in self._of_day(day) if start <= int(str(one["time"])) < end]

    def _of_day(self, day: int) -> list[JsonObject]:
        """All of one day, by time; kept, because a day is asked for in many pieces."""
        if self._day[0] != day:
            made = [self._on(account, day) for account in self._turn[day % RECHARGE_DAYS]]
            self._day = (day, sorted(made, key=lambda one: int(str(one["time"]))))
        return self._day[1]

    def _on(self, account: str, day: int) -> JsonObject:
        second = stream_key(self._seed, "recharge time", account, day) % (12 * 3_600)
        return {
            "recharge_id": derive_id("recharge", account, day),
            "account": account,
            "amount": str(self._amounts[account]),
            "currency": CURRENCY,
            "time": day * DAY + 8 * HOUR + second * SECOND,
        }
