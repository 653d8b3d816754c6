"""The live page: what is wrong now, its root cause, one KPI, money and feeds."""

from dataclasses import replace
from typing import Any, Final

from dashboards.pages.live import incidents as incident_panel
from dashboards.pages.live import ledgers
from dashboards.pages.live.address import Address
from dashboards.pages.live.chart import found_series, kpi_head
from dashboards.pages.live.commands import commands_panel
from dashboards.pages.live.figure import FigurePanel
from dashboards.pages.live.incidents import ACKNOWLEDGE
from dashboards.pages.live.operations import frame
from dashboards.pages.live.reads import ADDRESS, CHART, CLOSED, DETAIL, FOUND, INCIDENTS, REFUSED, SEVERITIES, TRANSPORT
from dashboards.pages.live.views import IncidentDetail, Incidents, KpiChart
from dashboards.shell.acting import offered
from dashboards.shell.page import Page, Panel
from dashboards.shell.reading import ASKABLE
from dashboards.shell.view import itself, spread, together
from dashboards.snapshot.feeds import system_state
from dashboards.snapshot.pill import system_pill
from dashboards.snapshot.reads import FEEDS, MONEY, OURS
from dashboards.snapshot.views import FeedAge
from telassure.kernel.commands import PROBLEM


def _wanted(
    detail: IncidentDetail | None, address: Address, rights: tuple[str, ...]
) -> tuple[IncidentDetail | None, str, bool]:
    return detail, address.incident, any(each.name == ACKNOWLEDGE for each in offered(PROBLEM, rights))


def _rows(view: Incidents, detail: IncidentDetail | None, address: Address) -> tuple[Incidents, str, Address]:
    return view, detail.incident.problem_id if detail else "", address


def _without_points(chart: KpiChart | None, address: Address) -> tuple[KpiChart | None, Address]:
    columns: dict[str, Any] = dict.fromkeys(("time", "value", "expected", "lower", "upper", "score", "shares"), ())
    return (replace(chart, digest="", **columns) if chart else None), address


def _judged(feeds: tuple[FeedAge, ...]) -> tuple[FeedAge, ...]:
    """Without the silence allowed, which is measured anew at each look and not shown."""
    return tuple(replace(feed, limit=0) for feed in feeds)


LIVE: Final = Page(
    name="live",
    path="/",
    title="Operations",
    panels=(
        Panel("system", (FEEDS, OURS), system_state, system_pill),
        Panel("transport", (TRANSPORT,), itself, lambda view, _: view),
        Panel("severities", (SEVERITIES,), itself, lambda view, _: incident_panel.severity_strip(view)),
        Panel("hero", (DETAIL, ADDRESS, ASKABLE), _wanted, spread(incident_panel.hero)),
        Panel("listed", (INCIDENTS, ADDRESS), together, lambda view, _: incident_panel.listed(*view)),
        Panel("incidents", (INCIDENTS, DETAIL, ADDRESS), _rows, spread(incident_panel.incident_rows)),
        Panel("commands", (DETAIL, ASKABLE), together, lambda view, _: commands_panel(*view)),
        Panel("kpi-head", (CHART, ADDRESS), _without_points, spread(kpi_head)),
        Panel("found", (FOUND, ADDRESS), together, lambda view, _: found_series(*view)),
        FigurePanel("graph", (CHART,), itself, lambda view, _: view, fills="figure"),
        Panel("money", (MONEY,), itself, lambda view, _: ledgers.money_panel(view)),
        Panel("closed", (CLOSED, ADDRESS), together, spread(ledgers.closed_panel)),
        Panel("feeds", (FEEDS,), _judged, ledgers.feeds_panel),
        Panel("refusals", (REFUSED, ADDRESS), together, spread(ledgers.refusals_panel)),
    ),
    frame=frame,
    texts=("find",),
)
