"""Usage as columns (mediated call and session records), and the money put on an account."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telassure.kernel.events.kpi import Flags, Ints, Times
from telassure.kernel.instant import Instant
from telassure.kernel.kept import BusinessRecord, Kept
from telassure.kernel.money import Money
from telassure.kernel.rights import VIEW


@dataclass(frozen=True, slots=True, eq=False)
class UsageRecords:
    """One envelope of up to 10,000 usage records. Integer columns index the dictionaries of the same name in plural.

    `accounts` are the charging groups (a shared balance has one); "" where the subscriber is unknown. `subscribers` and
    `destinations` hold pseudonyms and dialled prefixes, never a whole number. `volume` is in the service's unit (voice:
    seconds, data: bytes, sms: messages), `time` the start of use in microseconds UTC. `late` is set by the host only.
    """

    feed: str
    accounts: tuple[str, ...]
    subscribers: tuple[str, ...]
    services: tuple[str, ...]
    destinations: tuple[str, ...]
    switches: tuple[str, ...]
    record_id: tuple[str, ...]
    account: Ints
    subscriber: Ints
    service: Ints
    destination: Ints
    switch: Ints
    time: Times
    volume: Times
    late: Flags

    def __len__(self) -> int:
        return len(self.record_id)

    def take(self, rows: NDArray[np.intp] | Flags) -> "UsageRecords":
        """The same envelope with only these rows (indices or a mask); the dictionaries stay whole."""
        index = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return replace(
            self,
            record_id=tuple(self.record_id[i] for i in index.tolist()),
            account=self.account[index],
            subscriber=self.subscriber[index],
            service=self.service[index],
            destination=self.destination[index],
            switch=self.switch[index],
            time=self.time[index],
            volume=self.volume[index],
            late=self.late[index],
        )


@dataclass(frozen=True, slots=True)
class Recharge:
    """Money put on a prepaid balance (3GPP TS 32.296, account recharging). Applied once by its id."""

    recharge_id: str
    feed: str
    account: str
    amount: Money
    time: Instant


@dataclass(frozen=True, slots=True)
class SwitchCount(BusinessRecord):
    """A switch's own count of what it produced in a period: what mediation should have received."""

    count_id: str
    feed: str
    switch: str
    service: str
    period_start: Instant
    period_end: Instant
    records: int
    volume: int

    @property
    def time(self) -> Instant:
        return self.period_end


@dataclass(frozen=True, slots=True)
class MediatedCount(BusinessRecord):
    """How much usage of one switch, service and hour one envelope brought; hops to where the counts are compared.

    `rated_micros` is what that usage was priced at, in `currency`, so that missing usage has a mean price.
    """

    count_id: str
    feed: str
    switch: str
    service: str
    period_start: Instant
    period_end: Instant
    records: int
    volume: int
    time: Instant
    rated_micros: int = 0
    currency: str = ""


SWITCH_COUNTS: Final = Kept(
    SwitchCount,
    "switch_count",
    time="period_end",
    order=("-period_start",),
    filters=("feed", "switch", "service", "period_start", "period_end"),
    shown_to=(VIEW,),
)
MEDIATED_COUNTS: Final = Kept(
    MediatedCount,
    "mediated_count",
    time="period_end",
    order=("-period_start",),
    filters=("feed", "switch", "service", "period_start", "period_end"),
    shown_to=(VIEW,),
)
