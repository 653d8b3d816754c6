"""What the page shows, as its query string: a link shows another person the same view."""

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qs, urlencode

from telassure.kernel.instant import DAY, HOUR, Duration

RANGES: Final[dict[str, Duration]] = {"1h": HOUR, "6h": 6 * HOUR, "24h": DAY, "3d": 3 * DAY, "14d": 14 * DAY}
DEFAULT_RANGE: Final = "24h"
LISTS: Final = frozenset({"closed", "letters"})
"""The panels whose lists can be shown at length."""
_LONGEST: Final = 512

Series = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Address:
    """The selected incident ("" = the top one), the pinned series (None = follow the newest episode), the time range,
    the page of the list of incidents, and the panels whose lists are shown at length.

    >>> Address.read("?incident=p-1&object=cell-1&measurement=prb&range=6h").href
    '?incident=p-1&object=cell-1&measurement=prb&range=6h'
    """

    incident: str = ""
    series: Series | None = None
    range: str = DEFAULT_RANGE
    page: int = 1
    more: frozenset[str] = frozenset()

    @classmethod
    def read(cls, query: str | None) -> "Address":
        """Whatever the query string says; what is unknown or overlong in it is left out."""
        found = {name: values[-1] for name, values in parse_qs((query or "").lstrip("?")[:4_096]).items()}
        found = {name: text for name, text in found.items() if len(text) <= _LONGEST}
        series = (found["object"], found["measurement"]) if {"object", "measurement"} <= found.keys() else None
        chosen = found.get("range", DEFAULT_RANGE)
        page, more = found.get("page", "1"), frozenset(found.get("more", "").split(".")) & LISTS
        number = int(page) if page.isdecimal() and page.isascii() and len(page) < 4 else 1
        return cls(
            found.get("incident", ""), series, chosen if chosen in RANGES else DEFAULT_RANGE, max(1, number), more
        )

    def of_incident(self, problem_id: str) -> str:
        """The link to an incident; the series then follows it again."""
        return replace(self, incident=problem_id, series=None).href

    def of_series(self, series: Series | None) -> str:
        return replace(self, series=series).href

    def of_range(self, name: str) -> str:
        return replace(self, range=name).href

    def of_page(self, number: int) -> str:
        """The link to another page of the list."""
        return replace(self, page=number).href

    def of_more(self, name: str) -> str:
        """The link that shows a panel's list at length, or short again."""
        return replace(self, more=self.more ^ {name}).href

    @property
    def href(self) -> str:
        said: dict[str, str] = {}
        if self.incident:
            said["incident"] = self.incident
        if self.series is not None:
            said["object"], said["measurement"] = self.series
        if self.range != DEFAULT_RANGE:
            said["range"] = self.range
        if self.page > 1:
            said["page"] = str(self.page)
        if self.more:
            said["more"] = ".".join(sorted(self.more))
        return f"?{urlencode(said)}"
