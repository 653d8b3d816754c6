"""Why a point is anomalous: which channel contributed how much to its score, as a bar and in words."""

from dash import html
from dash.development.base_component import Component

from dashboards.pages.live.views import Explained
from dashboards.shell.parts import aria, utc
from dashboards.shell.theme import CHANNELS
from telassure.kernel.events.shares import loudest


def percent(share: float) -> str:
    """A share of a score.

    >>> percent(0.35)
    '35 %'
    """
    return f"{100 * share:.0f} %"


def score_words(score: float, shares: int) -> str:
    """A score and what contributed to it, greatest first.

    >>> score_words(3.648, 204), score_words(2.0, 255)
    ('score 3.65: jump 70 %, level 25 %, rhythm 5 %', 'score 2.00')
    """
    found = ", ".join(f"{name} {percent(share)}" for name, share in loudest(shares))
    return f"score {score:.2f}: {found}" if found else f"score {score:.2f}"


def why_strip(point: Explained | None) -> Component:
    """Which channel contributed how much to the newest anomalous point, as a bar and in words; of one height always, so
    that the chart below keeps its place."""
    if point is None:
        return html.Div(html.Span("nothing anomalous in this range", className="hint"), className="kpi-why")
    shares = loudest(point.shares)
    bar = [html.I(style={"width": f"{share:.0%}", "backgroundColor": CHANNELS[name][0]}) for name, share in shares]
    words = [
        html.Span(
            [html.I(className="swatch", style={"backgroundColor": CHANNELS[name][0]}), f"{name} {percent(share)}"],
            title=CHANNELS[name][1],
        )
        for name, share in shares
    ]
    head = html.Span(
        [html.Span("why at ", className="label"), f"{utc(point.time)[11:16]} UTC, score {point.score:.1f}"],
        className="number",
        title=f"{utc(point.time)} UTC: the newest anomalous point",
    )
    inside = (
        [html.Span(bar, className="shares", **aria(hidden="true")), *words]
        if shares
        else [html.Span("not kept by the release that scored it", className="hint")]
    )
    return html.Div([head, *inside], className="kpi-why")
