"""When faults come: some within the history, those of the config's schedule, and at random once live."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from dataclasses import replace as with_fields
from typing import Final

import numpy as np

from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration, Instant, day_of
from telassure.simulator.config import FORTNIGHT_DAYS, NETWORK_KINDS, DemoConfig, FaultKind
from telassure.simulator.faults import Fault, Territory, make_fault, usual_duration
from telassure.simulator.randomness import stream

_QUIET_END: Final = 6 * HOUR  # the history's last network fault is over before live starts
_WORKDAY_START: Final = 8 * HOUR  # network faults of the history fall where traffic shows them
_WORKDAY: Final = 9 * HOUR
_FIRST_JITTER: Final = 15 * SECOND
_RANDOM_AFTER: Final = 2 * MINUTE  # from the end of the first fault to where random ones may begin
_MONEY_KINDS: Final = (FaultKind.WRONG_TARIFF, FaultKind.UNBILLED_SERVICE, FaultKind.CDR_FEED_GAP, FaultKind.SIM_BOX)


def history_faults(config: DemoConfig, world: Territory, begin: Instant, end: Instant) -> Iterator[Fault]:
    """`history_faults` of each kind a fortnight: network ones over the second half, money ones in its last days."""
    rounds = config.history_faults * max(1, round((end - begin) / (FORTNIGHT_DAYS * DAY)))
    for place in range(rounds):
        for turn, kind in enumerate(NETWORK_KINDS):
            share = (place * len(NETWORK_KINDS) + turn) / (rounds * len(NETWORK_KINDS))
            start = _network_start(config, begin, end, share)
            yield make_fault(world, kind, start, usual_duration(kind, live=False), "history")
        for kind in _MONEY_KINDS:
            start = _money_start(kind, begin, end) + place * HOUR
            yield make_fault(world, kind, start, usual_duration(kind, live=False), "history")


def scheduled_faults(config: DemoConfig, world: Territory, begin: Instant) -> Iterator[Fault]:
    """The faults that the config orders, counted from the begin of operation."""
    for order in config.schedule:
        yield make_fault(world, order.kind, begin + order.after, order.duration, "scheduled", order.target)


def first_live_fault(config: DemoConfig, world: Territory, since: Instant) -> Fault:
    """A plain network fault 45 to 60 s after going live, whose own alarm is never lost."""
    chance = stream(config.seed, "first live fault", since)
    kind = (FaultKind.FIBRE_CUT, FaultKind.SITE_POWER_LOSS)[int(chance.integers(2))]
    start = since + config.first_fault_after + int(chance.integers(_FIRST_JITTER))
    fault = make_fault(world, kind, start, config.first_fault_duration, "live", _peopled(world, kind, chance))
    return with_fields(fault, announced=True)


@dataclass(slots=True)
class RandomFaults:
    """Faults at random from `since` on, each kind a Poisson process of its own."""

    config: DemoConfig
    world: Territory
    since: Instant
    _chance: dict[FaultKind, np.random.Generator] = field(init=False)
    _next: dict[FaultKind, Instant] = field(init=False)

    def __post_init__(self) -> None:
        opening = self.since + self.config.first_fault_after + self.config.first_fault_duration + _RANDOM_AFTER
        rates = {kind: rate for kind, rate in self.config.live_rates.items() if rate > 0}
        self._chance = {kind: stream(self.config.seed, "live faults", kind, self.since) for kind in rates}
        self._next = {kind: opening + self._gap(kind) for kind in rates}

    def until(self, horizon: Instant) -> Iterator[Fault]:
        """The faults that start before `horizon` and were not returned yet."""
        for kind in self._next:
            while self._next[kind] < horizon:
                yield make_fault(self.world, kind, self._next[kind], usual_duration(kind, live=True), "live")
                self._next[kind] += self._gap(kind)

    def _gap(self, kind: FaultKind) -> Duration:
        return 1 + int(self._chance[kind].exponential(HOUR / self.config.live_rates[kind]))


def _network_start(config: DemoConfig, begin: Instant, end: Instant, share: float) -> Instant:
    """In working hours of the day at this share of the second half; right there where the history is too short."""
    opening = begin + (end - begin) // 2
    latest = max(opening, end - _QUIET_END)
    place = opening + int((latest - opening) * share)
    chance = stream(config.seed, "history fault", place)
    start = day_of(place) + _WORKDAY_START + int(chance.integers(_WORKDAY))
    return start if opening <= start <= latest else place


def _money_start(kind: FaultKind, begin: Instant, end: Instant) -> Instant:
    """Early enough that the switches have counted, and the bills were issued, when the history ends."""
    last_midnight = day_of(end)
    if kind in (FaultKind.WRONG_TARIFF, FaultKind.UNBILLED_SERVICE):
        return max(begin, last_midnight - 3 * DAY)
    return max(begin, last_midnight - 2 * DAY) + 9 * HOUR


def _peopled(world: Territory, kind: FaultKind, chance: np.random.Generator) -> str | None:
    """A target whose failure somebody notices: a site with subscribers, or any core link (all carry leased lines)."""
    if kind is not FaultKind.SITE_POWER_LOSS:
        return None
    used = {support for service in world.customers.services for support in service.supported_by}
    known = [p for p in world.targets(kind) if used & set(world.network.reach(p))]
    return known[int(chance.integers(len(known)))] if known else None
