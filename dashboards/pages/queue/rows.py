"""The grid of the queue: its columns, and the rows of the part that a browser asks for."""

from itertools import islice
from typing import Any, Final

import dash_ag_grid
import orjson
from dash import Dash, Input, Output, State, no_update
from dash.development.base_component import Component
from fastapi import HTTPException

from dashboards.pages.queue.board import INCIDENT, QueueLine
from dashboards.pages.queue.choice import QueueChoice, shown
from dashboards.pages.queue.reads import BOARD
from dashboards.shell.page import Page
from dashboards.shell.reading import Screen
from dashboards.shell.refresh import unseen
from dashboards.shell.theme import ACCENT, FONT, GROUND, LINE, PANEL, RAISED, SEVERITIES, TEXT, money, priced
from telassure.kernel.errors import TelassureError

BLOCK: Final = 100
_TICKET_WORDS: Final = {"acknowledged": "opened", "inProgress": "in progress"}
_LOOK: Final = {
    "backgroundColor": PANEL,
    "foregroundColor": TEXT,
    "headerBackgroundColor": GROUND,
    "rowHoverColor": RAISED,
    "selectedRowBackgroundColor": RAISED,
    "borderColor": LINE,
    "accentColor": ACCENT,
    "browserColorScheme": "dark",
    "fontFamily": FONT,
    "fontSize": 14,
    "headerFontSize": 13,
    "spacing": 5,
    "wrapperBorderRadius": 4,
}


def _column(name: str, title: str, width: int, **said: Any) -> dict[str, Any]:
    return {"field": name, "headerName": title, "width": width, "sortable": False, **said}


_COLUMNS: Final = (
    _column("severity", "Severity", 118, cellRenderer="SeverityCell"),
    _column("what", "What", 250, cellRenderer="WhatCell", flex=2, minWidth=220),
    _column("customers", "Customers", 100, type="rightAligned"),
    _column("cost", "Money / h", 118, type="rightAligned", cellClass=["risk", "ag-right-aligned-cell"]),
    _column("opened", "Age", 104, cellRenderer="AgeCell"),
    _column("due", "To restore", 112, cellRenderer="DueCell"),
    _column("owner", "Owner", 104, cellRenderer="OwnerCell"),
    _column("ack", "Acknowledged", 124, cellRenderer="AckCell"),
    _column("ticket", "Ticket", 158, tooltipField="ticket"),
    _column("note", "Note", 130, flex=1, minWidth=110, tooltipField="note"),
    _column("words", "Why", 200, flex=3, minWidth=160, tooltipField="words"),
)
"""The first are those that are seen beside an open drawer."""


def grid(page: Page) -> Component:
    """Its rows come a block at a time, as far as somebody looks."""
    found: Component = dash_ag_grid.AgGrid(
        id=page.id("grid"),
        className="queue-grid",
        columnDefs=list(_COLUMNS),
        rowModelType="infinite",
        getRowId="params.data.id",
        defaultColDef={"resizable": True, "suppressMovable": True, "suppressHeaderMenuButton": True},
        dangerously_allow_code=False,
        enableEnterpriseModules=False,
        style={"width": "100%"},
        dashGridOptions={
            "theme": {"function": f"themeQuartz.withParams({orjson.dumps(_LOOK).decode()})"},
            "cacheBlockSize": BLOCK,
            "maxBlocksInCache": 10,
            "maxConcurrentDatasourceRequests": 1,
            "blockLoadDebounceMillis": 60,
            "rowBuffer": 5,
            "rowHeight": 32,
            "headerHeight": 30,
            "animateRows": False,
            "tooltipShowDelay": 300,
            "rowSelection": {"mode": "multiRow", "checkboxes": True, "headerCheckbox": False},
            "selectionColumnDef": {"width": 36, "pinned": "left", "resizable": False},
            "rowClassRules": {
                "current": {"function": "queueCurrent(params)"},
                "part": "params.data && params.data.part",
            },
            "localeText": {"noRowsToShow": "Nothing waits that is chosen here."},
        },
    )
    return found


def row_of(line: QueueLine, choice: QueueChoice) -> dict[str, Any]:
    """A line as the grid has it: texts and numbers, never markup."""
    waiting = f"{line.waiting:,} of {line.members:,} not"
    return {
        "id": line.line_id,
        "kind": line.kind,
        "part": bool(line.part_of),
        "incident": line.line_id if line.kind == INCIDENT else line.part_of,
        "opened_up": line.line_id in choice.opened,
        "members": line.members,
        "severity": SEVERITIES[line.severity].word,
        "shape": SEVERITIES[line.severity].shape,
        "what": line.what,
        "words": line.words,
        "customers": f"{line.customers:,}" if line.kind == INCIDENT else "",
        "cost": money(line.revenue) if priced(line.revenue) else "",
        "opened": line.opened_at // 1_000,
        "owner": line.owner,
        "ack": line.acknowledged_by,
        "waiting": waiting if line.waiting and line.kind == INCIDENT else "",
        "note": line.note.partition(" UTC ")[2] or line.note,  # who and what; when stands in the drawer
        "ticket_id": line.ticket_id,
        "ticket": f"{line.ticket_id[:8]} {_TICKET_WORDS.get(line.ticket_state, line.ticket_state)}".strip(),
        "due": None if line.due is None else line.due // 1_000,
    }


def rows_between(screen: Screen, query: str, begin: int, end: int) -> dict[str, Any]:
    """The rows [begin, end) of what the address chooses, and how many there are in all."""
    with screen.lock:
        found, choice = screen.reading(query).of(BOARD), QueueChoice.read(query)
    lines = list(shown(found, choice))
    part = islice(lines, max(0, begin), min(max(end, 0), begin + 10 * BLOCK))
    return {"rowData": [row_of(line, choice) for line in part], "rowCount": len(lines)}


def connect_grid(app: Dash, screen: Screen, page: Page) -> None:
    """Register the callback by which the grid asks for rows."""

    @app.callback(
        Output(page.id("grid"), "getRowsResponse"),
        Input(page.id("grid"), "getRowsRequest"),
        State(page.id("address"), "search"),
    )
    def rows(asked: dict[str, Any] | None, query: str | None) -> Any:
        if why := unseen(page):
            raise HTTPException(403, why)
        if not asked:
            return no_update
        try:
            return rows_between(screen, query or "", int(asked["startRow"]), int(asked["endRow"]))
        except TelassureError:
            return no_update  # the page says that the store cannot be read, and keeps what it showed
