"""What is looked into, as the page's address says: an object, a window of time, and a KPI to compare peers by."""

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qs, urlencode

from telassure.kernel.errors import TelassureError
from telassure.kernel.instant import DAY, HOUR, MINUTE, Duration, Instant, iso, parse_instant

WINDOWS: Final[dict[str, Duration]] = {"1h": HOUR, "6h": 6 * HOUR, "24h": DAY, "7d": 7 * DAY}
USUAL: Final[Duration] = DAY
LONGEST: Final[Duration] = 31 * DAY
_FIRST: Final = parse_instant("0002-01-01T00:00:00Z")
_LAST: Final = parse_instant("9999-01-01T00:00:00Z")
_LONGEST_NAME: Final = 512


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An object ("" is none yet), a KPI of it ("" is the one that changed most), and [start, end); without an `end` the
    window ends with the newest point, without a `start` it is a day long.

    >>> Inquiry.read("?object=cell-1&from=2026-03-12T00:00:00Z&to=2026-03-12T06:00:00Z").href
    '?object=cell-1&from=2026-03-12T00%3A00%3A00Z&to=2026-03-12T06%3A00%3A00Z'
    """

    managed_object: str = ""
    measurement: str = ""
    start: Instant | None = None
    end: Instant | None = None

    @classmethod
    def read(cls, query: str | None) -> "Inquiry":
        """Whatever the query string says; what is unknown or overlong in it is left out, and so is a window that ends
        before it begins."""
        said = parse_qs((query or "").lstrip("?")[:4_096])
        found = {name: values[-1] for name, values in said.items() if len(values[-1]) <= _LONGEST_NAME}
        start, end = _instant(found.get("from", "")), _instant(found.get("to", ""))
        if start is not None and end is not None and start >= end:
            start = end = None
        return cls(found.get("object", ""), found.get("measurement", ""), start, end)

    def window(self, newest: Instant) -> tuple[Instant, Instant]:
        """From when to when, where the newest of all that came is from then; never longer than LONGEST.

        >>> Inquiry().window(2 * DAY) == (DAY + MINUTE, 2 * DAY + MINUTE)
        True
        """
        end = self.end if self.end is not None else newest - newest % MINUTE + MINUTE
        start = self.start if self.start is not None and self.start < end else end - USUAL
        return max(start, end - LONGEST), end

    def of_series(self, managed_object: str, measurement: str) -> str:
        return replace(self, managed_object=managed_object, measurement=measurement).href

    def of_window(self, name: str, end: Instant) -> str:
        """The link to a window of this name that ends then."""
        return replace(self, start=end - WINDOWS[name], end=end).href

    def newest_day(self) -> str:
        """The link to the window that goes on."""
        return replace(self, start=None, end=None).href

    @property
    def href(self) -> str:
        said = [("object", self.managed_object), ("measurement", self.measurement)]
        said += [(name, iso(at)) for name, at in (("from", self.start), ("to", self.end)) if at is not None]
        return f"?{urlencode([each for each in said if each[1]])}"


def _instant(text: str) -> Instant | None:
    """None for what is no time, and for the years at either end of the calendar, beyond which no window reaches."""
    try:
        at = parse_instant(text) if text else None
    except (TelassureError, ValueError):
        return None
    return at if at is not None and _FIRST <= at < _LAST else None
