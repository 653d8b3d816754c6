"""When a network's day begins and which of its rows are exempt: zone, days off and maintenance, as policies say.

| name | selector | meaning | default |
| --- | --- | --- | --- |
| zone | domain | time zone whose wall clock the seasons follow | what the setting network.zone says, else UTC |
| holidays | domain | dates, such as 2026-12-25,2026-12-26 | none |
| holidays_as | domain | sunday: judged and learned as a Sunday; skip: as a Sunday, but nothing is learned | sunday |
| no_alarm | domain, measurement, object, or the beginning of objects with a * | windows without alarms | none |
| no_learn | the same | windows in which nothing is learned | none |

Windows are start/end;start/end, or hours of the week by the wall clock of the zone, such as Sun 02:00-04:00. A row is
in a window that its granularity period overlaps. All windows that name a row hold for it, unlike other policies, of
which the narrowest does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from models.detection.layout import NO_FLAGS, NO_TIMES
from models.detection.wallclock import as_sundays, days_off, wall_clock
from streams.catalogue import Catalogue
from telassure.codec.calendar_text import Windows, days_in, windows_in
from telassure.errors import InvalidInput
from telassure.events import Measurements
from telassure.events.kpi import Flags, Times
from telassure.instant import DAY, MINUTE, Duration, Instant

AREA: Final = "detection"
UTC: Final = "UTC"
SKIP: Final = "skip"
NO_ALARM: Final = "no_alarm"
NO_LEARN: Final = "no_learn"
WEEK: Final[Duration] = 7 * DAY
MONDAY: Final[Instant] = 4 * DAY  # 1970-01-05


class Days(NamedTuple):
    """A domain's wall clock: its zone, its days off (since 1970-01-01, sorted), and whether these are learned."""

    zone: str
    off: NDArray[np.int64]
    learned: bool


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
    _windows: dict[str, dict[str, Windows]] = field(default_factory=dict)

    def exempt(self, envelope: Measurements) -> Exempt:
        """Local time and exemptions of an envelope's rows."""
        self._refresh()
        if not len(envelope):
            return Exempt(NO_TIMES, NO_FLAGS, NO_FLAGS)
        days = self.days(envelope.domain)
        local = envelope.time if days.zone == UTC else wall_clock(envelope.time, days.zone)
        unlearned = in_windows(envelope, local, self._windows[NO_LEARN])
        unalarmed = in_windows(envelope, local, self._windows[NO_ALARM])
        if days.zone == UTC and not len(days.off):
            return Exempt(NO_TIMES, unlearned, unalarmed)
        off = days_off(local, days.off)
        if off.any() and not days.learned:
            unlearned = unlearned | off if len(unlearned) else off
        return Exempt(as_sundays(local, off), unlearned, unalarmed)

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
            self._windows = {name: windows_of(self.catalogue, name) for name in (NO_ALARM, NO_LEARN)}


def days_of(catalogue: Catalogue, domain: str) -> Days:
    """A domain's wall clock; what cannot be read counts as UTC and as no holiday."""
    zone = catalogue.policy(AREA, "zone", catalogue.policy("network", "zone", UTC), domain)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = UTC
    try:
        off = days_in(catalogue.policy(AREA, "holidays", "", domain))
    except InvalidInput:
        off = ()
    return Days(zone, np.array(off, np.int64), catalogue.policy(AREA, "holidays_as", "sunday", domain) != SKIP)


def windows_of(catalogue: Catalogue, name: str) -> dict[str, Windows]:
    """The windows of every selector of a policy; a text that cannot be read has none."""
    found: dict[str, Windows] = {}
    for (area, policy, selector), text in catalogue.policies.items():
        if (area, policy) == (AREA, name):
            try:
                found[selector] = windows_in(text)
            except InvalidInput:
                continue
    return found


def in_windows(envelope: Measurements, local: Times, windows: Mapping[str, Windows]) -> Flags:
    """Which rows' periods overlap a window that names them; empty where none can. `local` is the wall clock."""
    if not windows:
        return NO_FLAGS
    first, last = int(envelope.time.min()) - envelope.granularity, int(envelope.time.max())
    flags = NO_FLAGS
    for selector, (once, weekly) in windows.items():
        near = [(start, end) for start, end in once if start < last and first < end]
        if not near and not weekly:
            continue
        hit = (within(envelope, near) | within_week(envelope, local, weekly)) & named(envelope, selector)
        flags = flags | hit if len(flags) else hit
    return flags


def within(envelope: Measurements, spans: Sequence[tuple[Instant, Instant]]) -> Flags:
    """Which rows' periods overlap one of the spans."""
    hit = np.zeros(len(envelope), np.bool_)
    for start, end in spans:
        hit |= (envelope.time > start) & (envelope.time - envelope.granularity < end)
    return hit


def within_week(envelope: Measurements, local: Times, weekly: Sequence[tuple[int, int]]) -> Flags:
    """Which rows' periods overlap one of these spans of the week: minutes since Monday began, and how many."""
    hit = np.zeros(len(envelope), np.bool_)
    for start, lasts in weekly:
        since = (local - MONDAY - start * MINUTE - 1) % WEEK + 1  # its last beginning before the period's end
        hit |= since - envelope.granularity < lasts * MINUTE
    return hit


def named(envelope: Measurements, selector: str) -> Flags:
    """Which rows a selector names."""
    if selector in ("", envelope.domain):
        return np.ones(len(envelope), np.bool_)
    if selector in envelope.names:
        return np.asarray(envelope.measurement == envelope.names.index(selector))
    if selector.endswith("*"):
        chosen = [o for o, name in enumerate(envelope.objects) if name.startswith(selector[:-1])]
    else:
        chosen = [envelope.objects.index(selector)] if selector in envelope.objects else []
    return np.isin(envelope.measured_object, np.array(chosen, np.int32))
