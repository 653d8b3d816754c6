"""Usage by subscriber behaviour: who calls, writes and surfs when, as a pure function of (seed, subscriber, hour)."""

from dataclasses import dataclass, fields, replace
from itertools import starmap
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telassure.kernel.instant import DAY, HOUR, Instant
from telassure.simulator.config import DemoConfig, FaultKind, JsonObject
from telassure.simulator.faults import FaultPlan, Territory
from telassure.simulator.products import DESTINATIONS, INTERNATIONAL, NATIONAL, SERVICES
from telassure.simulator.randomness import Bits, Integers, Reals, hashed, normal, poisson, stream, stream_key, uniform

USAGE_FEED: Final = "demo-cdr"
VOICE, SMS, DATA = range(3)
SIM_BOX_CALLS_PER_HOUR: Final = 45.0
_SIM_BOX_FIRST: Final = 500  # numbers its records apart from the subscriber's own of the same hour
_ABROAD: Final = 0.1
_FRIENDS: Final = np.uint64(12)  # how many numbers a subscriber usually calls
_CONTACTS: Final = np.uint64(100_000)
_HOURLY: Final = (
    12,
    7,
    5,
    4,
    5,
    12,
    35,
    70,
    95,
    100,
    105,
    115,
    125,
    115,
    105,
    108,
    120,
    140,
    155,
    160,
    145,
    115,
    75,
    32,
)


@dataclass(frozen=True, slots=True, eq=False)
class UsageTable:
    """Usage records as columns of one length, in order of time; codes index SIMs, SERVICES, DESTINATIONS, switches.

    `contact` is the part of the dialled number behind the prefix.
    """

    sim: Integers
    number: Integers
    service: Integers
    destination: Integers
    contact: Integers
    switch: Integers
    time: Integers
    volume: Integers

    def __len__(self) -> int:
        return len(self.time)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "UsageTable":
        """Only these rows (indices or a mask)."""
        return UsageTable(*(getattr(self, f.name)[rows] for f in fields(self)))

    def record_ids(self) -> list[str]:
        """One id a record: the hour, the SIM and the place within them."""
        columns = ((self.time // HOUR).tolist(), self.sim.tolist(), self.number.tolist())
        return list(starmap("cdr-{:x}-{:x}-{}".format, zip(*columns, strict=True)))


def joined(first: UsageTable, second: UsageTable) -> UsageTable:
    """Both tables as one, in order of time, SIM and number."""
    pairs = ((getattr(first, f.name), getattr(second, f.name)) for f in fields(UsageTable))
    table = UsageTable(*map(np.concatenate, pairs))
    return table.take(np.lexsort((table.number, table.sim, table.time)))


class UsageSource:
    """Produces what the switches write, and what of it reaches mediation."""

    def __init__(self, config: DemoConfig, world: Territory) -> None:
        self._config = config
        self._world = world
        self._cached: tuple[tuple[int, int], UsageTable] | None = None
        sims = world.customers.sims
        self._accounts = [s.account for s in sims]
        self._msisdns = [s.msisdn for s in sims]
        place = {switch: code for code, switch in enumerate(config.switches)}
        self._call_switch = np.array([place[s.call_switch] for s in sims], np.int64)
        self._data_switch = np.array([place[s.data_switch] for s in sims], np.int64)
        self._habit, self._mix = _habits(config, len(sims))

    def produced(self, start: Instant, end: Instant, plan: FaultPlan) -> UsageTable:
        """Every record that starts in [start, end), SIM boxes included: what the switches themselves count."""
        hours = (start // HOUR, -(-end // HOUR))
        if self._cached is None or self._cached[0] != hours:
            self._cached = (hours, self._ordinary(np.arange(*hours, dtype=np.int64)))
        table = self._cached[1]
        for fault in plan.during(start, end, FaultKind.SIM_BOX):
            calls = self._sim_box(np.arange(*hours, dtype=np.int64), fault.target)
            table = joined(table, calls.take((calls.time >= fault.start) & (calls.time < fault.end)))
        first, last = np.searchsorted(table.time, (start, end))
        return table.take(np.arange(first, last))

    def delivered(self, table: UsageTable, plan: FaultPlan) -> UsageTable:
        """What is left of `produced` once the broken feeds of switches have swallowed theirs."""
        if not len(table):
            return table
        kept = np.ones(len(table), np.bool_)
        for fault in plan.during(int(table.time[0]), int(table.time[-1]) + 1, FaultKind.CDR_FEED_GAP):
            gone = (table.switch == self._config.switches.index(fault.target)) & (table.time >= fault.start)
            kept &= ~(gone & (table.time < fault.end))
        return table.take(kept)

    def body(self, table: UsageTable) -> JsonObject:
        """The records as a columnar body; voice volume in seconds, data in bytes, sms in messages."""
        switches = self._config.switches
        return {
            "record_id": table.record_ids(),
            "subscriber": [self._msisdns[sim] for sim in table.sim.tolist()],
            "service": [SERVICES[code] for code in table.service.tolist()],
            "destination": _dialled(table),
            "switch": [switches[code] for code in table.switch.tolist()],
            "time": table.time,
            "volume": table.volume,
        }

    def accounts(self, table: UsageTable) -> list[str]:
        """The account that pays for each record."""
        return [self._accounts[sim] for sim in table.sim.tolist()]

    def _ordinary(self, hours: Integers) -> UsageTable:
        weekday = 1.0 - 0.15 * (((hours // 24) - 4) % 7 >= 5)
        rhythm = np.array(_HOURLY)[hours % 24] / np.mean(_HOURLY) * weekday
        sims = np.arange(len(self._msisdns), dtype=np.int64)
        count = poisson(rhythm[:, None] * self._habit, hashed(self._key("count"), hours[:, None], sims))
        hour, sim = (axis.ravel() for axis in np.broadcast_arrays(hours[:, None], sims))
        return self._records(hour, sim, count.ravel())

    def _records(self, hour: Integers, sim: Integers, count: Integers) -> UsageTable:
        """Draw the records of each (hour, SIM), in order of time."""
        hour, sim = np.repeat(hour, count), np.repeat(sim, count)
        number = np.arange(len(sim)) - np.repeat(np.cumsum(count) - count, count)
        pick = uniform(hashed(self._key("service"), hour, sim, number))
        service = (pick[:, None] >= self._mix[sim]).sum(axis=1).astype(np.int64)
        table = UsageTable(
            sim=sim,
            number=number,
            service=service,
            destination=_destinations(service, uniform(hashed(self._key("destination"), hour, sim, number))),
            contact=_contacts(sim, hashed(self._key("contact"), hour, sim, number) % _FRIENDS),
            switch=np.where(service == DATA, self._data_switch[sim], self._call_switch[sim]),
            time=hour * HOUR + (uniform(hashed(self._key("time"), hour, sim, number)) * HOUR).astype(np.int64),
            volume=_volumes(service, normal(hashed(self._key("volume"), hour, sim, number))),
        )
        return table.take(np.lexsort((number, sim, table.time)))

    def _sim_box(self, hours: Integers, cell: str) -> UsageTable:
        """Bypass traffic: foreign calls delivered as short national ones, day and night, many numbers, few SIMs."""
        sims = np.array(self._world.sim_box(cell), np.int64)
        spread = normal(hashed(self._key("box"), hours[:, None], sims))
        count = np.maximum(0, np.rint(SIM_BOX_CALLS_PER_HOUR + SIM_BOX_CALLS_PER_HOUR**0.5 * spread)).astype(np.int64)
        hour, sim = (axis.ravel() for axis in np.broadcast_arrays(hours[:, None], sims))
        table = self._records(hour, sim, count.ravel())
        number = table.number + _SIM_BOX_FIRST
        chance = uniform(hashed(self._key("box-call"), table.time // HOUR, table.sim, number))
        return replace(
            table,
            number=number,
            service=np.full(len(table), VOICE),
            destination=1 + np.minimum((chance * len(NATIONAL)).astype(np.int64), len(NATIONAL) - 1),
            contact=_contacts(table.sim, hashed(self._key("box-contact"), table.time)),
            switch=self._call_switch[table.sim],
            volume=(15 + 60 * uniform(hashed(self._key("box-volume"), table.time))).astype(np.int64),
        )

    def _key(self, name: str) -> int:
        return stream_key(self._config.seed, "usage", name)


def _habits(config: DemoConfig, sims: int) -> tuple[Reals, Reals]:
    """Each SIM's records an hour, and its cumulated shares of voice and of voice with sms (S×2)."""
    chance = stream(config.seed, "habits")
    appetite = np.exp(chance.normal(0.0, 0.45, sims) - 0.45**2 / 2)
    mix = chance.dirichlet((5.0, 3.0, 9.0), sims)
    return config.records_per_day * appetite * HOUR / DAY, np.cumsum(mix[:, :2], axis=1)


def _contacts(sim: Integers, friend: Bits) -> Integers:
    return (hashed(0, sim, friend.astype(np.int64)) % _CONTACTS).astype(np.int64)


def _dialled(table: UsageTable) -> list[str]:
    """Whole numbers as a switch writes them: prefix, 555 (so that they are nobody's), contact."""
    pairs = zip(table.destination.tolist(), table.contact.tolist(), strict=True)
    return [f"{DESTINATIONS[code]}555{contact:05d}" if code else "" for code, contact in pairs]


def _destinations(service: Integers, chance: Reals) -> Integers:
    abroad = 1 + len(NATIONAL) + (chance / _ABROAD * len(INTERNATIONAL)).astype(np.int64)
    home = 1 + ((chance - _ABROAD) / (1 - _ABROAD) * len(NATIONAL)).astype(np.int64)
    return np.where(service == DATA, 0, np.where(chance < _ABROAD, abroad, home))


def _volumes(service: Integers, chance: Reals) -> Integers:
    """Median call 75 s, median session 6 MB; both skewed, both bounded."""
    seconds = np.clip(np.exp(4.32 + 0.9 * chance), 1, 7_200)
    octets = np.clip(np.exp(15.6 + 1.2 * chance), 10_000, 2e9)
    return np.select([service == VOICE, service == SMS], [seconds, np.ones_like(seconds)], octets).astype(np.int64)
