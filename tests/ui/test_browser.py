"""The page in a real browser: what is seen, what is fetched, the keys, the link, and what happens when things die."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ingestion.batches.batch import Batch, Origin
from telassure.kernel.events import ActOutcome, Alarm, TroubleTicket
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, iso
from telassure.wiring import CatalogueFollower, WallClock, commands, gateway, opened_log, worker
from tests.ui.browsing import SIZES, Served, Viewer
from tests.ui.night import CAUSES, FEEDS, MINOR, PASSWORD_OF_EVE, TOP, Night, alarm, problem

pytestmark = pytest.mark.heavy
WHOLE = ".panel, .tile, .figure .number, .hero .cause, .row .number, td.number, .big, .pill"
CUT = f"""() => [...document.querySelectorAll('{WHOLE}')]
  .filter(e => e.scrollWidth > e.clientWidth + 1 || (e.scrollHeight > e.clientHeight + 2 && !e.querySelector('.rows')))
  .map(e => e.className + ': ' + e.textContent.slice(0, 60))"""
BEYOND = """place => [...document.querySelectorAll(`${place} td, ${place} th`)]
  .filter(e => e.getBoundingClientRect().right > document.querySelector(place).getBoundingClientRect().right + 0.5)
  .map(e => e.textContent)"""
BRIGHT = """() => [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && !e.closest('svg') &&
  (getComputedStyle(e).backgroundColor.match(/\\d+/g) || []).slice(0, 3).every(v => v > 200) &&
  !/, 0\\)$/.test(getComputedStyle(e).backgroundColor)).map(e => e.tagName + '.' + e.className)"""


WRONG_CLOCK = """() => {
  const every = window.setInterval;
  window.setInterval = (what, ms) => every(what, ms === 500 ? 5 : ms);
  Date.now = () => 4e12;
  window.odd = [];
  every(() => document.querySelectorAll('time[data-at]').forEach(
    e => { if (/\\d{3} d/.test(e.textContent)) window.odd.push(e.textContent); }), 5);
}"""


def test_ages_are_by_the_servers_clock_from_the_first_moment(chromium: Any, served: Served) -> None:
    tab = chromium.new_page()
    tab.add_init_script(f"({WRONG_CLOCK})()")
    tab.goto(served.url)
    tab.wait_for_function("() => document.querySelector('#beat')?.dataset.now")
    tab.wait_for_timeout(100)
    assert tab.evaluate("window.odd") == []


def test_no_row_is_cut_where_all_ages_are_short(chromium: Any, served: Served) -> None:
    viewer = Viewer(chromium, served.url)
    viewer.await_text("#closed", "ago")
    viewer.tab.evaluate("document.querySelectorAll('#closed time').forEach(e => { e.textContent = '9 s'; })")
    assert viewer.tab.evaluate(CUT) == []


@pytest.mark.parametrize("size", SIZES)
def test_the_page_is_whole_dark_and_fetches_nothing_from_elsewhere(
    chromium: Any, served: Served, size: tuple[int, int]
) -> None:
    viewer = Viewer(chromium, served.url, size)
    viewer.await_text(".kpi-readings", "anomalous")
    assert viewer.cause() == TOP
    assert viewer.tab.evaluate(CUT) == []
    assert viewer.tab.evaluate(BRIGHT) == []
    assert viewer.complaints == []
    assert [url for url in viewer.fetched if not url.startswith((served.url, "data:"))] == []
    overflow = (
        "document.documentElement.scrollHeight > innerHeight || document.documentElement.scrollWidth > innerWidth"
    )
    assert not viewer.tab.evaluate(overflow)
    viewer.tab.close()


@pytest.mark.parametrize("size", SIZES)
def test_no_column_of_the_feeds_is_clipped(chromium: Any, served: Served, night: Night, size: tuple[int, int]) -> None:
    night.keep(counters={f"feed:replay:{name}": night.now - DAY for name in FEEDS})
    night.clock.time += SECOND
    viewer = Viewer(chromium, served.url, size)
    viewer.await_text("#feeds", "replay:demo-switches")
    night.keep(counters={f"feed:replay:{name}": night.now - HOUR for name in FEEDS})
    night.clock.time += SECOND
    viewer.await_text("#feeds", "TAKING IN")
    viewer.await_text("#system", "recordings up to 2026-03-12 01:40 UTC")
    assert viewer.tab.evaluate(BEYOND, "#feeds") == []
    viewer.tab.close()


@pytest.mark.parametrize("size", SIZES)
def test_the_evidence_of_an_open_incident_can_be_read(chromium: Any, served: Served, size: tuple[int, int]) -> None:
    viewer = Viewer(chromium, served.url, size)
    script = """() => [...document.querySelectorAll('#incidents .evidence')]
      .filter(e => e.scrollHeight > e.clientHeight + 2 || e.scrollWidth > e.clientWidth + 1).length"""
    assert viewer.tab.locator("#incidents .evidence").count() == len(CAUSES)
    assert viewer.tab.evaluate(script) == 0
    viewer.tab.close()


def test_the_root_cause_of_the_top_incident_is_the_largest_text(chromium: Any, served: Served) -> None:
    viewer = Viewer(chromium, served.url)
    script = """() => [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && e.textContent.trim())
      .map(e => [parseFloat(getComputedStyle(e).fontSize), e.textContent]).sort((a, b) => b[0] - a[0])[0][1]"""
    assert viewer.tab.evaluate(script) == TOP
    viewer.tab.close()


def test_the_band_and_the_anomalous_points_are_drawn(chromium: Any, served: Served) -> None:
    viewer = Viewer(chromium, served.url)
    viewer.tab.wait_for_selector("#graph .scatterlayer .points path.point")
    assert viewer.tab.locator("#graph .scatterlayer path.point").count() == 6
    assert viewer.tab.locator("#graph .scatterlayer path.js-fill").count() >= 1
    viewer.tab.close()


def test_keys_walk_the_incidents_and_a_link_shows_the_same_view(chromium: Any, served: Served) -> None:
    viewer = Viewer(chromium, served.url)
    viewer.tab.keyboard.press("j")
    viewer.await_cause("power-muenchen-3")
    viewer.tab.keyboard.press("j")
    viewer.await_cause("router-leipzig")
    viewer.tab.keyboard.press("k")
    viewer.await_cause("power-muenchen-3")
    viewer.tab.keyboard.press("s")
    viewer.tab.wait_for_function("location.search.includes('object=')")
    viewer.tab.click("text=6h")
    viewer.tab.wait_for_function("location.search.includes('range=6h')")
    viewer.await_text(".kpi .range.current", "6h")
    other = Viewer(chromium, viewer.tab.url)
    same = [viewer.tab.inner_text(".kpi-name .cause"), "power-muenchen-3", "6h"]
    assert [other.tab.inner_text(s) for s in (".kpi-name .cause", ".hero .cause", ".kpi .range.current")] == same
    viewer.tab.close()
    other.tab.close()


def test_the_search_finds_a_series(chromium: Any, served: Served) -> None:
    viewer = Viewer(chromium, served.url)
    viewer.tab.keyboard.press("/")
    viewer.tab.keyboard.type("koeln")
    viewer.tab.wait_for_function("document.querySelector('#found a .cause')?.textContent === 'cell-koeln-2-3'")
    viewer.tab.keyboard.press("Enter")
    viewer.await_text(".kpi-name .cause", "cell-koeln-2-3")
    viewer.tab.close()


def test_the_help_and_the_commands_open_and_close(chromium: Any, served: Served) -> None:
    viewer = Viewer(chromium, served.for_eve())
    viewer.tab.keyboard.press("c")
    assert "Acknowledge a problem" in viewer.tab.inner_text(".overlay.commands")
    viewer.tab.keyboard.press("Escape")
    viewer.tab.keyboard.press("?")
    assert not viewer.tab.is_visible(".overlay.commands")
    assert "next KPI series" in viewer.tab.inner_text(".help")
    viewer.tab.close()


@pytest.fixture
def worked(quiet: Night) -> Iterator[Served]:
    """The page over an installation with one open incident, and the worker that obeys."""
    quiet.clock.time = WallClock().now()
    raised = {"managed_object": "olt-3", "perceived_severity": "critical", "probable_cause": "loss of signal"}
    stop = threading.Event()
    with opened_log(quiet.settings) as log, worker(quiet.settings, ["assurance"], live=True) as host:
        way_in = gateway(quiet.settings, log, CatalogueFollower(quiet.settings, log).directory)
        rows = [{**raised, "time": iso(quiet.clock.time - 20 * MINUTE)}]
        way_in.submit(Batch("alarms", rows, "first"), Origin("ems", "test", "north"))
        thread = threading.Thread(target=host.run, args=(stop,))
        thread.start()
        for _ in range(1_200):
            if quiet.reader.count(TroubleTicket):
                break
            stop.wait(0.05)
        else:
            pytest.fail("no ticket within a minute")
        page = Served(quiet, commands(quiet.settings, log, quiet.reader))
        yield page
        page.end()
        stop.set()
        thread.join()


def test_the_key_a_acknowledges(chromium: Any, worked: Served, quiet: Night) -> None:
    viewer = Viewer(chromium, worked.for_eve())
    viewer.await_cause("olt-3")
    viewer.tab.keyboard.press("a")
    viewer.await_text(".told", "Acknowledged by eve at")
    quiet.clock.time += SECOND
    viewer.await_text(".hero .acknowledged", "acknowledged by eve at")
    [alarm_now], [act] = quiet.reader.find(Alarm).rows, quiet.reader.find(ActOutcome).rows
    assert (alarm_now.ack_user, act.user, act.face, act.object_type) == ("eve", "eve", "page", "problem")
    assert viewer.complaints == []
    viewer.tab.close()


def test_what_is_acknowledged_already_is_said(chromium: Any, worked: Served, quiet: Night) -> None:
    viewer = Viewer(chromium, worked.for_eve())
    viewer.await_cause("olt-3")
    viewer.tab.keyboard.press("a")
    viewer.await_text(".told", "Acknowledged by eve at")
    viewer.tab.keyboard.press("a")
    viewer.await_text(".told", "acknowledged already by eve")
    viewer.tab.close()


def test_a_ticket_is_assigned_from_its_form(chromium: Any, worked: Served, quiet: Night) -> None:
    viewer = Viewer(chromium, worked.for_eve())
    viewer.await_cause("olt-3")
    viewer.tab.keyboard.press("c")
    viewer.tab.fill("input[placeholder^='Who works on it']", "field-3")
    viewer.tab.keyboard.press("Enter")
    viewer.await_text(".told", "Assign done by eve at")
    [found] = quiet.reader.find(TroubleTicket).rows
    assert (found.assignee, found.state) == ("field-3", "inProgress")
    viewer.tab.close()


def test_who_has_not_logged_in_reads_and_cannot_act(chromium: Any, worked: Served, quiet: Night) -> None:
    viewer = Viewer(chromium, worked.url)
    viewer.await_cause("olt-3")
    assert viewer.tab.locator("button[data-command]").count() == 0
    viewer.tab.keyboard.press("a")
    viewer.tab.click("text=log in")
    viewer.tab.fill("#name", "eve")
    quiet.link_of_eve()
    viewer.tab.fill("#password", PASSWORD_OF_EVE)
    viewer.tab.keyboard.press("Enter")
    viewer.await_text(".visitor", "eve")
    viewer.tab.click("button.acknowledge")
    viewer.await_text(".told", "Acknowledged by eve at")
    assert [act.user for act in quiet.reader.find(ActOutcome).rows] == ["eve"]
    viewer.tab.click("text=log out")
    viewer.await_text(".visitor", "log in")
    assert viewer.tab.locator("button[data-command]").count() == 0
    assert viewer.complaints == []
    viewer.tab.close()


@pytest.mark.parametrize("size", SIZES)
def test_forty_of_a_hundred_says_so_and_leads_to_the_rest(
    chromium: Any, served: Served, night: Night, size: tuple[int, int]
) -> None:
    night.keep([problem(f"sp-{n:03d}", f"cell-{n:03d}", MINOR, night.now - DAY - n) for n in range(100 - len(CAUSES))])
    night.clock.time += SECOND
    viewer = Viewer(chromium, served.url, size)
    viewer.await_text("#listed", "40 of 100")
    viewer.tab.click("#next-page")
    viewer.await_text("#listed", "41 to 80 of 100")
    assert viewer.tab.locator("#incidents a.row").count() == 40
    assert "page=2" in viewer.tab.url
    assert viewer.cause() == TOP
    viewer.tab.close()


def test_what_the_store_takes_is_seen_without_a_reload(chromium: Any, served: Served, night: Night) -> None:
    viewer = Viewer(chromium, served.url)
    graph = viewer.tab.evaluate_handle("document.querySelector('#graph .js-plotly-plot')")
    night.keep([alarm(f"al-flood-{n}", f"cell-ulm-{n}", MINOR, night.now) for n in range(10_000)])
    night.clock.time += SECOND
    viewer.await_text(".tile.minor", "10,006")
    assert viewer.tab.evaluate("g => g.isConnected", graph)
    viewer.tab.close()


def test_a_dead_feed_says_stale_and_the_page_stays_full(chromium: Any, served: Served, night: Night) -> None:
    viewer = Viewer(chromium, served.url)
    night.clock.time += 50 * MINUTE
    viewer.await_text("#system", "STALE")
    viewer.await_text(".feeds .state.stale", "STALE")
    assert viewer.cause() == TOP
    viewer.tab.close()


def test_a_silent_server_is_said_and_the_page_stays_full(chromium: Any, night: Night) -> None:
    served = Served(night)
    viewer = Viewer(chromium, served.url)
    served.end()
    viewer.await_text(".silence", "no answer from the server for")
    assert viewer.tab.is_visible(".silence")
    assert viewer.cause() == TOP
    viewer.tab.close()


def test_an_empty_house_is_a_designed_page(chromium: Any, quiet: Night) -> None:
    served = Served(quiet)
    viewer = Viewer(chromium, served.url)
    assert "No open incident" in viewer.tab.inner_text("#hero")
    assert "WAITING FOR DATA" in viewer.tab.inner_text("#system")
    assert viewer.tab.evaluate(CUT) == []
    viewer.tab.close()
    served.end()


def test_markup_from_the_network_stays_text(chromium: Any, quiet: Night) -> None:
    name = "<img src=x onerror=document.title='owned'>"
    quiet.keep([problem("sp-1", name, MINOR, quiet.now)])
    quiet.measure(name, "<b>kpi</b>")
    served = Served(quiet)
    viewer = Viewer(chromium, served.url)
    viewer.await_cause(name)
    viewer.await_text(".kpi-name .cause", name)
    assert viewer.tab.title() == "Telassure operations"
    viewer.tab.close()
    served.end()


def test_three_clicks_from_the_wall_take_the_top_incident_and_show_its_ticket(
    chromium: Any, worked: Served, quiet: Night
) -> None:
    viewer = Viewer(chromium, worked.for_eve(), (1920, 1080))
    viewer.tab.goto(worked.url + "wall")
    viewer.tab.click(".incident >> nth=0")
    viewer.await_text(".drawer .cause", "olt-3")
    viewer.tab.click(".does [data-act=take]")
    viewer.await_text(".told", "Taken")
    quiet.clock.time += SECOND
    viewer.tab.click("#queue-drawer-ticket")
    viewer.await_text(".drawer-body", "eve: taken")
    assert "in progress" in viewer.tab.inner_text(".drawer-body")
    [alarm_now], [ticket] = quiet.reader.find(Alarm).rows, quiet.reader.find(TroubleTicket).rows
    assert (alarm_now.ack_user, ticket.assignee) == ("eve", "eve")
    assert viewer.complaints == []
    viewer.tab.close()
