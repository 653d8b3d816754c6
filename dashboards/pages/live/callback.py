"""The one callback: reads, compares with what the page has, and sends only what changed."""

from dataclasses import dataclass, replace
from hashlib import blake2b
from threading import Lock
from typing import Any, Final

from dash import Dash, Input, Output, Patch, State, ctx, html, no_update

from dashboards.pages.live import chart as kpi_panel
from dashboards.pages.live import incidents as incident_panel
from dashboards.pages.live import ledgers
from dashboards.pages.live.address import Address
from dashboards.pages.live.feeds import FeedWatch
from dashboards.pages.live.kpi import KpiQuery
from dashboards.pages.live.queries import board, selected
from dashboards.pages.live.views import Board, IncidentDetail, KpiChart
from telassure.kernel.errors import TelassureError
from telassure.kernel.instant import SECOND, Instant
from telassure.kernel.ports import AssuranceReader, Clock, MetricStore

Seen = dict[str, str]

_FRESH: Final = SECOND * 8 // 10
PANELS: Final = (
    "trouble",
    "system",
    "severities",
    "hero",
    "incidents",
    "acknowledging",
    "kpi-head",
    "found",
    "money",
    "closed",
    "feeds",
    "refusals",
)


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that one viewer sees at one moment."""

    board: Board
    detail: IncidentDetail | None
    chart: KpiChart | None
    found: tuple[tuple[str, str], ...]


class Screen:
    """Reads for all viewers: the board at most once in 0.8 s however many look, one reading at a time."""

    def __init__(self, reader: AssuranceReader, metrics: MetricStore, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._kpi = KpiQuery(reader, metrics)
        self._watch = FeedWatch()
        self._board: Board | None = None
        self._lock = Lock()

    def now(self) -> Instant:
        return self._clock.now()

    def look(self, address: Address, text: str) -> Look:
        """TelassureError where a store cannot be read."""
        with self._lock:
            seen = self._fresh_board()
            detail = selected(self._reader, seen.incidents, address)
            found = tuple(self._kpi.search(text))
            return Look(seen, detail, self._kpi.chart(address, detail), found)

    def _fresh_board(self) -> Board:
        now = self.now()
        if self._board is None or not 0 <= now - self._board.taken_at < _FRESH:
            self._board = board(self._reader, self._watch, now)
        return self._board


def answer(screen: Screen, address: Address, text: str, seen: Seen) -> tuple[dict[str, Any], Seen]:
    """The panels that differ from what the page has `seen` (its panels' hashes), and the new hashes.

    Keys are the panels and "figure". Where a store cannot be read only "trouble" says so, and the rest stays.
    """
    now = screen.now()
    try:
        look = screen.look(address, text)
    except TelassureError as error:
        words = [html.Strong("The store cannot be read. "), f"{error} What is shown was read before."]
        return _changed({"trouble": (str(error), lambda: words)}, seen)
    hashes_and_panels = _panels(look, address, now)
    changed, now_seen = _changed(hashes_and_panels, seen)
    figure, name, digest = _figure(look.chart, seen)
    if figure is not no_update:
        changed["figure"] = figure
    return changed, {**now_seen, "figure": name, "points": digest}


def _panels(look: Look, address: Address, now: Instant) -> dict[str, tuple[Any, Any]]:
    """Each panel with what it depends on and how to draw it; ages are kept current by the page itself."""
    seen, detail, drawn = look.board, look.detail, look.chart
    current = detail.incident.problem_id if detail else ""
    columns: dict[str, Any] = dict.fromkeys(("time", "value", "expected", "lower", "upper", "score", "shares"), ())
    bare = replace(drawn, digest="", **columns) if drawn else None
    return {
        "trouble": ("", list),
        "system": (seen.system, lambda: ledgers.system_pill(seen.system, now)),
        "severities": (seen.severities, lambda: incident_panel.severity_strip(seen.severities)),
        "hero": ((detail, address.incident), lambda: incident_panel.hero(detail, address.incident, now)),
        "incidents": (
            (seen.incidents, current, address),
            lambda: incident_panel.incident_rows(seen.incidents, current, address, now),
        ),
        "acknowledging": (detail and (detail.alarms, current), lambda: incident_panel.acknowledging(detail)),
        "kpi-head": ((bare, address), lambda: kpi_panel.kpi_head(drawn, address, now)),
        "found": ((look.found, address), lambda: kpi_panel.found_series(list(look.found), address)),
        "money": (seen.money, lambda: ledgers.money_panel(seen.money)),
        "closed": (seen.closed, lambda: ledgers.closed_panel(seen.closed, now)),
        "feeds": (_without_ages(seen), lambda: ledgers.feeds_panel(seen.feeds, now)),
        "refusals": (seen.refusals, lambda: ledgers.refusals_panel(seen.refusals, now)),
    }


def _without_ages(seen: Board) -> Any:
    return tuple((feed.name, feed.newest, feed.state) for feed in seen.feeds)


def _changed(panels: dict[str, tuple[Any, Any]], seen: Seen) -> tuple[dict[str, Any], Seen]:
    hashes = {name: blake2b(repr(view).encode(), digest_size=8).hexdigest() for name, (view, _) in panels.items()}
    changed = {name: draw() for name, (_, draw) in panels.items() if seen.get(name) != hashes[name]}
    return changed, {**seen, **hashes}


def _figure(chart: KpiChart | None, seen: Seen) -> tuple[Any, str, str]:
    """A whole figure for another series or range, a patch of the lines for new points, nothing for the same."""
    if chart is None:
        return (no_update if seen.get("figure") == "" else kpi_panel.figure_of(None)), "", ""
    name = f"{chart.managed_object}|{chart.measurement}|{chart.range}"
    if seen.get("figure") != name or not seen.get("points") or not chart.digest:
        same = seen.get("figure") == name and seen.get("points") == chart.digest
        return (no_update if same else kpi_panel.figure_of(chart)), name, chart.digest
    if seen["points"] == chart.digest:
        return no_update, name, chart.digest
    patch = Patch()
    for place, trace in enumerate(kpi_panel.traces(chart)):
        for column in ("x", "y", "customdata"):
            if column in trace:
                patch["data"][place][column] = trace[column]
    return patch, name, chart.digest


def connect(app: Dash, screen: Screen) -> None:
    """Register the callback."""

    @app.callback(
        *(Output(name, "children") for name in PANELS),
        Output("graph", "figure"),
        Output("beat", "data-now"),
        Output("find", "value"),
        Output("seen", "data"),
        Input("tick", "n_intervals"),
        Input("address", "search"),
        Input("find", "value"),
        State("seen", "data"),
    )
    def refresh(_ticks: int | None, query: str | None, text: str | None, seen: Seen | None) -> tuple[Any, ...]:
        moved = ctx.triggered_id == "address"
        before = seen or {}
        changed, now_seen = answer(screen, Address.read(query), "" if moved else text or "", before)
        return (
            *(changed.get(name, no_update) for name in PANELS),
            changed.get("figure", no_update),
            str(screen.now() // 1_000),
            "" if moved and text else no_update,
            no_update if now_seen == before else now_seen,
        )
