"""The KPI panel: the value, its expected band, and what lies outside."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.pages.live.address import RANGES, Address, Series
from dashboards.pages.live.kpi import FOUND
from dashboards.pages.live.views import KpiChart
from dashboards.pages.live.why import score_words, why_strip
from dashboards.shell.parts import age, aria, empty
from dashboards.shell.theme import ACCENT, BAD, BAND, FONT, GROUND, LINE, MUTED, PANEL, RAISED, SOFT, TEXT, plain
from telassure.kernel.instant import Instant

Figure = dict[str, Any]

_GAP: Final = 2.5
_AXIS: Final = {
    "gridcolor": LINE,
    "linecolor": LINE,
    "zeroline": False,
    "tickfont": {"color": MUTED},
    "fixedrange": True,
    "automargin": True,
}


def kpi_head(chart: KpiChart | None, address: Address, now: Instant) -> list[Component]:
    """What is drawn and why, its value against what was expected, and the links to other ranges and series."""
    if chart is None:
        return [empty("No KPI has been stored yet.", "Series appear with the first measurements.")]
    reason = "chosen series" if chart.pinned else chart.why
    return [
        html.Div(
            [
                html.Strong(chart.managed_object, className="cause", title=chart.managed_object),
                html.Span(chart.measurement, className="measurement", title=chart.measurement),
                _ranges(address),
            ],
            className="kpi-name",
        ),
        html.Div([*_readings(chart, now), html.Span(reason, className="why")], className="kpi-readings"),
        why_strip(chart.newest_anomaly),
        dcc.Link("next series", id="next-series", href=address.of_series(chart.next_series), className="unseen"),
    ]


def found_series(found: Sequence[Series], address: Address) -> list[Component]:
    """The series that the search found, each a link."""
    if not found:
        return [html.P("No series contains this text.", className="hint")]
    links: list[Component] = [
        dcc.Link(
            [html.Span(name, className="cause"), html.Span(measurement, className="measurement")],
            href=address.of_series((name, measurement)),
            className="found",
        )
        for name, measurement in found[:FOUND]
    ]
    if len(found) > FOUND:
        links.append(html.P(f"the first {FOUND}; type more of the name to find the others", className="hint"))
    if address.series is not None:
        links.append(dcc.Link("follow the newest episode", href=address.of_series(None), className="found follow"))
    return links


def figure_of(chart: KpiChart | None) -> Figure:
    """The whole figure; `uirevision` keeps what the viewer did to it while the series stays the same."""
    if chart is None or not chart.time:
        return {"data": [], "layout": {**_layout(""), "xaxis": {"visible": False}, "yaxis": {"visible": False}}}
    name = f"{chart.managed_object}|{chart.measurement}|{chart.range}"
    layout = _layout(name)
    layout["yaxis"] = {**_AXIS, "title": {"text": chart.unit or "unit not stated", "font": {"color": MUTED}}}
    return {"data": traces(chart), "layout": layout}


def traces(chart: KpiChart) -> list[Figure]:
    """Band, expected line, value line and anomalous points, in the order in which they are drawn."""
    missing = holes(chart.time)
    band_x, band_y = band(chart, missing)
    line_x, line_y, middle, between = _broken(chart, missing)
    odd = [n for n, score in enumerate(chart.score) if score is not None and score > 1 and chart.value[n] is not None]
    quiet = {"hoverinfo": "skip", "mode": "lines"}
    return [
        {
            "x": band_x,
            "y": band_y,
            "fill": "toself",
            "fillcolor": BAND,
            "line": {"width": 0},
            "name": "expected band",
            **quiet,
        },
        {
            "x": line_x,
            "y": middle,
            "mode": "lines",
            "line": {"color": MUTED, "width": 1, "dash": "dot"},
            "name": "expected",
            "customdata": between,
            "hovertemplate": f"%{{y:,.4~r}} {chart.unit}%{{customdata}}<extra>expected</extra>",
        },
        {
            "x": line_x,
            "y": line_y,
            "mode": "lines",
            "line": {"color": ACCENT, "width": 1.6},
            "name": "value",
            "hovertemplate": f"%{{y:,.6~r}} {chart.unit}<extra>value</extra>",
        },
        {
            "x": [chart.time[n] for n in odd],
            "y": [chart.value[n] for n in odd],
            "customdata": [score_words(chart.score[n] or 0.0, chart.shares[n]) for n in odd],
            "mode": "markers",
            "marker": {"color": BAD, "size": 8, "symbol": "diamond", "line": {"color": GROUND, "width": 1}},
            "name": "anomalous (score > 1)",
            "hovertemplate": "%{customdata}<extra>anomalous</extra>",
        },
    ]


def band(chart: KpiChart, missing: frozenset[int]) -> tuple[list[int | None], list[float | None]]:
    """One closed outline for each stretch that has an expectation, stretches parted by None."""
    outline_x: list[int | None] = []
    outline_y: list[float | None] = []
    for run in _runs(chart, missing):
        outline_x += [*(chart.time[n] for n in run), *(chart.time[n] for n in reversed(run)), None]
        outline_y += [*(chart.upper[n] for n in run), *(chart.lower[n] for n in reversed(run)), None]
    return outline_x, outline_y


def _runs(chart: KpiChart, missing: frozenset[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for n in range(len(chart.time)):
        if chart.lower[n] is None or chart.upper[n] is None:
            continue
        if runs and runs[-1][-1] == n - 1 and n not in missing:
            runs[-1].append(n)
        else:
            runs.append([n])
    return runs


def _broken(
    chart: KpiChart, missing: frozenset[int]
) -> tuple[list[int], list[float | None], list[float | None], list[str]]:
    """The lines with a hole where points are missing, and the band in words."""
    time: list[int] = []
    value: list[float | None] = []
    expected: list[float | None] = []
    between: list[str] = []
    for n, at in enumerate(chart.time):
        if n in missing:
            time.append(chart.time[n - 1] + 1)
            value.append(None)
            expected.append(None)
            between.append("")
        time.append(at)
        value.append(chart.value[n])
        expected.append(chart.expected[n])
        between.append(_between(chart.lower[n], chart.upper[n]))
    return time, value, expected, between


def _between(lower: float | None, upper: float | None) -> str:
    return "" if lower is None or upper is None else f", {plain(lower)} to {plain(upper)}"


def holes(time: tuple[int, ...]) -> frozenset[int]:
    """The points before which some are missing: their step is 2.5 times longer than any of the three steps on either
    side, so that a series may change its granularity.

    >>> holes((0, 900, 1800, 1815, 1830, 1845, 1860, 5460, 5475))
    frozenset({7})
    """
    steps = [later - earlier for earlier, later in pairwise(time)]
    around = (steps[max(0, n - 3) : n] + steps[n + 1 : n + 4] for n in range(len(steps)))
    return frozenset(
        n + 1 for n, (step, near) in enumerate(zip(steps, around, strict=True)) if near and step > _GAP * max(near)
    )


def _layout(name: str) -> Figure:
    return {
        "uirevision": name,
        "paper_bgcolor": PANEL,
        "plot_bgcolor": PANEL,
        "font": {"family": FONT, "color": SOFT, "size": 12},
        "margin": {"l": 48, "r": 10, "t": 6, "b": 26},
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": RAISED, "bordercolor": LINE, "font": {"color": TEXT}},
        "dragmode": False,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "font": {"color": SOFT}},
        "xaxis": {**_AXIS, "type": "date", "hoverformat": "%Y-%m-%d %H:%M:%S UTC"},
        "yaxis": dict(_AXIS),
        "transition": {"duration": 0},
    }


def _readings(chart: KpiChart, now: Instant) -> list[Component]:
    if chart.newest is None:
        return [html.Span("no point of this series is stored", className="hint")]
    unit = html.Small(f" {chart.unit}")
    now_words: list[Any] = [html.Span("now ", className="label"), _text(chart.value_now), unit]
    parts: list[Component] = [html.Span(now_words, className="number")]
    if chart.expected_now is not None:
        words: list[Any] = [
            html.Span("expected ", className="label"),
            _text(chart.expected_now),
            html.Small(f" {chart.unit}"),
        ]
        parts.append(html.Span(words, className="number"))
    odd = "odd" if chart.anomalies else ""
    parts.append(
        html.Span([html.Span("anomalous ", className="label"), f"{chart.anomalies:,}"], className=f"number {odd}")
    )
    parts.append(html.Span([html.Span("last point ", className="label"), age(chart.newest, now, " ago")]))
    return parts


def _text(value: float | None) -> str:
    return "missing" if value is None else plain(value)


def _ranges(address: Address) -> Component:
    links = [
        dcc.Link(name, href=address.of_range(name), className=f"range {'current' if name == address.range else ''}")
        for name in RANGES
    ]
    return html.Nav(links, className="ranges", **aria(label="Time range"))
