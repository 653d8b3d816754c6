"""What the page says all the while."""

import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Final

import httpx

_PILL: Final = re.compile(r'"className"\s*:\s*"pill (\w+)"')
_KNOWN_WITHIN: Final = 15.0
_WELL: Final = ("live", "quiet")


@dataclass
class Page:
    """The page at an address, looked at once a second; "" stands where it did not answer."""

    url: str
    seen: list[tuple[float, str]] = field(default_factory=list)

    def watch(self, stop: Event) -> None:
        while not stop.wait(1.0):
            asked = time.monotonic()
            self.seen.append((asked, self._state()))

    @property
    def counts(self) -> dict[str, int]:
        """How many looks found it in each state."""
        return dict(Counter(state or "no answer" for _, state in self.seen))

    def untrue(self, standstills: Sequence[tuple[float, float]]) -> int:
        """How many looks found that all is well though a worker had stood still for longer than the page may take."""
        return sum(
            state in _WELL and any(begun + _KNOWN_WITHIN < at < end for begun, end in standstills)
            for at, state in self.seen
        )

    def _state(self) -> str:
        try:
            text = httpx.get(f"{self.url}/_dash-layout", timeout=10, trust_env=False).text
        except httpx.HTTPError:
            return ""
        found = _PILL.search(text)
        return found[1] if found else ""
