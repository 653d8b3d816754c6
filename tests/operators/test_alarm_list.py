"""The alarm list: what raises, changes, clears and ages out, whatever the order and however often it is said."""

import csv
import os
from pathlib import Path

import pytest

from streams.operators.alarms.alarm_list import AlarmList
from streams.topologies.assurance import by_domain
from streams.topology import Source, Topology
from telassure.kernel.events import Alarm, AlarmAction, AlarmNotification, PerceivedSeverity, PolicyValue
from telassure.kernel.instant import DAY, SECOND, parse_instant
from tests.driver import Driver

START = parse_instant("2024-03-04T10:00:00")
MAJOR, MINOR, CLEARED = PerceivedSeverity.MAJOR, PerceivedSeverity.MINOR, PerceivedSeverity.CLEARED
SHARED = Path(os.environ.get("TELASSURE_SHARED", Path(__file__).parents[3] / "shared"))
CORPUS = SHARED / "corpora" / "alarms" / "24V_439N_Microwave" / "Alarm.csv"


@pytest.fixture
def driver():
    sources = (Source(AlarmNotification, by_domain), Source(AlarmAction, by_domain))
    return Driver(Topology("list", sources, lambda catalogue: (AlarmList(catalogue),)))


def notification(at, severity=MAJOR, ends=None, text="", name=None, feed="ems"):
    ends_at = None if ends is None else START + ends * SECOND
    name = name or f"{at}-{int(severity)}-{text}"
    return AlarmNotification(
        name, "north", feed, "olt-3", "equipmentAlarm", "los", "", severity, START + at * SECOND, ends_at, text
    )


def states(driver):
    return [(alarm.state, alarm.occurrences) for alarm in driver.outputs(Alarm)]


def test_a_re_raise_counts_an_occurrence_and_takes_over_severity_and_text(driver):
    driver.pipe(notification(0), notification(5, MINOR, text="degraded"))

    [alarm] = driver.records(Alarm)
    assert (alarm.occurrences, alarm.perceived_severity, alarm.text) == (2, MINOR, "degraded")


def test_an_older_notification_that_comes_late_leaves_severity_and_text(driver):
    driver.pipe(notification(5, MINOR, text="degraded"), notification(0))

    [alarm] = driver.records(Alarm)
    assert (alarm.occurrences, alarm.perceived_severity, alarm.text) == (2, MINOR, "degraded")


def test_the_same_content_at_the_same_time_changes_nothing_whatever_its_id(driver):
    driver.pipe(notification(0, name="a"), notification(0, name="b"), notification(0, name="a"))

    assert states(driver) == [("active", 1)]


def test_a_reused_notification_id_is_a_dead_letter(driver):
    driver.pipe(notification(0, name="a"), notification(5, CLEARED, name="a"))

    assert [letter.position for letter in driver.letters()] == ["a"]
    assert states(driver) == [("active", 1)]


def test_a_clear_ends_the_activation_and_the_next_raise_is_a_new_alarm(driver):
    driver.pipe(notification(0), notification(5, CLEARED), notification(9))

    assert states(driver) == [("active", 1), ("cleared", 1), ("active", 1)]
    assert len(driver.records(Alarm)) == 2


def test_a_clear_older_than_the_newest_raise_does_not_clear(driver):
    driver.pipe(notification(0), notification(9), notification(5, CLEARED))

    assert states(driver) == [("active", 1), ("active", 2)]


def test_a_clear_that_overtakes_its_raise_clears_it_on_arrival(driver):
    driver.pipe(notification(5, CLEARED), notification(0))

    [alarm] = driver.records(Alarm)
    assert (alarm.state, alarm.cleared_at) == ("cleared", START + 5 * SECOND)


def test_a_known_end_clears_by_itself_and_counts_the_raises_up_to_it(driver):
    driver.pipe(notification(0, ends=60), notification(30), notification(60, text="on the second"), notification(61))

    ended = [alarm for alarm in driver.records(Alarm) if alarm.clear_reason == "ended"]
    assert [(a.cleared_at, a.occurrences, a.reraised_while_known) for a in ended] == [(START + 60 * SECOND, 3, 2)]


def test_without_an_end_a_live_alarm_ages_out_a_day_after_its_newest_raise(driver):
    driver.pipe(notification(0), notification(600))

    driver.advance(START + 600 * SECOND + DAY + SECOND)

    [alarm] = driver.records(Alarm)
    assert (alarm.clear_reason, alarm.cleared_at) == ("aged_out", START + 600 * SECOND + DAY)


def test_age_out_is_a_policy_of_the_feed(driver):
    driver.change(PolicyValue("alarm_list", "age_out_seconds", "10", "ems"))
    driver.pipe(notification(0))

    driver.advance(START + 11 * SECOND)

    assert [alarm.clear_reason for alarm in driver.records(Alarm)] == ["aged_out"]


def test_a_recorded_feed_ages_out_after_a_quarter_of_an_hour(driver):
    driver.pipe(notification(0, feed="replay:log"))

    driver.end_feed("replay:log", 901 * SECOND)

    assert [alarm.cleared_at for alarm in driver.records(Alarm)] == [START + 900 * SECOND]


def test_an_operator_acknowledges_and_clears(driver):
    driver.pipe(notification(0))
    [alarm] = driver.records(Alarm)
    acts = [AlarmAction(a, "north", alarm.alarm_id, a, "noc", START + 9 * SECOND) for a in ("acknowledge", "clear")]

    driver.pipe(*acts)

    [alarm] = driver.records(Alarm)
    assert (alarm.ack_state, alarm.state, alarm.clear_reason) == ("acknowledged", "cleared", "operator")


def test_an_action_on_an_alarm_that_is_not_there_is_a_dead_letter(driver):
    driver.pipe(AlarmAction("act-1", "north", "none-0", "clear", "noc", START))

    assert [(letter.position, letter.operator) for letter in driver.letters()] == [("act-1", "alarm_list")]


@pytest.mark.corpora
@pytest.mark.skipif(not CORPUS.exists(), reason="set TELASSURE_SHARED to the shared folder with corpora/alarms")
def test_the_real_microwave_log_re_raises_2957_times_before_a_known_end():
    topology = Topology("list", (Source(AlarmNotification, by_domain),), lambda catalogue: (AlarmList(catalogue),))
    driver = Driver(topology, batch=5_000)

    driver.append(*recorded(CORPUS))
    driver.run()

    assert sum(alarm.reraised_while_known for alarm in driver.records(Alarm)) == 2_957
    assert sum(alarm.occurrences for alarm in driver.records(Alarm)) == 64_598


def recorded(path):
    """The rows as the replay reads them: seconds from an origin, an end only where it is later than the start."""
    with path.open() as lines:
        for number, row in enumerate(csv.DictReader(lines), 1):
            start, end = int(row["start_timestamp"]), int(row["end_timestamp"])
            yield AlarmNotification(
                f"{path.name}:{number}",
                "microwave",
                "replay:24V",
                row["device_id"],
                "",
                row["alarm_id"],
                "",
                PerceivedSeverity.INDETERMINATE,
                START + start * SECOND,
                START + end * SECOND if end > start else None,
            )
