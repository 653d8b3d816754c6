"""Silences on an installation: given on the command line or by the API, kept, and seen on the page."""

import pytest

from dashboards.pages.live.address import Address
from dashboards.pages.live.queries import incidents, selected
from telassure.kernel.events import Alarm, Silence, TroubleTicket
from telassure.kernel.instant import MINUTE
from telassure.kernel.ports import AssuranceReader
from tests.system.test_acts import Ask, act, ask, one, reader, settings  # noqa: F401  # fixtures


def test_the_command_line_silences_the_object_of_an_alarm_and_takes_it_back(
    reader: AssuranceReader,  # noqa: F811
    act: Ask,  # noqa: F811
) -> None:
    alarm = one(reader, Alarm).alarm_id
    act("silence", alarm, "--minutes", "60", "--why", "planned works", "--user", "eve")
    kept = one(reader, Silence)
    act("unsilence", alarm, "--user", "adam")
    assert (kept.objects, kept.user, kept.why, kept.until - kept.began_at) == (
        "olt-3",
        "eve",
        "planned works",
        60 * MINUTE,
    )
    assert (one(reader, Silence).state, one(reader, Silence).ended_by) == ("over", "adam")


def test_the_api_silences_what_a_ticket_blames(reader: AssuranceReader, ask: Ask) -> None:  # noqa: F811
    body = {"command": "silence", "object": one(reader, TroubleTicket).ticket_id, "why": "works"}
    answer = ask("POST", json={**body, "arguments": {"minutes": "5"}})
    assert (answer.json()["outcome"], one(reader, Silence).objects) == ("done", "olt-3")


@pytest.mark.parametrize("minutes", ["0", "10081", "-5", "an hour", "1.5"])
def test_minutes_beyond_a_week_or_none_are_refused(reader: AssuranceReader, act: Ask, minutes: str) -> None:  # noqa: F811
    said = act("silence", one(reader, Alarm).alarm_id, f"--minutes={minutes}", "--why", "works", code=1)
    assert "minutes" in said


def test_the_page_says_by_whom_an_alarm_is_silenced_and_until_when(reader: AssuranceReader, act: Ask) -> None:  # noqa: F811
    act("silence", one(reader, Alarm).alarm_id, "--minutes", "60", "--why", "works", "--user", "eve")
    detail = selected(reader, incidents(reader), Address())
    assert detail is not None
    assert [alarm.silenced.startswith("silenced by eve until 2") for alarm in detail.alarms] == [True]
