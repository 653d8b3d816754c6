"""A page added as docs/adding/page.md shows is served at its path, filled, linked, and refused without the token."""

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboards.app import create_app
from dashboards.shell.page import pages
from dashboards.shell.reading import Screen
from dashboards.shell.refresh import answer
from telassure.access.admission import Admission
from telassure.access.principal import Principal
from telassure.access.roles import ROLES
from telassure.access.tokens import Tokens
from telassure.kernel.events import ActOutcome
from telassure.kernel.instant import parse_instant
from tests.adding import added, guide
from tests.ui.night import Night

((PATH, TEXT),) = guide("page").files.items()
NOW = parse_instant("2026-03-12T02:40:00Z")
HOME = "http://noc.example:8050"
TOKEN = "the-token-of-a-screen"
SCREEN = Tokens({TOKEN: Principal("screen", frozenset({"viewer"}))})


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    """An installation in which eve has acknowledged a problem."""
    (tmp_path / "added").mkdir()
    with added(PATH, TEXT, tmp_path / "added"):
        found = Night(tmp_path / "home", NOW)
        found.keep([ActOutcome("a-1", "ack", "problem", "p-1", "d", (), "eve", True, "", "page", NOW, "done", "")])
        yield found
        found.close()


def asked(night: Night, path: str, token: str = TOKEN, of: str = "/acts") -> httpx.Response:
    app: Any = create_app(night.ports, Admission(SCREEN, hosts=frozenset())).server
    credentials = base64.b64encode(f"eve:{token}".encode()).decode()

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
            return await client.get(path, headers={"authorization": f"Basic {credentials}", "referer": HOME + of})

    return asyncio.run(ask())


def test_the_guide_adds_one_file_and_no_line() -> None:
    assert (len(guide("page").files), guide("page").lines) == (1, {})


def test_it_is_served_at_its_path_with_its_panel_filled(night: Night) -> None:
    text = asked(night, "/_dash-layout").text
    assert '"acts-table"' in text
    assert '"eve"' in text


def laid_out(night: Night, path: str) -> str:
    return asked(night, "/_dash-layout", of=path).text.replace("\\u002f", "/")


def test_each_page_links_to_all(night: Night) -> None:
    for here in pages():
        text = laid_out(night, here)
        assert [path for path, page in pages().items() if not page.named and f'"href":"{path}"' not in text] == []


def test_its_callback_fills_its_panels_and_no_others(night: Night) -> None:
    outputs = [each["output"] for each in asked(night, "/_dash-dependencies").json()]
    (own,) = [output for output in outputs if "acts-table.children" in output]
    assert "hero.children" not in own


def test_a_refresh_does_its_own_reads_alone(night: Night) -> None:
    night.reader.feeds = None  # type: ignore[method-assign, assignment]  # what only the live page reads
    changed, _ = answer(Screen(night.ports), pages()["/acts"], "", {})
    assert set(changed) == {"table"}


def test_without_the_token_it_is_refused(night: Night) -> None:
    assert asked(night, "/acts", token="wrong").status_code == 401
    assert asked(night, "/_dash-layout", token="wrong").status_code == 401


def test_a_viewer_has_its_right(night: Night) -> None:
    assert pages()["/acts"].right in ROLES["viewer"]


def test_where_there_is_no_page_the_pages_are_named(night: Night) -> None:
    text = laid_out(night, "/nowhere")
    assert "There is no page at /nowhere" in text
    assert '"href":"/acts"' in text
