"""When a feed counts as dead, and what follows for the whole system."""

from types import MappingProxyType

import pytest

from dashboards.snapshot.feeds import FeedWatch, system_state
from dashboards.snapshot.views import OwnProcesses
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND

NOW = 1_700_000_000 * SECOND


@pytest.mark.parametrize(
    ("name", "age", "state"),
    [
        ("probe-7", 4 * MINUTE, "live"),
        ("probe-7", 6 * MINUTE, "quiet"),
        ("probe-cdr", 20 * MINUTE, "stale"),
        ("http", DAY, "quiet"),
        ("demo-billing", 30 * HOUR, "live"),
        ("demo-billing", 40 * HOUR, "stale"),
        ("demo-fm", 2 * HOUR, "quiet"),
        ("replay:kpis", 4_000 * DAY, "recording"),
    ],
)
def test_a_feed_is_judged_by_its_kind(name: str, age: int, state: str) -> None:
    assert FeedWatch().look({name: NOW - age}, NOW)[0].state == state


def test_the_rhythm_that_was_seen_sets_the_silence_allowed() -> None:
    watch = FeedWatch()
    for at in range(NOW, NOW + 2 * MINUTE, 15 * SECOND):
        watch.look({"demo-pm": at}, at + SECOND)
    (feed,) = watch.look({"demo-pm": at}, at + 2 * MINUTE)
    assert (feed.state, feed.limit) == ("stale", MINUTE)


def test_a_feed_that_brings_the_past_is_catching_up() -> None:
    watch = FeedWatch()
    watch.look({"demo-cdr": NOW - 9 * DAY}, NOW)
    feeds = watch.look({"demo-cdr": NOW - 8 * DAY}, NOW + SECOND)
    assert (feeds[0].state, system_state(feeds).state) == ("catching up", "history")


def test_one_dead_feed_makes_the_system_stale_and_is_named() -> None:
    feeds = FeedWatch().look({"demo-pm": NOW, "demo-cdr": NOW - HOUR}, NOW)
    assert feeds[0].name == "demo-cdr"
    assert (system_state(feeds).state, system_state(feeds).words) == ("stale", "demo-cdr is silent")


def test_recordings_alone_are_never_stale() -> None:
    assert system_state(FeedWatch().look({"replay:alarms": 0}, NOW)).state == "recording"


def test_the_inbox_of_one_off_files_is_quiet_never_silent() -> None:
    watch = FeedWatch()
    beside = watch.look({"files": NOW - 3 * DAY, "demo-pm": NOW}, NOW)
    assert [(feed.name, feed.state) for feed in beside] == [("demo-pm", "live"), ("files", "quiet")]
    assert (system_state(beside).state, system_state(beside).words) == ("live", "1 feed up to date")
    alone = system_state(FeedWatch().look({"files": NOW - 3 * DAY}, NOW))
    assert (alone.state, alone.words) == ("quiet", "one-off files only")


def test_a_feed_that_is_merely_named_like_the_inbox_can_be_silent() -> None:
    assert FeedWatch().look({"files-cdr": NOW - HOUR}, NOW)[0].state == "stale"


DEMO = MappingProxyType({"replay:demo-pm": NOW - 2 * DAY, "replay:demo-fm": NOW - 3 * DAY})


def test_a_demo_that_takes_in_history_says_how_far_it_is() -> None:
    watch = FeedWatch()
    left = {"demo-cdr": NOW - HOUR, "files": NOW - DAY}
    watch.look({**DEMO, **left}, NOW)
    feeds = watch.look({**DEMO, **left, "replay:demo-pm": NOW - DAY}, NOW + SECOND)
    system = system_state(feeds)
    assert (system.state, system.words) == ("history", "recordings up to 2023-11-13 22:13 UTC")
    assert {feed.name: feed.state for feed in feeds}["replay:demo-pm"] == "taking in"


def test_a_recording_that_stands_still_is_no_longer_taken_in() -> None:
    watch = FeedWatch()
    watch.look(dict(DEMO), NOW)
    watch.look({**DEMO, "replay:demo-pm": NOW - DAY}, NOW + SECOND)
    feeds = watch.look({**DEMO, "replay:demo-pm": NOW - DAY}, NOW + 17 * SECOND)
    assert system_state(feeds).state == "recording"


def test_a_dead_feed_beside_a_demo_that_takes_in_history_is_named() -> None:
    watch = FeedWatch()
    watch.look({**DEMO, "probe-cdr": NOW - HOUR}, NOW)
    feeds = watch.look({**DEMO, "probe-cdr": NOW - HOUR, "replay:demo-pm": NOW - DAY}, NOW + SECOND)
    assert (system_state(feeds).state, system_state(feeds).words) == ("stale", "probe-cdr is silent")


def test_a_recording_that_ended_between_two_looks_far_apart_is_not_being_taken_in() -> None:
    watch = FeedWatch()
    watch.look({"replay:demo-pm": NOW - 9 * DAY}, NOW - MINUTE)
    (feed,) = watch.look({"replay:demo-pm": NOW - 8 * DAY}, NOW)
    assert feed.state == "recording"


@pytest.mark.parametrize(("said", "state"), [("expected", "stale"), ("seen", "quiet"), ("", "stale")])
def test_the_settings_say_who_is_waited_for(said: str, state: str) -> None:
    assert FeedWatch({"probe-cdr": said}).look({"probe-cdr": NOW - DAY}, NOW)[0].state == state


def test_a_retired_feed_is_not_shown() -> None:
    assert FeedWatch({"probe-cdr": "retired"}).look({"probe-cdr": NOW - DAY}, NOW) == ()


def test_a_feed_that_has_kept_a_rhythm_is_waited_for() -> None:
    watch, now = FeedWatch(), NOW
    for _ in range(5):
        now += 10 * SECOND
        watch.look({"probe-7": now}, now)
    assert watch.look({"probe-7": now}, now + 2 * MINUTE)[0].state == "stale"


def test_a_dead_worker_of_ours_is_told_apart_from_a_silent_feed() -> None:
    feeds = FeedWatch().look({"demo-pm": NOW}, NOW)
    found = system_state(feeds, OwnProcesses(ill=("our assurance worker has stood still for 12 s",)))
    assert (found.state, found.words) == ("down", "our assurance worker has stood still for 12 s")


def test_what_was_started_again_is_told_while_all_is_well() -> None:
    feeds = FeedWatch().look({"demo-pm": NOW}, NOW)
    found = system_state(feeds, OwnProcesses(restarted=("our api was started again once",)))
    assert (found.state, found.words) == ("live", "1 feed up to date; our api was started again once")


def test_a_clock_in_doubt_is_said_beside_the_state_and_changes_it_not() -> None:
    feeds = FeedWatch().look({"demo-pm": NOW}, NOW)
    found = system_state(feeds, OwnProcesses(remarks=("the clock of this machine has jumped",)))
    assert (found.state, found.words) == ("live", "1 feed up to date; the clock of this machine has jumped")
