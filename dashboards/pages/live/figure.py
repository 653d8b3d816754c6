"""The KPI's figure as a panel: drawn whole for another series or range, its lines patched for new points."""

from typing import Any

from dash import Patch, no_update

from dashboards.pages.live import chart as kpi_panel
from dashboards.pages.live.views import KpiChart
from dashboards.shell.page import Panel
from dashboards.shell.reading import Refresh

_PART = "|"


class FigurePanel(Panel[KpiChart | None]):
    """Its token is the series and range with the digest of the points."""

    def update(self, reading: Refresh, seen: str) -> tuple[Any, str]:
        chart = self.view(*(reading.of(read) for read in self.reads))
        if chart is None:
            return (no_update if seen == "-" else kpi_panel.figure_of(None)), "-"
        name = f"{chart.managed_object}{_PART}{chart.measurement}{_PART}{chart.range}"
        token = f"{name}{_PART}{chart.digest}"
        if seen == token:
            return no_update, token
        before, _, digest = seen.rpartition(_PART)
        if before != name or not digest or not chart.digest:
            return kpi_panel.figure_of(chart), token
        return _patched(chart), token


def _patched(chart: KpiChart) -> Patch:
    patch = Patch()
    for place, trace in enumerate(kpi_panel.traces(chart)):
        for column in ("x", "y", "customdata"):
            if column in trace:
                patch["data"][place][column] = trace[column]
    return patch
