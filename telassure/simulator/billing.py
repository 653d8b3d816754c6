"""The operator's separate billing system: its own tariff copy, its own decimal arithmetic, its own bill cycles."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from telassure.kernel.identity import derive_id
from telassure.kernel.instant import DAY, Duration, Instant
from telassure.simulator.config import DemoConfig, FaultKind, JsonObject
from telassure.simulator.customers import Holder
from telassure.simulator.faults import Fault, FaultPlan, Territory
from telassure.simulator.products import CURRENCY, DESTINATIONS, SERVICES, products, tariffs
from telassure.simulator.usage import UsageSource

BILL_FEED: Final = "demo-billing"
WRONG_TARIFF_FACTOR: Final = Decimal("0.7")
LOST_SERVICE: Final = "data"

# Wide enough that no price of ours is cut before its one rounding to micro-units.
_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_UP)
_MICRO: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class BilledPrice:
    """One price as the billing system keeps it."""

    service: str
    prefix: str
    flat: bool
    rate: Decimal
    per: int
    increment: int

    def micros(self, volume: int, factor: Decimal) -> int:
        """The price of one record in micro-units, rounded once, half up.

        >>> BilledPrice("voice", "", False, Decimal("0.07"), 60, 30).micros(31, Decimal(1))
        70000
        """
        rate = _EXACT.multiply(self.rate, factor)
        exact = rate
        if not self.flat:
            blocks = (volume + self.increment - 1) // self.increment
            exact = _EXACT.divide(_EXACT.multiply(rate, Decimal(blocks * self.increment)), Decimal(self.per))
        return int(_EXACT.multiply(exact, _MICRO).quantize(Decimal(1), ROUND_HALF_UP))


@dataclass(slots=True)
class Line:
    """What one account owes for one service and one day."""

    quantity: int = 0
    micros: int = 0


DayLines = dict[tuple[str, str], Line]


class BillingSystem:
    """Prices what mediation delivered and issues each account's lines for a day on the morning after."""

    def __init__(self, config: DemoConfig, world: Territory, usage: UsageSource) -> None:
        self._usage = usage
        self._holders = world.customers.holders
        self._product = {h.account: h.product for h in self._holders}
        self._cycle = sorted(self._holders, key=lambda holder: holder.cycle)
        self._prices = _price_book()
        self._found: dict[tuple[str, int, int], BilledPrice] = {}
        self._day: tuple[Instant, dict[Decimal, DayLines]] = (-1, {})

    def issued(self, start: Instant, end: Instant, begin: Instant, plan: FaultPlan) -> list[JsonObject]:
        """The lines issued in [start, end), by time; usage before `begin` does not exist."""
        lines: list[tuple[Instant, JsonObject]] = []
        for day in range(start - start % DAY - DAY, end - DAY, DAY):
            due = self._due(start - day, end - day, day)
            if due and day + DAY > begin:
                for at, holder in due:
                    faults = list(plan.during(at, at + 1, FaultKind.WRONG_TARIFF, FaultKind.UNBILLED_SERVICE))
                    computed = self._lines_of(day, begin, plan, _factor(holder, faults))
                    lines += ((at, line) for line in _bill(holder, day, at, computed, _lost(holder, faults)))
        lines.sort(key=lambda pair: pair[0])
        return [line for _, line in lines]

    def day_lines(self, day: Instant, begin: Instant, plan: FaultPlan, factor: Decimal = Decimal(1)) -> DayLines:
        """Quantity and price, times a factor, per (account, service) of one UTC day."""
        table = self._usage.delivered(self._usage.produced(max(day, begin), day + DAY, plan), plan)
        lines: DayLines = {}
        rows = zip(
            self._usage.accounts(table),
            table.service.tolist(),
            table.destination.tolist(),
            table.volume.tolist(),
            strict=True,
        )
        for account, service, destination, volume in rows:
            price = self._price(self._product[account], service, destination)
            if price is not None:
                line = lines.setdefault((account, SERVICES[service]), Line())
                line.quantity += volume
                line.micros += price.micros(volume, factor)
        return lines

    def _lines_of(self, day: Instant, begin: Instant, plan: FaultPlan, factor: Decimal) -> DayLines:
        if self._day[0] != day:
            self._day = (day, {})
        if factor not in self._day[1]:
            self._day[1][factor] = self.day_lines(day, begin, plan, factor)
        return self._day[1][factor]

    def _price(self, product: str, service: int, destination: int) -> BilledPrice | None:
        """The price with the longest prefix of the destination."""
        key = (product, service, destination)
        if key not in self._found:
            dialled = DESTINATIONS[destination]
            fits = [p for p in self._prices[product] if p.service == SERVICES[service] and dialled.startswith(p.prefix)]
            if not fits:
                return None
            self._found[key] = max(fits, key=lambda p: len(p.prefix))
        return self._found[key]

    def _due(self, start: Duration, end: Duration, day: Instant) -> list[tuple[Instant, Holder]]:
        """When each account's lines of a day are issued, of those between two times after the day's begin."""
        first = bisect_left(self._cycle, start, key=lambda holder: holder.cycle)
        last = bisect_left(self._cycle, end, key=lambda holder: holder.cycle)
        return [(day + holder.cycle, holder) for holder in self._cycle[first:last]]


def _factor(holder: Holder, faults: Iterable[Fault]) -> Decimal:
    """What the billing system multiplies prices with while these faults last."""
    wrong = any(fault.kind is FaultKind.WRONG_TARIFF and fault.target == holder.product for fault in faults)
    return WRONG_TARIFF_FACTOR if wrong else Decimal(1)


def _lost(holder: Holder, faults: Iterable[Fault]) -> str:
    """The service that is left off the bill, "" where none is."""
    lost = any(fault.kind is FaultKind.UNBILLED_SERVICE and fault.target == holder.account for fault in faults)
    return LOST_SERVICE if lost else ""


def _bill(holder: Holder, day: Instant, issued: Instant, lines: DayLines, lost: str) -> Iterator[JsonObject]:
    for service in SERVICES:
        line = lines.get((holder.account, service))
        if line is not None and service != lost:
            yield {
                "line_id": derive_id("line", holder.account, service, day),
                "bill_id": derive_id("bill", holder.account, day),
                "account": holder.account,
                "service": service,
                "period_start": day,
                "period_end": day + DAY,
                "quantity": line.quantity,
                "amount": format(Decimal(line.micros).scaleb(-6), "f"),
                "currency": CURRENCY,
                "time": issued,
            }


def _price_book() -> dict[str, list[BilledPrice]]:
    """The prices of each product, read once from the published tariffs."""
    book = {str(t["tariff_id"]): [_price(p) for p in _entries(t["prices"])] for t in tariffs()}
    return {str(p["product_id"]): book[str(p["tariff"])] for p in products()}


def _price(entry: JsonObject) -> BilledPrice:
    flat = entry["kind"] == "flat"
    rate, per, increment = (str(entry[name]) for name in ("rate", "per", "increment"))
    return BilledPrice(str(entry["service"]), str(entry["prefix"]), flat, Decimal(rate), int(per), int(increment))


def _entries(prices: object) -> list[JsonObject]:
    if not isinstance(prices, list):
        raise TypeError("a tariff's prices are a list")
    return prices
