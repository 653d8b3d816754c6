"""How far the clocks of feeds are from ours, as was measured, and what to set for those that are fast."""

from collections.abc import Mapping, Sequence
from typing import Final

from telassure.kernel.instant import SECOND, Duration
from telassure.wiring.confirmation import span
from telassure.wiring.input_sources import source_health
from telassure.wiring.settings import Settings

_NAMED: Final = 3


def feed_skews(settings: Settings) -> Mapping[str, Duration]:
    """By feed, how far the newest row of its last body was ahead of our clock when it came; behind where negative."""
    found: dict[str, Duration] = {}
    for health in source_health(settings):
        if not health.ended:
            found.update(health.ahead)
    return found


def fast_feeds(settings: Settings) -> Sequence[str]:
    """In words, the feeds whose clock is so far ahead that their rows are held, the worst first and a few by name."""
    fast = sorted(
        (-ahead, feed) for feed, ahead in feed_skews(settings).items() if ahead > settings.held_seconds * SECOND
    )
    words = [
        f"feed {feed} is {span(back)} ahead of us, if it stays so: [sources.{feed}] clock_offset = {back // SECOND}"
        for back, feed in fast[:_NAMED]
    ]
    return [*words, f"{len(fast) - _NAMED} more feeds are ahead of our clock"] if fast[_NAMED:] else words
