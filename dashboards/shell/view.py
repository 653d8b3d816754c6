"""How panels take their part of what they read, where they take it as it is."""

from collections.abc import Callable
from typing import Any

from telassure.kernel.instant import Instant


def itself(part: Any) -> Any:
    """The view of a panel that shows all of its one read."""
    return part


def together(*parts: Any) -> tuple[Any, ...]:
    """The view of a panel that shows all of several reads."""
    return parts


def spread(draw: Callable[..., Any]) -> Callable[[tuple[Any, ...], Instant], Any]:
    """A drawing of several parts and the time."""
    return lambda view, now: draw(*view, now)
