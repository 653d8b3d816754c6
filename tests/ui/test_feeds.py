"""When a feed counts as dead, and what follows for the whole system."""

import pytest

from dashboards.feeds import FeedWatch, system_state
from telassure.instant import DAY, HOUR, MINUTE, SECOND

NOW = 1_700_000_000 * SECOND


@pytest.mark.parametrize(
    ("name", "age", "state"),
    [
        ("probe-7", 4 * MINUTE, "live"),
        ("probe-7", 6 * MINUTE, "stale"),
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
