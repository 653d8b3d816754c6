"""What is dated ahead of the clock: alarms are applied at their arrival, rows wait until due, nothing is lost."""

import numpy as np
import pytest

from ingestion.batches.ahead import AheadRules
from ingestion.batches.batch import Batch, Origin
from ingestion.gateway import HELD, Gateway, GatewaySettings
from telassure.kernel.errors import ConflictingDuplicate, TransientError
from telassure.kernel.events import AlarmNotification, Measurements, UsageRecords
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, iso
from telassure.kernel.ports import Choice

ALARM = {"managed_object": "c-1", "perceived_severity": "critical", "probable_cause": "linkDown"}


def point(at: int, name: str = "c-1") -> dict[str, object]:
    return {"managed_object": name, "measurement": "m", "time": iso(at), "value": 1}


def call(number: int, at: int) -> dict[str, object]:
    return {"record_id": f"r-{number}", "account": "a-1", "service": "sms", "time": iso(at), "volume": 1}


def of(world, topology: str, kind: type) -> list:
    return [event for event in world.events(topology) if isinstance(event, kind)]


@pytest.mark.parametrize("ahead", [6 * SECOND, 10 * MINUTE, HOUR - 10 * SECOND, 40 * DAY, 70 * 365 * DAY])
def test_an_alarm_dated_ahead_is_applied_at_its_arrival_with_its_own_time_kept(world, ahead):
    now = world.clock.at
    assert world.submit("alarms", [{**ALARM, "time": iso(now + ahead)}]).accepted == 1
    (alarm,) = of(world, "assurance", AlarmNotification)
    assert (alarm.time, alarm.stated_time) == (now, now + ahead)


@pytest.mark.parametrize("ahead", [-DAY, 0, 5 * SECOND])
def test_an_alarm_of_a_clock_that_is_right_keeps_its_time(world, ahead):
    world.submit("alarms", [{**ALARM, "time": iso(world.clock.at + ahead)}])
    (alarm,) = of(world, "assurance", AlarmNotification)
    assert (alarm.time, alarm.stated_time) == (world.clock.at + ahead, None)


@pytest.mark.parametrize(
    ("kind", "topology", "event", "row"),
    [
        ("measurements", "detection", Measurements, lambda n, at: point(at, f"c-{n}")),
        ("usage", "charging", UsageRecords, call),
    ],
)
def test_rows_dated_ahead_are_held_and_come_back_when_they_are_due(world, kind, topology, event, row):
    now = world.clock.at
    rows = [row(1, now), row(2, now + 2 * MINUTE), row(3, now + 59 * SECOND), row(4, now + HOUR)]
    receipt = world.submit(kind, rows)
    assert (receipt.accepted, receipt.dispositions.tolist()) == (2, [0, 4, 0, 4])
    taken = [len(found) for found in of(world, topology, event)]
    assert sum(taken) == 2
    assert world.gateway.release(world.sql) == 0
    world.clock.at = now + 2 * MINUTE
    assert (world.gateway.release(world.sql), world.gateway.release(world.sql)) == (1, 0)
    world.clock.at = now + HOUR
    assert world.gateway.release(world.sql) == 1
    times = np.concatenate([found.time for found in of(world, topology, event)])
    assert sorted(times.tolist()) == [now, now + 59 * SECOND, now + 2 * MINUTE, now + HOUR]


def test_what_is_held_is_held_once_however_often_it_is_sent(world):
    for _ in range(3):
        world.submit("measurements", [point(world.clock.at + HOUR)])
    assert len(world.sql.replayable_letters(Choice(HELD), "", 10)) == 1


@pytest.mark.parametrize("cut", ["append", "bury"])
@pytest.mark.parametrize(
    ("kind", "topology", "event", "row"),
    [
        ("measurements", "detection", Measurements, lambda n, at: point(at, f"c-{n}")),
        ("usage", "charging", UsageRecords, call),
    ],
)
def test_a_batch_cut_off_in_the_middle_and_sent_again_when_all_is_due_is_whole(world, cut, kind, topology, event, row):
    """Whatever became durable of the first try, the second is of another time, in which nothing is held any more."""
    now = world.clock.at
    rows = [row(1, now), row(2, now + 2 * MINUTE)]

    def done_and_not_answered(given):
        call_of_before(given)
        raise TransientError("the log did not answer")

    call_of_before = getattr(world.log, cut)
    setattr(world.log, cut, done_and_not_answered)
    with pytest.raises(TransientError):
        world.submit(kind, rows)
    setattr(world.log, cut, call_of_before)
    world.clock.at = now + 3 * MINUTE
    world.submit(kind, rows)
    world.gateway.release(world.sql)
    times = np.concatenate([found.time for found in of(world, topology, event)])
    assert {now, now + 2 * MINUTE} == set(times.tolist())


def test_what_another_body_under_a_taken_key_holds_ahead_is_not_kept(world):
    world.submit("measurements", [point(world.clock.at)], position="key:k", guarded=True, digest=b"one")
    ahead = [point(world.clock.at + HOUR)]
    with pytest.raises(ConflictingDuplicate):
        world.submit("measurements", ahead, position="key:k", guarded=True, digest=b"two")
    assert world.sql.replayable_letters(Choice(HELD), "", 10) == []


def test_a_kill_between_taking_in_and_marking_takes_nothing_in_twice(world):
    world.submit("measurements", [point(world.clock.at + HOUR)])
    world.clock.at += HOUR

    class Killed:
        def due_letters(self, *asked):
            return world.sql.due_letters(*asked)

        def mark_replayed(self, done):
            raise SystemExit

    with pytest.raises(SystemExit):
        world.gateway.release(Killed())
    world.gateway.release(world.sql)
    assert sum(len(found) for found in of(world, "detection", Measurements)) == 1


def test_a_row_further_ahead_than_a_working_clock_can_be_is_refused(world):
    receipt = world.submit("usage", [call(1, world.clock.at + 2 * DAY), call(2, world.clock.at)])
    assert (receipt.accepted, [bad.index for bad in receipt.rejected]) == (1, [0])


def single_alarm(number: int, at: int) -> dict[str, object]:
    return {**ALARM, "managed_object": f"c-{number}", "time": iso(at)}


@pytest.mark.parametrize("year", [2027, 2062, 2099])
@pytest.mark.parametrize(
    ("kind", "row"),
    [("usage", call), ("alarms", single_alarm), ("measurements", lambda n, at: point(at, f"c-{n}"))],
)
def test_a_recording_is_never_ahead_of_now(world, kind, row, year):
    rows = [{**row(1, 0), "time": f"{year}-06-01T00:00:00Z"}, row(2, world.clock.at - DAY)]
    receipt = world.submit(kind, rows, feed="replay:x")
    assert (receipt.accepted, [bad.index for bad in receipt.rejected]) == (1, [0])


def test_a_feed_whose_clock_is_known_to_be_wrong_is_put_right(world):
    rules = GatewaySettings(AheadRules(offsets={"fast": -10 * MINUTE}))
    gateway = Gateway(world.log, world.directory, world.clock, world.partitions, world.who, rules)
    now = world.clock.at
    for feed in ("fast", "right"):
        gateway.submit(Batch("alarms", [{**ALARM, "time": iso(now + 10 * MINUTE)}], feed), Origin(feed, feed))
    found = {alarm.feed: (alarm.time, alarm.stated_time) for alarm in of(world, "assurance", AlarmNotification)}
    assert found == {"fast": (now, None), "right": (now, now + 10 * MINUTE)}


def test_how_far_a_feed_is_ahead_is_measured(world):
    world.submit("alarms", [{**ALARM, "time": iso(world.clock.at + 3 * MINUTE)}], feed="ems")
    world.submit("measurements", [point(world.clock.at - MINUTE)], feed="pm")
    assert world.gateway.skews == {"ems": 3 * MINUTE, "pm": -MINUTE}
