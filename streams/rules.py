"""Policies as numbers, held to their bounds, read from the catalogue once per version."""

from typing import Final

from streams.catalogue import Catalogue, whole_number
from telassure.kernel.instant import DAY, SECOND, Duration

REPLAY: Final = "replay:"
MOST_DAYS: Final = 3_650  # ten years: a timer so far ahead still is an instant
_MOST_KNOWN: Final = 10_000
_MOST_SECONDS: Final = 3_650 * DAY // SECOND


class Rules:
    """Whole-number policies of one area; a value that is no number, or out of range, leaves the default in force."""

    def __init__(self, area: str, catalogue: Catalogue) -> None:
        self._area = area
        self._catalogue = catalogue
        self._version = -1
        self._numbers: dict[tuple[str, str], int] = {}
        self._durations: dict[tuple[str, str], Duration] = {}

    def number(self, name: str, default: int, selector: str = "") -> int:
        """The policy as a whole number of at least 0. `default` must not vary for one name and selector."""
        self._refresh()
        known = self._numbers.get((name, selector))
        if known is None:
            found = whole_number(self._catalogue.policy(self._area, name, "", selector))
            known = default if found is None or found < 0 else found
            self._numbers[name, selector] = known
        return known

    def seconds(self, name: str, default: int, selector: str = "") -> Duration:
        """A policy in seconds, as a duration of at most ten years."""
        if self._catalogue.version == self._version:
            known = self._durations.get((name, selector))
            if known is not None:
                return known
        found = min(self.number(name, default, selector), _MOST_SECONDS) * SECOND
        self._durations[name, selector] = found
        return found

    def _refresh(self) -> None:
        if self._catalogue.version != self._version or len(self._numbers) > _MOST_KNOWN:
            self._version = self._catalogue.version
            self._numbers.clear()
            self._durations.clear()


def whole_within(catalogue: Catalogue, area: str, name: str, default: int, least: int, most: int) -> int:
    """A whole-number policy, held to its bounds; a text that is none does not stop the money: the default holds."""
    found = whole_number(catalogue.policy(area, name, ""))
    return default if found is None else min(max(found, least), most)
