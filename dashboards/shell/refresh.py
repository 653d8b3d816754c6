"""The one callback of each page: it reads what the page's panels are drawn of, and sends only what changed."""

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, ctx, html, no_update
from fastapi import HTTPException

from dashboards.shell.frame import TROUBLE
from dashboards.shell.page import Page, Seen
from dashboards.shell.reading import Screen
from dashboards.shell.visit import VISITOR
from telassure.access.principal import Concern, refusal
from telassure.kernel.errors import TelassureError


def answer(
    screen: Screen, page: Page, query: str, seen: Seen, texts: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """The panels that differ from what the page has `seen`, and what it has seen then.

    Where a store cannot be read only TROUBLE says so, and the rest stays.
    """
    with screen.lock:
        try:
            changed, now_seen = page.update(screen.reading(query, texts), seen)
            trouble = ""
        except TelassureError as error:
            changed, now_seen, trouble = {}, dict(seen), str(error)
    if seen.get(TROUBLE, "") != trouble:
        now_seen[TROUBLE] = trouble
        words = [html.Strong("The store cannot be read. "), f"{trouble} What is shown was read before."]
        changed[TROUBLE] = words if trouble else []
    return changed, now_seen


def unseen(page: Page) -> str:
    """Why whoever asks may not see a page, "" where it may."""
    return refusal(VISITOR.get().principal, page.right, Concern(domain=""))


def connect(app: Dash, screen: Screen, page: Page) -> None:
    """Register the callback of a page, and what else it answers."""
    if page.connects is not None:
        page.connects(app, screen, page)

    @app.callback(
        *(Output(page.id(panel.name), panel.fills) for panel in page.panels),
        Output(page.id(TROUBLE), "children"),
        *(Output(page.id(name), "value") for name in page.texts),
        Output(page.id("beat"), "data-now"),
        Output(page.id("seen"), "data"),
        Input(page.id("tick"), "n_intervals"),
        Input(page.id("address"), "search"),
        *(Input(page.id(name), "value") for name in page.texts),
        State(page.id("seen"), "data"),
    )
    def refresh(_ticks: int | None, query: str | None, *rest: Any) -> tuple[Any, ...]:
        if why := unseen(page):
            raise HTTPException(403, why)
        moved = ctx.triggered_id == page.id("address")
        *typed, before = rest
        texts = {name: "" if moved else text or "" for name, text in zip(page.texts, typed, strict=True)}
        changed, now_seen = answer(screen, page, query or "", before or {}, texts)
        return (
            *(changed.get(panel.name, no_update) for panel in page.panels),
            changed.get(TROUBLE, no_update),
            *("" if moved and text else no_update for text in typed),
            str(screen.now() // 1_000),
            no_update if now_seen == before else now_seen,
        )
