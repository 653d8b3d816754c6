"""The small pieces that every panel is made of."""

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.shell.theme import SEVERITIES, duration
from telassure.kernel.events import PerceivedSeverity
from telassure.kernel.instant import SECOND, Instant, to_datetime


def aria(**words: str) -> dict[str, Any]:
    """Attributes for assistive technology.

    >>> aria(label="Feeds")
    {'aria-label': 'Feeds'}
    """
    return {f"aria-{name}": word for name, word in words.items()}


def severity_mark(severity: PerceivedSeverity, word: bool = True) -> Component:
    """A severity by shape, colour and word; without the word it stands beside one, which screen readers get too."""
    look = SEVERITIES[PerceivedSeverity(severity)]
    shape = html.I(className=f"shape {look.shape}", **aria(hidden="true"))
    name = html.Span(look.word, className="word" if word else "word unseen")
    return html.Span([shape, name], className=f"severity {look.word.lower()}", title=look.word)


def age(at: Instant, now: Instant, suffix: str = "") -> Component:
    """How long ago, kept current by the page's script; the exact time in UTC is its title."""
    attributes: dict[str, Any] = {"data-at": str(at // 1_000), "data-suffix": suffix}
    return html.Time(
        duration(now - at) + suffix,
        title=f"{utc(at)} UTC",
        className="age number",
        **attributes,
    )


def utc(at: Instant) -> str:
    """Date and time to the second.

    >>> utc(86_400_000_000)
    '1970-01-02 00:00:00'
    """
    return to_datetime(at // SECOND * SECOND).strftime("%Y-%m-%d %H:%M:%S")


def panel(title: str, place: str, *inside: Any, note: Any = None) -> Component:
    """A titled region of the page, with an id by which a callback fills it."""
    head = html.H2([title, html.Span(note, className="note")] if note is not None else title)
    return html.Section([head, *inside], className=f"panel {place}", **aria(label=title))


def empty(words: str, hint: str = "") -> Component:
    """What a panel says when there is nothing to show, and why that is no fault."""
    return html.Div([html.P(words), html.P(hint, className="hint")], className="empty")


def loading(lines: int) -> list[Component]:
    """Grey lines in the place of what is being read."""
    return [html.Div(className="bone") for _ in range(lines)]


def figure(number: Any, label: str, unit: str = "", kind: str = "") -> Component:
    """One number with its name and unit."""
    return html.Div(
        [
            html.Span(label, className="label"),
            html.Span([number, html.Small(unit)] if unit else number, className="number"),
        ],
        className=f"figure {kind}",
    )
