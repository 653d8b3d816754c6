"""Rate: every usage record gets its price by the tariff in force when it was used, or waits in suspense, saying why."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.rating import PricedColumn, UnauthorizedDestination
from streams.catalogue import Catalogue
from streams.operator import KeyedState, cell_key
from streams.operators.charging.rate_plan import PlanTimes, RatePlans
from streams.rated_usage import LARGEST_PRICE, LARGEST_VOLUME, RatedUsage, refused_rows
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import DeadLetter, Tariff, UsageRecords
from telassure.kernel.events.kpi import Ints
from telassure.kernel.instant import Duration, Instant, iso

Codes = NDArray[np.int64]
_NEVER: Final = 2**63 - 1


class Rate:
    """Account -> product -> tariff version by event time -> price, over whole columns; keeps no state.

    Law: every row comes out once, priced or as a dead letter whose reason names what to add (suspense). Nothing is
    remembered of a suspended row, so that its replay is rated like any other.
    """

    name = "rate"
    state_version = 1
    reads: tuple[int, ...] = (1,)
    accepts: tuple[type, ...] = (UsageRecords,)
    shortest_timer: Duration | None = None

    def __init__(self, catalogue: Catalogue) -> None:
        self._plans = RatePlans(catalogue)

    def key(self, event: UsageRecords) -> str:
        return cell_key(event.accounts[event.account[0]])

    def fresh(self) -> None:
        return None

    def step(
        self, batch: Sequence[UsageRecords], state: KeyedState[None], watermark: int
    ) -> Iterable[RatedUsage | DeadLetter]:
        self._plans.refresh()
        for usage in batch:
            if len(usage):
                yield from _Rating(usage, self._plans).run()

    def dump(self, cell: None) -> bytes:
        return b""

    def load(self, blob: bytes, version: int) -> None:
        return None


@dataclass(slots=True)
class _Rating:
    """The rating of one envelope. `fault[row]` indexes `reasons`; 0 means none yet."""

    usage: UsageRecords
    plans: RatePlans
    reasons: list[str] = field(default_factory=lambda: [""])
    tariffs: list[Tariff] = field(default_factory=list)
    priced_by: dict[tuple[str, int], int] = field(default_factory=dict)

    def run(self) -> Iterator[RatedUsage | DeadLetter]:
        usage, count = self.usage, len(self.usage)
        fault: Codes = np.zeros(count, np.int64)
        fault[usage.volume < 0] = self._reason("volume is negative; correct it at the source")
        fault[usage.volume > LARGEST_VOLUME] = self._reason(
            f"volume exceeds {LARGEST_VOLUME:,}; correct it at the source"
        )
        version = self._versions(fault)
        priced = np.zeros(count, np.int64), np.zeros(count, np.int32)
        for rows in _groups(version, usage, np.flatnonzero(fault == 0)):
            self._price(rows, self.tariffs[version[rows[0]]], priced, fault)
        yield from self._suspended(fault)
        rated = RatedUsage(
            usage,
            tuple(tariff.tariff_id for tariff in self.tariffs),
            tuple(tariff.currency for tariff in self.tariffs),
            version.astype(np.int32),
            priced[0],
            tuple(self.priced_by),
            priced[1],
        )
        if not fault.any():
            yield rated
        elif not fault.all():
            yield rated.take(fault == 0)

    def _versions(self, fault: Codes) -> Codes:
        """Each row's tariff version as an index into `tariffs`; rows without one get their fault."""
        plan_of, plans, refused = self._plan_codes()
        row_plan = plan_of[self.usage.account]
        lacking = (refused[self.usage.account] > 0) & (fault == 0)
        fault[lacking] = refused[self.usage.account][lacking]
        version: Codes = np.zeros(len(self.usage), np.int64)
        for code, times in enumerate(plans):
            rows = np.flatnonzero((row_plan == code) & (fault == 0))
            place = np.searchsorted(times.starts, self.usage.time[rows], side="right") - 1
            for part in np.unique(place).tolist():
                self._on_plan(rows[place == part], times.plans[part], (version, fault))
        return version

    def _on_plan(self, rows: Codes, plan: tuple[str, str] | str, columns: tuple[Codes, Codes]) -> None:
        if isinstance(plan, str):
            columns[1][rows] = self._reason(plan)
        else:
            self._in_force(rows, *plan, columns)

    def _plan_codes(self) -> tuple[Codes, list[PlanTimes], Codes]:
        """Per entry of the account dictionary the code of its plans or its fault, for the accounts that occur."""
        codes: Codes = np.full(len(self.usage.accounts), -1, np.int64)
        refused: Codes = np.zeros(len(self.usage.accounts), np.int64)
        plans: list[PlanTimes] = []
        places: dict[int, int] = {}  # by the object: a hash of plans costs as much as all the rest of a row
        occurring = np.flatnonzero(np.bincount(self.usage.account, minlength=len(codes)))
        for account in occurring.tolist():
            try:
                plan = self.plans.plan(self.usage.accounts[account])
            except InvalidInput as lack:
                refused[account] = self._reason(lack.reason)
            else:
                codes[account] = places.setdefault(id(plan), len(plans))
                if len(places) > len(plans):
                    plans.append(plan)
        return codes, plans, refused

    def _in_force(self, rows: Codes, tariff_id: str, currency: str, columns: tuple[Codes, Codes]) -> None:
        version, fault = columns
        versions = self.plans.versions(tariff_id)
        times = self.usage.time[rows]
        place = _in_force(versions, times)
        for row in rows[place < 0].tolist():
            at = iso(int(self.usage.time[row]))
            fault[row] = self._reason(f"tariff {tariff_id} has no version in force at {at}; add one")
        for found in np.unique(place[place >= 0]).tolist():
            these = rows[place == found]
            tariff = versions[found]
            if tariff.currency != currency:
                text = f"tariff {tariff_id} is in {tariff.currency}, the account in {currency}; give both one currency"
                fault[these[fault[these] == 0]] = self._reason(text)
            version[these] = len(self.tariffs)
            self.tariffs.append(tariff)

    def _price(self, rows: Codes, tariff: Tariff, priced: tuple[Codes, Ints], fault: Codes) -> None:
        usage, first = self.usage, rows[0]
        towards = usage.services[usage.service[first]], usage.destinations[usage.destination[first]]
        try:
            found = self.plans.prices(tariff).column(towards, usage.time[rows], usage.volume[rows])
        except InvalidInput as lack:
            fault[rows] = self._reason(_lacking(tariff, towards, lack))
            return
        for row, refusal in ((rows[place], refusal) for place, refusal in found.refused.items()):
            fault[row] = self._reason(_lacking(tariff, towards, refusal, int(usage.time[row])))
        fits = np.abs(found.micros) <= LARGEST_PRICE
        priced[0][rows[fits]] = found.micros[fits].astype(np.int64)
        self._priced_by(rows, found, priced[1])
        if not fits.all():
            text = (
                f"the price exceeds {LARGEST_PRICE // 1_000_000:,} {tariff.currency}; correct the volume or the tariff"
            )
            fault[rows[~fits]] = self._reason(text)

    def _priced_by(self, rows: Codes, found: PricedColumn, row: Ints) -> None:
        first = int(found.row[0])
        for number in [first] if (found.row == first).all() else np.unique(found.row).tolist():
            code = self.priced_by.setdefault((found.zone, number), len(self.priced_by))
            row[rows[found.row == number]] = code

    def _suspended(self, fault: Codes) -> Iterator[DeadLetter]:
        found = [(row, self.reasons[fault[row]]) for row in np.flatnonzero(fault).tolist()]
        return refused_rows(Rate.name, self.usage, found)

    def _reason(self, text: str) -> int:
        self.reasons.append(text)
        return len(self.reasons) - 1


def _lacking(tariff: Tariff, towards: tuple[str, str], lack: InvalidInput, at: Instant | None = None) -> str:
    """Why usage of a (service, destination) has no price, and what to add; `at` where only its hour has none."""
    service, destination = towards
    if not isinstance(lack, UnauthorizedDestination):
        return f"tariff {tariff.tariff_id}, service {service}: {lack}"
    name = f"{service} towards {destination}" if destination else service
    when = "" if at is None else f" at {iso(at)}"
    return f"tariff {tariff.tariff_id} from {iso(tariff.valid_from)} has no price for service {name}{when}; add one"


def _in_force(versions: Sequence[Tariff], times: Codes) -> Codes:
    """For each time the index of the version that holds then and began last (the rule of `Catalogue.tariff`), -1 where
    none does. `versions` ascend by `valid_from`."""
    place: Codes = np.searchsorted([tariff.valid_from for tariff in versions], times, side="right") - 1
    ends = np.array([_NEVER if tariff.valid_to is None else tariff.valid_to for tariff in versions], np.int64)
    while (ended := (place >= 0) & (times >= ends[place])).any():
        place[ended] -= 1
    return place


def _groups(version: Codes, usage: UsageRecords, rows: Codes) -> list[Codes]:
    """The rows split by (tariff version, service, destination), each group in row order."""
    if len(rows) == 0:
        return []
    combined = version[rows] * len(usage.services) + usage.service[rows]
    combined = combined * len(usage.destinations) + usage.destination[rows]
    order = np.argsort(combined, kind="stable")
    cuts = np.flatnonzero(np.diff(combined[order])) + 1
    return np.split(rows[order], cuts)
