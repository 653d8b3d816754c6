"""How the wall's panels look: few words, large ones."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from dashboards.pages.wall.health import RegionHealth
from dashboards.pages.wall.reads import Unacknowledged, WallIncident, WallIncidents
from dashboards.pages.wall.regions import COMPASS
from dashboards.shell.parts import age, empty, severity_mark
from dashboards.shell.theme import MUTED, SEVERITIES, money, priced
from dashboards.snapshot.views import FeedAge, MoneyToday, OwnProcesses
from telassure.kernel.events import PerceivedSeverity
from telassure.kernel.instant import Instant
from telassure.kernel.money import Money

_WIDE, _HIGH = 360, 60


def tiles(view: Sequence[RegionHealth], now: Instant) -> list[Component]:
    """One tile a region; those of the compass lie as on a map."""
    if not view:
        return [empty("No service is known.", "Services come with the inventory (ingest catalogue, TMF638).")]
    most = max(max(each.before) for each in view)
    return [_tile(each, most) for each in view]


def _tile(view: RegionHealth, most: int) -> Component:
    look = SEVERITIES[view.severity]
    well = view.severity is PerceivedSeverity.CLEARED
    mark = html.Span("✓ Well", className="well") if well else severity_mark(view.severity)
    total = f"{view.region.services:,}"
    share: list[Any] = (
        [html.Strong(f"{view.hit:,}", className="number"), f" of {total} hit"] if view.hit else [f"{total} services"]
    )
    named = _named(view.kinds)
    return html.Div(
        [
            html.Div([html.Span(view.region.name, className="region"), mark], className="tile-head"),
            html.Div(share, className="share"),
            html.Div(named, className="kinds", title=named),
            html.Img(
                src=_sparkline(view.before, most, MUTED if well else look.colour),
                className="spark",
                alt=f"Services hit in the last six hours: {max(view.before)} at most, {view.hit} now",
            ),
        ],
        className=f"health {look.word.lower()} {_place(view.region.name)}",
    )


def _named(kinds: Sequence[tuple[str, int]]) -> str:
    """The commonest kind of what is hit, and how many others.

    >>> _named([("mobile", 114), ("campus_network", 3)])
    '114 mobile, 3 others'
    """
    if not kinds:
        return ""
    (kind, count), others = kinds[0], sum(count for _, count in kinds[1:])
    return f"{count:,} {_kind(kind, count)}" + (f", {others:,} {'others' if others > 1 else 'other'}" if others else "")


def _kind(kind: str, count: int) -> str:
    """A kind of service in words.

    >>> _kind("leased_line", 2), _kind("mobile", 2)
    ('leased lines', 'mobile')
    """
    words = kind.replace("_", " ")
    return f"{words}s" if count != 1 and words.endswith(("line", "network")) else words


def _place(name: str) -> str:
    """The class that puts a region of the compass where it lies."""
    return f"at-{name.lower()}" if any(name in row for row in COMPASS) else ""


def _sparkline(counts: Sequence[int], most: int, colour: str) -> str:
    """How many were hit in each step, the newest to the right, as the address of a picture; `most` is its full height,
    which all regions share."""
    wide = _WIDE / len(counts)
    steps = "".join(
        f"V{_HIGH - count / (most or 1) * _HIGH:.1f}H{place * wide:.1f}" for place, count in enumerate(counts, start=1)
    )
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" preserveAspectRatio="none">'
        f'<path d="M0,{_HIGH}{steps}V{_HIGH}Z" fill="{colour}" fill-opacity="0.75"/></svg>'
    )
    return f"data:image/svg+xml,{quote(drawn)}"


def worst(view: WallIncidents, now: Instant) -> list[Component]:
    """The worst by impact, each a link to its place in the queue."""
    if not view.rows:
        return [html.Div([html.Strong("✓ Nothing is open."), html.P("No incident waits.")], className="nothing")]
    return [_incident(row, now) for row in view.rows]


def worst_title(view: WallIncidents) -> str:
    """How many of how many.

    >>> worst_title(WallIncidents((), 0))
    'Open incidents'
    """
    if view.total > len(view.rows):
        return f"Worst {len(view.rows)} of {view.total:,} open incidents"
    return "Open incidents by impact" if view.rows else "Open incidents"


def _incident(row: WallIncident, now: Instant) -> Component:
    costs = priced(row.revenue) and row.revenue.micros
    cost = html.Span(
        f"{money(row.revenue)} / h" if costs else "no money at risk", className="cost" if costs else "free"
    )
    owner = html.Span(row.owner, className="owner") if row.owner else html.Span("nobody has it", className="owner none")
    customers = f"{row.customers:,} customers" if row.customers != 1 else "1 customer"
    return html.A(
        [
            html.Div([severity_mark(row.severity, word=False), html.Strong(row.cause)], className="what"),
            html.Span(age(row.opened_at, now), className="since"),
            html.Div([cost, html.Span(customers, className="number")]),
            owner,
        ],
        href=f"/queue?incident={quote(row.problem_id, safe='')}",
        className=f"incident {SEVERITIES[row.severity].word.lower()}",
    )


def waiting(view: Unacknowledged, now: Instant) -> list[Component]:
    """What nobody has taken note of."""
    return [
        html.Div(f"{view.waiting:,}", className=f"figure-large number {'some' if view.waiting else 'none'}"),
        html.Div(f"of {view.active:,} active alarms"),
    ]


def charged(view: MoneyToday, now: Instant) -> list[Component]:
    """Charges of the UTC day."""
    amounts = [amount for amount in view.charged if priced(amount)]
    return [html.Div(_first(amounts), className="figure-large number"), html.Div(f"{_others(amounts)}since 00:00 UTC")]


def leaking(view: MoneyToday, now: Instant) -> list[Component]:
    """All open leakage."""
    cases = sum(line.cases for line in view.leakage)
    look = "some" if cases else "none"
    said = f"{cases:,} open {'case' if cases == 1 else 'cases'}" if cases else "no open case"
    shown = html.Div(_first(view.totals), className=f"figure-large number {look}")
    return [shown, html.Div(f"{_others(view.totals)}{said}")]


def _first(amounts: Sequence[Money]) -> str:
    """The largest amount.

    >>> _first([])
    '0'
    """
    return money(amounts[0]) if amounts else "0"


def _others(amounts: Sequence[Money]) -> str:
    """The amounts in other currencies, before what is said of all.

    >>> _others([Money.of("7", "EUR"), Money.of("2", "CHF")])
    'and 2.00 CHF, '
    """
    return f"and {', '.join(money(amount) for amount in amounts[1:])}, " if amounts[1:] else ""


def sources(view: tuple[FeedAge, ...], now: Instant) -> list[Component]:
    """Feeds that are silent by name, else how many speak."""
    stale = [feed for feed in view if feed.state == "stale"]
    live = sum(feed.state == "live" for feed in view)
    if stale:
        more = f" and {len(stale) - 1} more" if stale[1:] else ""
        silent = html.Div(f"■ {stale[0].name}{more}", className="state-words bad")
        return [silent, html.Div(["silent for ", age(stale[0].newest, now)])]
    word = "● up to date" if live else "○ none is live"
    return [
        html.Div(word, className=f"state-words {'good' if live else ''}"),
        html.Div(f"{live} live, {len(view) - live} at rest"),
    ]


def ourselves(view: OwnProcesses, now: Instant) -> list[Component]:
    """Our own processes: what is ill, else what was restarted or is remarkable, else that all is well."""
    if view.ill:
        more = f" and {len(view.ill) - 1} more" if view.ill[1:] else ""
        return [html.Div("■ ill", className="state-words bad"), html.Div(f"{view.ill[0]}{more}", title=view.ill[0])]
    said = (*view.remarks, *view.restarted)
    words = html.Div("● well", className="state-words good")
    return [words, html.Div(said[0] if said else "every process answers", title="; ".join(said))]
