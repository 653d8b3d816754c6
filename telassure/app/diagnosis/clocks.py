"""Checks of clocks: ours beside that of a server, and beside the newest second that any host has written down."""

from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Final

from telassure.app.diagnosis.check import Finding, fine, wrong
from telassure.kernel.instant import DAY, SECOND, Duration, Instant, iso
from telassure.kernel.ports import Clock

SKEW: Final[Duration] = SECOND
FARTHEST: Final[Duration] = DAY
CURED: Final = 'where our own clock is right: telassure act cure clock --why "a wrong time was taken"'
CONFIRMED: Final = 'telassure act confirm clock --why "it is right"'
_MEND: Final = (
    "run on the machine that is wrong: timedatectl set-ntp true (and chronyc makestep where chrony keeps time)"
)


def compared(name: str, theirs: Callable[[], Instant | None], clock: Clock, grain: Duration = 0) -> Finding:
    """Ours beside that of a server whose answer is exact to `grain` microseconds: at most 1 s apart, besides the time
    that asking took."""
    began, before = monotonic(), clock.now()
    there = theirs()
    took = int((monotonic() - began) * SECOND)
    if there is None:
        return fine(f"{name} does not say its time")
    skew = there - before
    beyond = max(-skew, skew - took - grain) if grain == 0 else max(-skew - grain, skew - took)
    if beyond > SKEW:
        return wrong(f"{name}'s clock is {abs(skew) / SECOND:.1f} s {'ahead of' if skew > 0 else 'behind'} ours", _MEND)
    return fine(f"{name}'s clock agrees with ours, as far as an answer after {took / SECOND:.1f} s can tell")


def followed(remarks: Sequence[str]) -> Finding:
    """No process doubts the machine's clock, and no timers stand still for it."""
    if not remarks:
        return fine("the clock is followed, and timers go on")
    return wrong("; ".join(remarks), "look at the clock (timedatectl); where it is right: " + CONFIRMED)


def no_feed_ahead(feeds: Mapping[str, Instant], clock: Clock) -> Finding:
    """No feed has said anything that is more than a day ahead of our clock: such a time puts clocks ahead for good."""
    newest, name = max(((at, name) for name, at in feeds.items()), default=(0, ""))
    if newest - clock.now() > FARTHEST:
        return wrong(f"feed {name} has been taken at {iso(newest)}, which is ahead of our clock", CURED)
    return fine("no feed is ahead of our clock")


def not_behind(newest: Instant | None, clock: Clock) -> Finding:
    """No host has written down a second that our clock has yet to reach."""
    if newest is None:
        return fine("no host has ticked yet")
    ahead = newest - clock.now()
    if ahead > SKEW:
        return wrong(f"the log holds a tick of a clock that is {ahead / SECOND:.1f} s ahead of ours", _MEND)
    return fine(f"the newest tick is {-ahead / SECOND:,.1f} s old")
