"""The state of the system, as the header of every page says it."""

from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.shell.parts import age, aria, utc
from dashboards.snapshot.views import SystemState
from telassure.kernel.instant import Instant

_STATES: Final = {
    "live": ("●", "LIVE"),
    "history": ("▶", "TAKING IN HISTORY"),
    "stale": ("■", "STALE"),
    "down": ("■", "DOWN"),
    "quiet": ("○", "QUIET"),
    "recording": ("◆", "RECORDING"),
    "empty": ("○", "WAITING FOR DATA"),
}


def system_pill(system: SystemState, now: Instant) -> list[Component]:
    """The state of the system in a word, why, and how old the newest event is."""
    shape, word = _STATES[system.state]
    parts: list[Component] = [
        html.Span([html.I(shape, **aria(hidden="true")), word], className=f"pill {system.state}"),
        html.Span(system.words, className="why"),
    ]
    if system.newest is not None:
        newest: list[Any] = [html.Span("newest event ", className="label"), f"{utc(system.newest)} UTC · "]
        parts.append(html.Span([*newest, age(system.newest, now, " ago")], className="number newest"))
    return parts
