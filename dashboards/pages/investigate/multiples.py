"""Small multiples: KPIs of one object under one another over one time, each with its band and a strip of its scores."""

from collections.abc import Sequence
from typing import Any, Final

from dashboards.pages.investigate.changes import KpiChange
from dashboards.shell.theme import ACCENT, BAD, BAND, CAUTION, FONT, LINE, MUTED, PANEL, RAISED, SOFT, plain

Figure = dict[str, Any]
SHOWN: Final = 6
_SCORES: Final = [
    [0, RAISED],
    [0.49, RAISED],
    [0.5, CAUTION],
    [1, BAD],
]  # up to 1 is well, 2 and more is as bad as it gets
_EMPTY: Final[Figure] = {
    "data": [],
    "layout": {
        "paper_bgcolor": PANEL,
        "plot_bgcolor": PANEL,
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
    },
}


def figure_of(several: Sequence[KpiChange], window: tuple[int, int]) -> Figure:
    """The most changed ones; nothing where there is none."""
    shown = several[:SHOWN]
    if not shown:
        return _EMPTY
    layout: Figure = {
        "paper_bgcolor": PANEL,
        "plot_bgcolor": PANEL,
        "font": {"family": FONT, "size": 13, "color": SOFT},
        "margin": {"l": 8, "r": 12, "t": 26, "b": 8},
        "showlegend": False,
        "hovermode": "x",
        "xaxis": {
            "type": "date",
            "range": [window[0] // 1_000, window[1] // 1_000],
            "gridcolor": LINE,
            "tickfont": {"color": MUTED},
            "automargin": True,
            "anchor": "free",
            "position": 0,
        },
        "annotations": [_title(each, place, len(shown)) for place, each in enumerate(shown)],
    }
    traces: list[Figure] = []
    for place, each in enumerate(shown):
        curve, strip = 2 * place + 1, 2 * place + 2
        bottom, top = _room(place, len(shown))
        tall = top - bottom
        layout[_axis(curve)] = {
            "domain": [bottom + 0.2 * tall, top - 0.22 * tall],
            "gridcolor": LINE,
            "zeroline": False,
            "tickfont": {"color": MUTED},
            "nticks": 4,
            "automargin": True,
            "fixedrange": True,
        }
        layout[_axis(strip)] = {"domain": [bottom + 0.06 * tall, bottom + 0.15 * tall], "visible": False}
        traces += _traces(each, _name(curve), _name(strip))
    return {"data": traces, "layout": layout}


def _traces(each: KpiChange, curve: str, strip: str) -> list[Figure]:
    lines = each.lines
    x = list(lines.time)
    edge = {"x": x, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "yaxis": curve}
    scores = [None if score is None else min(score, 2.0) for score in lines.score]
    return [
        {**edge, "y": list(lines.lower)},
        {**edge, "y": list(lines.upper), "fill": "tonexty", "fillcolor": BAND},
        {
            "x": x,
            "y": list(lines.value),
            "mode": "lines",
            "line": {"color": ACCENT, "width": 1.4},
            "hovertemplate": f"%{{y:,.5~r}} {each.unit}<extra></extra>",
            "yaxis": curve,
        },
        {
            "type": "heatmap",
            "x": x,
            "y": [0],
            "z": [scores],
            "zmin": 0,
            "zmax": 2,
            "colorscale": _SCORES,
            "showscale": False,
            "hovertemplate": "score %{z:.2f}<extra></extra>",
            "yaxis": strip,
        },
    ]


def _title(each: KpiChange, place: int, count: int) -> Figure:
    unit = f" {each.unit}" if each.unit else ""
    words = f"<b>{_escaped(each.measurement)}</b>  mean {plain(each.mean or 0.0)}{unit}"
    if each.expected is not None:
        words += f", expected {plain(each.expected)}, {each.anomalous} of {each.points} points anomalous"
    return {
        "text": words,
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": _room(place, count)[1],
        "xanchor": "left",
        "yanchor": "top",
        "showarrow": False,
    }


def _escaped(text: str) -> str:
    """Plotly reads a few tags in texts."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _room(place: int, count: int) -> tuple[float, float]:
    """Where the multiple of this place stands, from its foot to its head."""
    tall = 1 / count
    return max(0.0, 1 - (place + 1) * tall), 1 - place * tall


def _axis(number: int) -> str:
    return "yaxis" if number == 1 else f"yaxis{number}"


def _name(number: int) -> str:
    return "y" if number == 1 else f"y{number}"
