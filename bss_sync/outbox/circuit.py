"""Whether a receiver is asked at all: after some failures in a row it is left alone, then asked with one notice."""

from dataclasses import dataclass
from typing import Final

FAILURES: Final = 5
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 300.0


@dataclass(slots=True)
class Circuit:
    """Closed while the receiver answers. `failures` in a row open it; each failed trial doubles the pause until the
    next, up to five minutes. Times are seconds of one clock that only grows."""

    failures: int = 0
    reopens_at: float = 0.0
    pause: float = FIRST_PAUSE

    @property
    def open(self) -> bool:
        return self.failures >= FAILURES

    def admits(self, now: float, under_way: int) -> int:
        """How many more notices may be tried now beside those under way."""
        if not self.open:
            return max(0, FAILURES - self.failures)
        return int(now >= self.reopens_at and under_way == 0)

    def answered(self) -> None:
        """The receiver took or refused a notice: it lives."""
        self.failures, self.pause = 0, FIRST_PAUSE

    def failed(self, now: float, asked: float = 0.0) -> None:
        """It did not; `asked` is how many seconds it wants to be left alone."""
        was_open = self.open
        self.failures += 1
        if was_open:
            self.pause = min(2 * self.pause, LONGEST_PAUSE)
        if self.open or asked:
            self.failures = max(self.failures, FAILURES)
            self.reopens_at = now + max(self.pause, min(asked, LONGEST_PAUSE))
