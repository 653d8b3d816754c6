"""A worker says over a socket what it has done, whether it lives and whether it is ready."""

from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from telassure.kernel.errors import TransientError
from telassure.kernel.events import Notification
from telassure.kernel.ports import FEED, Delivered, Postponed, Refused, Turn
from telassure.observe.deliveries import DeliveryMeter
from telassure.observe.gauges import places_assigned
from telassure.observe.metrics import registry
from telassure.observe.probes import Health, serve
from telassure.observe.worker import WorkerMeter
from tests.observe.worker import NOW, broker_host, connection, place, samples_of, working

PLACE = "{partition=0}{topology=assurance}"


def test_a_scrape_tells_what_was_applied_and_how_far_behind_the_rest_is(tmp_path: Path):
    with working(tmp_path) as worker:
        for _ in range(3):
            worker.send()
        worker.send(b"no msgpack")
        before = worker.samples()
        worker.host.drain()
        after = worker.samples()
    assert before[f"telassure_partition_lag_records{PLACE}"] == 4
    assert before[f"telassure_partition_loaded{PLACE}"] == 0
    expected = {
        f"telassure_partition_lag_records{PLACE}": 0,
        f"telassure_partition_loaded{PLACE}": 1,
        f"telassure_records_total{PLACE}": 4,
        f"telassure_rows_total{PLACE}": 4,
        f"telassure_watermark_delay_seconds{PLACE}": 10,
        "telassure_dead_letters_total{operator=decode}{topology=assurance}": 1,
        "telassure_business_records_total{topology=assurance}{type=Alarm}": 3,
        "telassure_outbox_rows{topology=assurance}": 0,
        "telassure_commit_seconds_count{topology=assurance}": 1,
        "telassure_turn_seconds_count{topology=assurance}": 1,
    }
    assert {name: after[name] for name in expected} == expected
    assert after[f"telassure_cells_cached{PLACE}"] >= 3
    assert after["telassure_disk_free_bytes{place=home}"] > 0
    assert after["process_resident_memory_bytes"] > 0


def test_a_worker_is_ready_once_its_partitions_are_loaded_and_says_no_more_than_that(tmp_path: Path):
    with working(tmp_path) as worker:
        worker.send()
        waiting = worker.get("/ready")
        worker.host.drain()
        ready, live, lost = worker.get("/ready"), worker.get("/live"), worker.get("/other")
    assert (waiting.status_code, waiting.text) == (503, "not ready\n")
    assert (ready.status_code, ready.text) == (200, "ready\n")
    assert (live.status_code, live.text) == (200, "alive\n")
    assert lost.status_code == 404


def test_a_partition_that_stands_still_with_input_waiting_is_stuck_and_one_without_is_not():
    now, found = [0.0], [place(5, 3)]
    health = Health(lambda: found, stuck_seconds=60, elapsed=lambda: now[0])
    assert health.stuck() == []
    now[0] = 61.0
    (reason,) = health.stuck()
    assert reason == "assurance/0 has stood at 5 for 61 s with input waiting"
    found[0] = place(6, 2)
    assert health.stuck() == [], "it has moved"
    found[0] = place(6, 0)
    now[0] = 500.0
    assert health.stuck() == [], "there is nothing to do"
    found[0], now[0] = place(6, 1), 559.0
    assert health.stuck() == [], "what has just come in is no sign of standing still"


def test_a_log_that_cannot_say_where_it_ends_does_not_keep_a_stuck_partition_alive():
    now = [0.0]
    health = Health(lambda: [place(5, None)], stuck_seconds=60, elapsed=lambda: now[0])
    health.stuck()
    now[0] = 61.0
    assert len(health.stuck()) == 1


def failing() -> None:
    raise TransientError("the database is not to be had")


@pytest.mark.parametrize(
    ("health", "reason"),
    [
        (Health(lambda: [], joined=lambda: False), "no partitions have been given out yet"),
        (Health(lambda: [], reachable=[failing]), "the database is not to be had"),
        (Health(lambda: [place(5, 0, loaded=False)]), "assurance/0 is being loaded"),
        (Health(lambda: [place(5, 11)], lag=10), "assurance/0 is catching up, 11 records behind"),
        (Health(lambda: [place(5, None)]), "assurance/0 is catching up, it is not known how far behind"),
    ],
)
def test_what_keeps_a_worker_from_being_ready_is_named(health: Health, reason: str):
    assert list(health.unready()) == [reason]


def test_a_host_over_a_broker_is_read_as_it_reports_itself():
    (found,) = places_assigned(broker_host)()
    assert (found.topology, found.partition, found.durable, found.lag, found.loaded) == ("assurance", 0, 7, 3, True)


def test_more_clients_than_the_probes_serve_are_hung_up_on_and_the_next_is_served():
    with serve("127.0.0.1", 0, Health(lambda: []), registry()) as port:
        with ExitStack() as held:
            for _ in range(8):
                held.enter_context(connection(port))
            with connection(port) as ninth:
                assert ninth.recv(1) == b""
        for _ in range(500):
            try:
                answer = httpx.get(f"http://127.0.0.1:{port}/live", timeout=10)
            except httpx.TransportError:  # the server has yet to see that the eight are gone
                continue
            break
    assert answer.status_code == 200


def turn(**counters: int) -> Turn:
    return Turn("charging", 3, 0, 1, b"", counters={FEED + name: at for name, at in counters.items()})


def test_a_recording_says_nothing_of_how_far_behind_the_present_a_partition_is():
    meter = WorkerMeter(CollectorRegistry())
    meter.committed(turn(**{"replay:2019": NOW, "ems": NOW - 5, "http": NOW - 9}), 0.1)
    meter.committed(turn(**{"http": NOW - 7}), 0.1)
    assert meter.newest == {("charging", 3): NOW - 5}


def test_notices_are_counted_by_receiver_and_by_what_became_of_them():
    found = CollectorRegistry()
    told = DeliveryMeter(found)
    notice = Notification("n", "t", "c", "subject", "body", NOW)
    for answer in (Refused("no"), Postponed("later"), Delivered()):
        told("crm", notice, answer, 0.1)
    counts = samples_of(generate_latest(found).decode())
    names = {
        name: f"telassure_notices_total{{outcome={name}}}{{receiver=crm}}" for name in ("refused", "retried", "sent")
    }
    assert [counts[name] for name in names.values()] == [1, 1, 1]


def test_a_worker_that_waits_for_its_database_is_alive_and_one_that_has_waited_too_long_is_not():
    now, waits = [0.0], [True]
    health = Health(lambda: [place(5, 9)], stuck_seconds=60, elapsed=lambda: now[0], waits=lambda: waits[0])
    health.stuck()
    now[0] = 100.0
    assert health.stuck() == []
    waits[0] = False
    assert len(health.stuck()) == 1
