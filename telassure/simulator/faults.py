"""Faults: what they hit, for how long, whom they touch, and the plan that holds them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from telassure.kernel.errors import InvalidInput
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import DAY, HOUR, Duration, Instant
from telassure.simulator.config import NETWORK_KINDS, FaultKind, JsonObject
from telassure.simulator.customers import CustomerBase, Sim
from telassure.simulator.network import Network
from telassure.simulator.products import BUSINESS, COMFORT, UNLIMITED
from telassure.simulator.randomness import stream, stream_key

SIM_BOX_SIMS: Final = 4
KEPT_AFTER_END: Final = 3 * DAY  # the bills of the day a fault ends in are issued on the day after

_TARGET_KINDS: Final = MappingProxyType(
    {
        FaultKind.FIBRE_CUT: ("link", "aggregation_link"),
        FaultKind.SITE_POWER_LOSS: ("power",),
        FaultKind.SLEEPING_CELL: ("cell",),
        FaultKind.CONGESTED_CORE: ("router",),
        FaultKind.CDR_FEED_GAP: ("switch",),
        FaultKind.SIM_BOX: ("cell",),
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in [start, end). `announced` faults never lose the alarm of the failed element itself."""

    fault_id: str
    kind: FaultKind
    target: str
    start: Instant
    end: Instant
    origin: str  # "history", "scheduled", "live" or "injected"
    announced: bool = False

    def overlaps(self, start: Instant, end: Instant) -> bool:
        return self.start < end and start < self.end


@dataclass(frozen=True, slots=True)
class Territory:
    """The network and its customers, as faults see them."""

    seed: int
    network: Network
    customers: CustomerBase

    def targets(self, kind: FaultKind) -> tuple[str, ...]:
        """Everything this kind of fault can hit."""
        if kind is FaultKind.WRONG_TARIFF:
            return tuple(dict.fromkeys(h.product for h in self.customers.holders))
        if kind is FaultKind.UNBILLED_SERVICE:
            return tuple(h.account for h in self.customers.holders if h.payment == "postpaid")
        return self.network.of_kind(*_TARGET_KINDS[kind])

    def usual_targets(self, kind: FaultKind) -> tuple[str, ...]:
        """The targets worth choosing by default: those whose failure shows in traffic or in money."""
        possible = self.targets(kind)
        if kind is FaultKind.FIBRE_CUT:
            chosen = self.network.of_kind("link")  # the backbone, where the redundancy and the big customers are
        elif kind is FaultKind.WRONG_TARIFF:
            chosen = tuple(p for p in possible if p in (BUSINESS, COMFORT))
        elif kind is FaultKind.UNBILLED_SERVICE:
            chosen = tuple(a for a in possible if self.customers.sims_of(a) > 2)
        else:
            chosen = possible
        return chosen or possible

    def next_billed(self, accounts: Iterable[str], start: Instant) -> str:
        """The one of these accounts whose bill is issued first after an instant."""
        wait = {holder.account: (holder.cycle - start) % DAY for holder in self.customers.holders}
        return min(accounts, key=lambda account: (wait[account], account))

    def sim_box(self, cell: str) -> tuple[int, ...]:
        """The SIMs (by number) that a SIM box in this cell holds: unlimited plans, bought all over the country."""
        unlimited = {h.account for h in self.customers.holders if h.product == UNLIMITED}
        numbers = [n for n, sim in enumerate(self.customers.sims) if sim.account in unlimited]
        chance = stream(self.seed, "sim_box", cell)
        return tuple(sorted(chance.permutation(numbers)[:SIM_BOX_SIMS].tolist()))


def make_fault(
    world: Territory, kind: FaultKind, start: Instant, duration: Duration, origin: str, target: str | None = None
) -> Fault:
    """A fault at its target, or at one chosen by seed, kind and start. InvalidInput where the target does not fit."""
    if target is None and kind is FaultKind.UNBILLED_SERVICE:
        target = world.next_billed(world.usual_targets(kind), start)
    elif target is None:
        usual = world.usual_targets(kind)
        target = usual[stream_key(world.seed, "target", kind, start) % len(usual)]
    elif target not in world.targets(kind):
        raise InvalidInput(f"{kind} cannot hit {target!r}; targets look like {world.targets(kind)[0]!r}", "target")
    return Fault(derive_id("fault", kind, target, start), kind, target, start, start + duration, origin)


@dataclass(slots=True)
class FaultPlan:
    """The faults in order of their start; ended ones are forgotten when nothing can depend on them any more."""

    faults: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Take a fault; the same id again changes nothing."""
        if all(f.fault_id != fault.fault_id for f in self.faults):
            self.faults.append(fault)
            self.faults.sort(key=lambda f: (f.start, f.fault_id))

    def during(self, start: Instant, end: Instant, *kinds: FaultKind) -> Iterator[Fault]:
        """The faults (of these kinds, or of any) that overlap [start, end)."""
        return (f for f in self.faults if f.overlaps(start, end) and (not kinds or f.kind in kinds))

    def starting(self, start: Instant, end: Instant) -> Iterator[Fault]:
        return (f for f in self.faults if start <= f.start < end)

    def forget(self, now: Instant) -> None:
        """Drop what ended long before `now`."""
        self.faults = [f for f in self.faults if f.end > now - KEPT_AFTER_END]


def ground_truth(world: Territory, fault: Fault) -> JsonObject:
    """What really happened, for the scores: one object a fault, times in microseconds UTC."""
    objects = _objects(world, fault)
    services = [s for s in world.customers.services if set(s.supported_by) & set(objects)]
    accounts = _accounts(world, fault, sorted({s.account for s in services}))
    return {
        "fault_id": fault.fault_id,
        "kind": str(fault.kind),
        "target": fault.target,
        "start": fault.start,
        "end": fault.end,
        "origin": fault.origin,
        "affected_objects": objects,
        "affected_services": sorted(s.service_id for s in services),
        "affected_accounts": accounts,
        "affected_customers": world.customers.customers_of(accounts),
        "affected_subscribers": [sim.msisdn for sim in _subscribers(world, fault, {*accounts, *objects})],
    }


def _objects(world: Territory, fault: Fault) -> list[str]:
    if fault.kind in (FaultKind.WRONG_TARIFF, FaultKind.UNBILLED_SERVICE, FaultKind.SIM_BOX):
        return []
    return list(world.network.reach(fault.target))


def _accounts(world: Territory, fault: Fault, carried: list[str]) -> list[str]:
    if fault.kind is FaultKind.WRONG_TARIFF:
        return sorted(h.account for h in world.customers.holders if h.product == fault.target)
    if fault.kind is FaultKind.UNBILLED_SERVICE:
        return [fault.target]
    if fault.kind is FaultKind.SIM_BOX:
        return sorted({world.customers.sims[n].account for n in world.sim_box(fault.target)})
    if fault.kind is FaultKind.CDR_FEED_GAP:
        sims = world.customers.sims
        return sorted({s.account for s in sims if fault.target in (s.call_switch, s.data_switch)})
    return carried


def _subscribers(world: Territory, fault: Fault, touched: set[str]) -> Sequence[Sim]:
    """Who lost service or was wrongly billed; `touched` holds the ids of the fault's accounts and objects."""
    if fault.kind is FaultKind.SIM_BOX:
        return [world.customers.sims[n] for n in world.sim_box(fault.target)]
    if fault.kind is FaultKind.CDR_FEED_GAP:
        return [s for s in world.customers.sims if fault.target in (s.call_switch, s.data_switch)]
    if fault.kind in NETWORK_KINDS:
        return [sim for sim in world.customers.sims if sim.cell in touched]
    return [sim for sim in world.customers.sims if sim.account in touched]


def usual_duration(kind: FaultKind, live: bool) -> Duration:
    """How long this kind lasts: long enough in the history for 15-minute periods to show it."""
    return _LIVE_DURATION[kind] if live else _HISTORY_DURATION[kind]


_MINUTES: Final = HOUR // 60
_LIVE_DURATION: Final = MappingProxyType(
    {
        FaultKind.FIBRE_CUT: 5 * _MINUTES,
        FaultKind.SITE_POWER_LOSS: 5 * _MINUTES,
        FaultKind.SLEEPING_CELL: 10 * _MINUTES,
        FaultKind.CONGESTED_CORE: 8 * _MINUTES,
        FaultKind.CDR_FEED_GAP: 20 * _MINUTES,
        FaultKind.WRONG_TARIFF: HOUR,
        FaultKind.UNBILLED_SERVICE: HOUR,
        FaultKind.SIM_BOX: 2 * HOUR,
    }
)
_HISTORY_DURATION: Final = MappingProxyType(
    {
        FaultKind.FIBRE_CUT: HOUR,
        FaultKind.SITE_POWER_LOSS: HOUR,
        FaultKind.SLEEPING_CELL: 5 * HOUR,
        FaultKind.CONGESTED_CORE: 2 * HOUR,
        FaultKind.CDR_FEED_GAP: 3 * HOUR,
        FaultKind.WRONG_TARIFF: 2 * DAY,
        FaultKind.UNBILLED_SERVICE: 2 * DAY,
        FaultKind.SIM_BOX: 12 * HOUR,
    }
)
