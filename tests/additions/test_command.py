"""A command added as docs/adding/command.md shows: offered by every face, in the log, obeyed, and kept in the audit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dash._utils import to_json

from dashboards.pages.live.address import Address
from dashboards.pages.live.commands import commands_panel
from dashboards.pages.live.queries import incidents, selected
from dashboards.shell.acting import given
from telassure import wiring
from telassure.access.principal import Principal
from telassure.kernel.codec import decode
from telassure.kernel.events import Act, ActOutcome, Alarm
from telassure.kernel.ports import AssuranceReader
from telassure.wiring.settings import Settings
from tests.adding import added, guide
from tests.system.test_acts import Ask, act, ask, one, reader, settings  # noqa: F401  # fixtures

EVE = Principal("eve", frozenset({"operator"}))
((PATH, TEXT),) = guide("command").files.items()


@pytest.fixture(autouse=True)
def annotation(tmp_path: Path) -> Iterator[None]:
    (tmp_path / "added").mkdir()
    with added(PATH, TEXT, tmp_path / "added"):
        yield


def test_the_guide_adds_one_file_and_no_line() -> None:
    assert (len(guide("command").files), guide("command").lines) == (1, {})


def test_the_command_line_gives_it_and_its_operator_obeys(reader: AssuranceReader, act: Ask) -> None:  # noqa: F811
    act("annotate", one(reader, Alarm).alarm_id, "--text", "planned works")
    assert one(reader, Alarm).text == "planned works"


def test_the_api_offers_it_and_gives_it(reader: AssuranceReader, ask: Ask) -> None:  # noqa: F811
    body = {"command": "annotate", "object": one(reader, Alarm).alarm_id, "arguments": {"text": "planned works"}}
    assert "annotate" in {each["command"] for each in ask("GET").json()["commands"]}
    assert ask("POST", json=body).json()["outcome"] == "done"


def test_the_page_has_a_form_for_it_and_gives_it(reader: AssuranceReader, settings: Settings) -> None:  # noqa: F811
    form = to_json(commands_panel(selected(reader, incidents(reader), Address()), EVE.rights))
    body = b'{"command": "annotate", "object": "%s", "fields": {"text": "planned works", "why": "told so"}}'
    with wiring.opened_log(settings) as log:
        desk = wiring.commands(settings, log, reader)
        kind, words = given(desk, body % one(reader, Alarm).alarm_id.encode(), EVE)
    assert "Write on an alarm" in form
    assert (kind, words.startswith("Annotate done by eve at")) == ("done", True)


def test_it_is_one_record_of_the_log(reader: AssuranceReader, act: Ask, settings: Settings) -> None:  # noqa: F811
    act("annotate", one(reader, Alarm).alarm_id, "--text", "planned works", "--id", "mine-1")
    with wiring.opened_log(settings) as log:
        records = log.read("assurance", 0, 0, 100, 1 << 20)
    found: list[Any] = [decode(record.kind, record.payload) for record in records if record.kind == "act"]
    assert [(type(each), each.act_id, each.arguments) for each in found] == [(Act, "mine-1", ("text=planned works",))]


def test_the_audit_keeps_who_when_and_why(reader: AssuranceReader, act: Ask) -> None:  # noqa: F811
    before = wiring.WallClock().now()
    act("annotate", one(reader, Alarm).alarm_id, "--text", "x", "--why", "told so", "--user", "eve")
    kept = one(reader, ActOutcome)
    assert (kept.user, kept.why, before <= kept.given_at <= wiring.WallClock().now()) == ("eve", "told so", True)


def test_what_it_refuses_is_said(reader: AssuranceReader, act: Ask) -> None:  # noqa: F811
    alarm = one(reader, Alarm).alarm_id
    act("annotate", alarm, "--text", "x")
    assert "says so already" in act("annotate", alarm, "--text", "x", code=1)
