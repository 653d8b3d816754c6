"""Detection from the log to the metric store and to assurance, through the real codec and partition."""

import numpy as np

from streams.topologies.detection import DETECTION
from telassure.kernel.events import EndOfFeed, KpiEpisode, Measurements, Tick
from telassure.kernel.instant import DAY, HOUR, MINUTE
from tests.driver import Driver
from tests.models.detection_shapes import MONDAY, Times, Values, grid, noisy, weekly

LIVE = MONDAY + 14 * DAY


def throughput(time: Times, value: Values, domain: str = "site-1", feed: str = "replay:pm") -> Measurements:
    zeros = np.zeros(len(time), np.int32)
    return Measurements(
        domain, feed, 15 * MINUTE, (f"{domain}-cell",), ("throughput",), zeros, zeros, time, value, zeros > 0
    )


def history(domain: str = "site-1", feed: str = "replay:pm") -> list[Measurements]:
    """Two weeks, a day per envelope."""
    days = [grid(LIVE + (day - 14) * DAY, LIVE + (day - 13) * DAY) for day in range(14)]
    return [throughput(day, noisy(day, seed=1), domain, feed) for day in days]


def fault(domain: str = "site-1", feed: str = "replay:pm") -> Measurements:
    time = grid(LIVE + 12 * HOUR, LIVE + 14 * HOUR)
    return throughput(time, 0.2 * weekly(time), domain, feed)


def test_a_fault_becomes_one_open_episode_of_its_object() -> None:
    driver = Driver(DETECTION).pipe(*history(), fault())

    (episode,) = driver.records(KpiEpisode)

    assert (episode.managed_object, episode.state, episode.domain) == ("site-1-cell", "open", "site-1")
    assert episode.started_at == LIVE + 12 * HOUR + 15 * MINUTE


def test_the_end_of_a_recording_closes_what_it_left_open() -> None:
    driver = Driver(DETECTION).pipe(*history(), fault()).end_feed("replay:pm", DAY)

    (episode,) = driver.records(KpiEpisode)

    assert (episode.state, episode.ended_at, episode.changed_at) == ("closed", LIVE + 14 * HOUR, LIVE + 20 * HOUR)


def test_ticks_close_the_episode_of_a_live_series_that_falls_silent() -> None:
    driver = Driver(DETECTION).pipe(*history(), fault(feed="pm")).advance(LIVE + 20 * HOUR)
    (still,) = driver.records(KpiEpisode)

    driver.advance(LIVE + 20 * HOUR + MINUTE)

    (closed,) = driver.records(KpiEpisode)
    assert (still.state, closed.state) == ("open", "closed")


def test_every_row_is_a_stored_point_and_late_ones_are_not_scored() -> None:
    late = throughput(grid(LIVE - 3 * HOUR, LIVE - 2 * HOUR), np.full(4, 7.0))

    driver = Driver(DETECTION).pipe(*history(), late)

    points = driver.points()
    assert len(points) == 14 * 96
    assert points[("site-1-cell", "throughput", LIVE - 2 * HOUR)][0] == 7.0
    assert np.isnan(points[("site-1-cell", "throughput", LIVE - 2 * HOUR)][4])
    assert driver.counters["late"] == 4


def test_a_crash_changes_nothing() -> None:
    events = [*history("site-1"), *history("site-2"), fault("site-1"), fault("site-2")]
    straight = Driver(DETECTION).pipe(*events).end_feed("replay:pm", DAY)

    crashed = Driver(DETECTION)
    for event in events:
        crashed.pipe(event).crash()
    crashed.end_feed("replay:pm", DAY)

    assert crashed.records(KpiEpisode) == straight.records(KpiEpisode)
    assert {k: tuple(map(repr, v)) for k, v in crashed.points().items()} == {
        k: tuple(map(repr, v)) for k, v in straight.points().items()
    }


def test_partitions_do_not_show() -> None:
    events = [
        *history("site-1"),
        *history("site-2"),
        fault("site-2"),
        EndOfFeed("replay:pm", DAY),
        Tick(LIVE + 2 * DAY),
    ]

    one = Driver(DETECTION).pipe(*events)
    three = Driver(DETECTION, partitions=3).pipe(*events)

    assert three.records(KpiEpisode) == one.records(KpiEpisode)
