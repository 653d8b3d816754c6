"""The panels: what is looked into, what changed most in that window, and the peers."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.pages.investigate.changes import KpiChange, Window
from dashboards.pages.investigate.inquiry import WINDOWS, Inquiry
from dashboards.pages.investigate.multiples import SHOWN
from dashboards.pages.investigate.reads import FOUND, Compared
from dashboards.shell.parts import empty, utc
from dashboards.shell.theme import duration, plain
from telassure.kernel.instant import Instant


def subject(inquiry: Inquiry, window: Window, several: Sequence[KpiChange], _now: Instant) -> list[Component]:
    """The object, the window with links to others that end with it, and how many KPIs are drawn of how many."""
    start, end = window
    links = [
        dcc.Link(name, href=inquiry.of_window(name, end), className=_look(end - start == span))
        for name, span in WINDOWS.items()
    ]
    follow = dcc.Link("newest", href=inquiry.newest_day(), className=_look(inquiry.end is None))
    shown = min(len(several), SHOWN)
    words = f"{shown} of {len(several)} KPIs, the most changed first" if several else ""
    return [
        html.Strong(inquiry.managed_object or "No object is chosen", className="cause"),
        html.Span(f"{utc(start)[:16]} to {utc(end)[:16]} UTC, {duration(end - start)}", className="number"),
        html.Span(words, className="hint"),
        html.Nav([*links, follow], className="ranges"),
    ]


def _look(current: bool) -> str:
    return f"range {'current' if current else ''}"


def missing(inquiry: Inquiry, several: Sequence[KpiChange], _now: Instant) -> list[Component]:
    """Why no KPI is drawn."""
    if several:
        return []
    if not inquiry.managed_object:
        return [empty("Search an object with /, or take one of those that changed most.")]
    return [empty("No point of this object lies in this window.", "Its name may be wrong, or the window too old.")]


def changed(found: Sequence[KpiChange], inquiry: Inquiry, _now: Instant) -> Component:
    """KPIs that left their bands, by how far."""
    if not found:
        return empty("No KPI left its band in this window.", "A window without an episode has nothing to rank.")
    return _table([_line(each, inquiry, f"{each.managed_object} ") for each in found])


def peers(found: Compared, inquiry: Inquiry, _now: Instant) -> list[Component]:
    """The object's KPI beside the same one of its peers, in the order of their change."""
    own = found.own
    if own is None:
        return [empty("Peers show beside an object.", "They are others of its kind that have the same KPI.")]
    if not found.peers:
        return [empty(f"No other object of its kind has {own.measurement} in this window.")]
    several = sorted((own, *found.peers), key=lambda each: (-abs(each.change), each.managed_object))
    place = several.index(own) + 1
    words = f"{own.measurement}: number {place} of {len(several)} by its change"
    rows = [_line(each, inquiry, each.managed_object, own) for each in several]
    return [html.P(words, className="hint"), _table(rows)]


def _line(each: KpiChange, inquiry: Inquiry, name: str, own: KpiChange | None = None) -> Component:
    words = [html.Span(name), html.Span(each.measurement, className="measurement")] if own is None else [name]
    unit = f" {each.unit}" if each.unit else ""
    expected = plain(each.expected) + unit if each.expected is not None else "not scored"
    return html.Tr(
        [
            html.Td(dcc.Link(words, href=inquiry.of_series(each.managed_object, each.measurement)), className="wide"),
            html.Td(f"{each.change:+.1f}" if each.scored else "–", className="number strong"),
            html.Td(plain(each.mean or 0.0) + unit, className="number"),
            html.Td(expected, className="number"),
            html.Td(f"{each.anomalous:,} of {each.points:,}", className="number"),
        ],
        className="current" if each is own else "",
    )


def _table(rows: Sequence[Component]) -> Component:
    title = "half-widths of the band above what was expected: mean of the anomalous points, else of all"
    head = [
        html.Th("KPI"),
        html.Th("Change", className="number", title=title),
        html.Th("Mean", className="number"),
        html.Th("Expected", className="number"),
        html.Th("Anomalous", className="number"),
    ]
    return html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)])


def found_objects(found: Sequence[str], inquiry: Inquiry, _now: Instant) -> list[Component]:
    """The objects that the search found, each a link."""
    if not found:
        return [html.P("Type a part of an object's name.", className="hint")]
    links: list[Component] = [
        dcc.Link(html.Span(name, className="cause"), href=inquiry.of_series(name, ""), className="found")
        for name in found[:FOUND]
    ]
    more = [html.P(f"the first {FOUND}; type more of the name", className="hint")] if len(found) > FOUND else []
    return [*links, *more]
