"""When a network's day begins and which of its rows are exempt: zone, days off and maintenance, as policies say.

Windows of maintenance are start/end;start/end, or hours of the week by the wall clock of the zone, such as Sun
02:00-04:00. A row is in a window that its granularity period overlaps. All windows that name a row hold for it, unlike
other policies, of which the narrowest does.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.detection.layout import NO_FLAGS, NO_TIMES
from models.detection.wallclock import as_sundays, days_off, wall_clock, year_of
from streams.catalogue import Catalogue
from streams.operators.detection.policies import (
    DOMAIN_ZONE,
    HOLIDAYS,
    HOLIDAYS_AS,
    NO_ALARM,
    NO_LEARN,
    PUBLIC_HOLIDAYS,
)
from streams.operators.detection.windows import Selected, in_windows
from telassure.kernel.events import Measurements
from telassure.kernel.events.kpi import Flags, Times
from telassure.kernel.policies import Policy
from telassure.kernel.policies.calendar_text import Windows
from telassure.kernel.policies.public_holidays import public_holidays

UTC: Final = "UTC"
SKIP: Final = "skip"


class Days(NamedTuple):
    """A domain's wall clock: its zone, its days off (since 1970-01-01, sorted), whether these are learned, and the
    countries whose public holidays are days off too."""

    zone: str
    off: NDArray[np.int64]
    learned: bool
    countries: tuple[str, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether local time is UTC, without days off."""
        return self.zone == UTC and not len(self.off) and not self.countries

    def off_within(self, local: Times) -> NDArray[np.int64]:
        """The days off of the years of these local times, and perhaps others, sorted."""
        if not self.countries:
            return self.off
        years = range(year_of(int(local.min())), year_of(int(local.max())) + 1)
        found = [public_holidays(country, year) for country in self.countries for year in years]
        return np.unique(np.concatenate([self.off, *(np.array(days, np.int64) for days in found)]))


class Exempt(NamedTuple):
    """The columns that the kernel takes besides the rows themselves; each may be empty (see `layout.Columns`)."""

    local: Times
    unlearned: Flags
    unalarmed: Flags


@dataclass(slots=True)
class Calendar:
    """Reads the policies once per version of the catalogue."""

    catalogue: Catalogue
    _version: int = -1
    _days: dict[str, Days] = field(default_factory=dict)
    _windows: dict[Policy[Windows], Selected] = field(default_factory=dict)

    def exempt(self, envelope: Measurements) -> Exempt:
        """Local time and exemptions of an envelope's rows."""
        self._refresh()
        if not len(envelope):
            return Exempt(NO_TIMES, NO_FLAGS, NO_FLAGS)
        days = self.days(envelope.domain)
        local = envelope.time if days.zone == UTC else wall_clock(envelope.time, days.zone)
        unlearned, unalarmed = (self._in_windows(envelope, days.zone, policy) for policy in (NO_LEARN, NO_ALARM))
        if days.plain:
            return Exempt(NO_TIMES, unlearned, unalarmed)
        off = days_off(local, days.off_within(local))
        if off.any() and not days.learned:
            unlearned = unlearned | off if len(unlearned) else off
        return Exempt(as_sundays(local, off), unlearned, unalarmed)

    def _in_windows(self, envelope: Measurements, zone: str, policy: Policy[Windows]) -> Flags:
        windows = self._windows[policy]
        return in_windows(envelope, zone, windows) if windows else NO_FLAGS

    def days(self, domain: str) -> Days:
        """The wall clock of a domain."""
        self._refresh()
        found = self._days.get(domain)
        if found is None:
            found = self._days[domain] = days_of(self.catalogue, domain)
        return found

    def _refresh(self) -> None:
        if self._version != self.catalogue.version:
            self._version = self.catalogue.version
            self._days.clear()
            self._windows = {policy: windows_of(self.catalogue, policy) for policy in (NO_ALARM, NO_LEARN)}


def days_of(catalogue: Catalogue, domain: str) -> Days:
    """A domain's wall clock."""
    off = np.array(HOLIDAYS.of(catalogue, domain), np.int64)
    learned = HOLIDAYS_AS.of(catalogue, domain) != SKIP
    return Days(DOMAIN_ZONE.of(catalogue, domain), off, learned, PUBLIC_HOLIDAYS.of(catalogue, domain))


def windows_of(catalogue: Catalogue, policy: Policy[Windows]) -> Selected:
    """The windows of a policy with the selectors that have them."""
    found: dict[Windows, list[str]] = {}
    for selector, windows in policy.stated(catalogue):
        found.setdefault(windows, []).append(selector)
    return found
