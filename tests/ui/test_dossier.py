"""An incident in full: what its parts say, and what is said where it is not known."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from dash._utils import to_json

from dashboards.pages.dossier.page import DOSSIER
from dashboards.shell.reading import Screen
from dashboards.shell.refresh import answer
from dashboards.shell.routes import page_at
from dashboards.shell.visit import PAGE_PATH
from dashboards.snapshot.dossier import dossier
from dashboards.snapshot.dossier_parts import axis
from telassure.kernel.events import ActOutcome
from telassure.kernel.instant import HOUR, MINUTE
from tests.ui.conftest import NOW
from tests.ui.night import CRITICAL, MINOR, TOP, Night, alarm, episode, problem, ticket

HOSTILE = "<b onclick=x>"
OF = replace(problem("p", TOP, CRITICAL, NOW - HOUR, 100), members=("al-1", "al-2", "ep-1"))


@pytest.fixture
def told(quiet: Night) -> Iterator[Night]:
    """An incident of two alarms and an episode, which eve has acknowledged, and its address asked for."""
    cleared = replace(alarm("al-2", "b", MINOR, NOW - 30 * MINUTE), state="cleared", cleared_at=NOW - 20 * MINUTE)
    acts = [
        ActOutcome("a-1", "ack", "problem", "p", "d", (), "eve", False, "", "page", NOW - MINUTE, "done", ""),
        ActOutcome("a-2", "ack", "problem", "p", "d", (), "ann", False, "", "page", NOW, "refused", "it is already"),
    ]
    episodes = [episode("ep-1", TOP, "LINK.Util", NOW - 40 * MINUTE)]
    quiet.keep([OF, ticket(OF), alarm("al-1", "a", CRITICAL, NOW - 50 * MINUTE), cleared, *episodes, *acts])
    place = PAGE_PATH.set("/incidents/p")
    yield quiet
    PAGE_PATH.reset(place)


def drawn(night: Night, panel: str) -> str:
    return str(to_json(answer(Screen(night.ports), DOSSIER, "", {})[0][panel]))


def test_one_axis_holds_alarms_episodes_and_acts_that_took_effect(told: Night) -> None:
    found = dossier(told.reader, "p", NOW)
    assert found is not None
    assert sorted((span.kind, span.name) for span in found.spans) == [
        ("act", "ack"),
        ("alarm", "a"),
        ("alarm", "b"),
        ("kpi", f"{TOP} LINK.Util"),
    ]


def test_what_has_ended_ends_on_the_axis(told: Night) -> None:
    found = dossier(told.reader, "p", NOW)
    assert found is not None
    assert {span.name: span.end for span in found.spans if span.kind == "alarm"} == {"a": None, "b": NOW - 20 * MINUTE}


def test_no_stretch_leaves_the_axis(told: Night) -> None:
    found = dossier(told.reader, "p", NOW)
    assert found is not None
    marks = [row.children[1].children.style for row in axis(found).children[1:]]
    ends = [float(mark["left"].rstrip("%")) + float(mark["width"].rstrip("%")) for mark in marks]
    assert all(0 <= end <= 100.01 for end in ends)


def test_who_acted_and_who_was_refused_is_told(told: Night) -> None:
    history = drawn(told, "history")
    assert "eve" in history
    assert "ack (refused)" in history
    assert "it is already" in history


def test_customers_beyond_the_room_are_counted(told: Night) -> None:
    assert "and 40 more" in drawn(told, "who")


def test_who_may_not_act_gets_no_button(told: Night) -> None:
    assert "data-act" not in drawn(told, "what")


@pytest.mark.parametrize("path", ["/incidents/none", "/incidents", "/incidents/" + "x" * 600])
def test_an_incident_that_is_not_known_is_said(told: Night, path: str) -> None:
    PAGE_PATH.set(path)
    assert "not known here" in drawn(told, "what")


@pytest.mark.parametrize(
    ("path", "name"),
    [("/incidents/sp-1", "dossier"), ("/queue/", "queue"), ("/wall", "wall"), ("/", "live")],
)
def test_an_address_belongs_to_a_page(path: str, name: str) -> None:
    found = page_at(path)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("path", ["/wall/x", "/incidents/a/b", "/none"])
def test_an_address_beyond_the_pages_belongs_to_none(path: str) -> None:
    assert page_at(path) is None


def test_nothing_is_drawn_anew_within_a_minute_while_nothing_changes(told: Night) -> None:
    screen = Screen(told.ports)
    _, seen = answer(screen, DOSSIER, "", {})
    assert answer(screen, DOSSIER, "", seen)[0] == {}
