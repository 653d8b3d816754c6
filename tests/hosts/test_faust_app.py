"""A topology over Kafka and Faust: the outcome of the embedded one, whatever is delivered twice, lost or taken away."""

import threading
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from streams.hosts.faust.assignment import Assignment
from streams.hosts.faust.premises import HostSettings
from streams.hosts.faust.wire import KafkaAccess
from telassure.kernel.errors import ConfigurationError
from telassure.kernel.instant import HOUR
from telassure.kernel.ports import LogRecord, Turn
from telassure.kernel.routing import partition_of
from telassure.store.memory import MemoryStateStore
from tests.conformance.reference import START, Tally, alarm
from tests.driver import Driver
from tests.hosts.faust_stage import PATIENCE, Stage, until
from tests.hosts.faust_topology import scenario, whole
from tests.kafka.brokers import USER, RealBroker
from tests.kafka.fixtures import PARTITIONS, Cluster


def outcome_of(store: Any, metrics: Any) -> Any:
    """Counters, cells, dead letters and points, but not how often something came or was committed."""
    metrics.flush()
    counted = store.counters("whole").items()
    counters = {name: n for name, n in counted if name not in ("turns", "duplicates", "hop_duplicates")}
    cells = {
        (row.operator, row.key): row.blob
        for n in range(PARTITIONS)
        for row in store.stored("whole", n)
        if not row.operator.startswith("@")
    }
    letters = {letter.reason for letter in store.letters.values()}, len(store.letters)
    return counters, cells, letters, set(metrics.rows)


@pytest.mark.parametrize("paced", [False, True], ids=["every turn", "paced"])
def test_the_golden_scenario_has_the_outcome_of_the_embedded_run(kafka: Cluster, paced: bool) -> None:
    topology = whole(paced)
    driver = Driver(topology, partitions=PARTITIONS, batch=16).pipe(*scenario()).settle()
    stage = Stage(topology, kafka)
    with stage.hosted() as worker:
        stage.publish(*scenario())
        until(stage.settled, "the worker does not come to the end of its input", worker)
    assert outcome_of(stage.store, stage.metrics) == outcome_of(driver.memory, driver.metrics)


def driven(events: list[Any], paced: bool = False) -> Any:
    driver = Driver(whole(paced), partitions=PARTITIONS, batch=16).pipe(*events).settle()
    return outcome_of(driver.memory, driver.metrics)


def run_out(stage: Stage, worker: Any) -> None:
    until(stage.settled, "the worker does not come to the end of its input", worker)


@pytest.mark.parametrize("paced", [False, True], ids=["every turn", "paced"])
def test_what_is_published_again_is_applied_once_and_a_worker_goes_on_where_the_database_is(
    mock_kafka: str, paced: bool
) -> None:
    events = scenario()
    stage = Stage(whole(paced), Cluster(mock_kafka, real=False))
    with stage.hosted() as worker:
        stage.publish(*events[:40])
        run_out(stage, worker)
    before, rows = stage.offsets(), stage.again()
    with stage.hosted() as worker:
        stage.publish(*events[40:])
        run_out(stage, worker)
    assert all(stage.offsets()[n] > before[n] for n in before)
    assert stage.store.counters("whole")["duplicates"] == rows
    assert outcome_of(stage.store, stage.metrics) == driven(events, paced)


def test_the_loop_that_hands_out_the_work_gives_signs_of_life_of_its_own(mock_kafka: str) -> None:
    signs: list[int] = []
    stage = Stage(whole(False), Cluster(mock_kafka, real=False), alive=lambda: signs.append(threading.get_ident()))
    with stage.hosted() as worker:
        until(lambda: len(signs) >= 3, "no third sign of life", worker)
    assert len(set(signs)) == 1


class Doomed(MemoryStateStore):
    """Its process dies of something unknown right after the third commit has taken."""

    doom = 3

    def commit(self, turn: Turn) -> None:
        super().commit(turn)
        self.doom -= 1
        if self.doom == 0:
            raise RuntimeError("pulled the plug")


def test_a_worker_that_dies_between_its_commit_and_its_acknowledgement_doubles_nothing(mock_kafka: str) -> None:
    stage = Stage(whole(), Cluster(mock_kafka, real=False), store=Doomed())
    stage.publish(*scenario())
    with pytest.raises(RuntimeError, match="pulled the plug"), stage.hosted() as worker:
        worker.join(PATIENCE)
    with stage.hosted() as worker:
        run_out(stage, worker)
    assert outcome_of(stage.store, stage.metrics) == driven(scenario())


def test_a_second_owner_that_commits_first_wins_and_nothing_is_doubled(mock_kafka: str) -> None:
    """A ghost applies what the worker has not received yet; the worker's write of the same is refused."""
    stage = Stage(whole(), Cluster(mock_kafka, real=False))
    events = [alarm(n, at=n) for n in range(7)]
    with stage.hosted() as worker:
        stage.publish(*events[:3])
        run_out(stage, worker)
        stage.haunt(events[3:6])
        stage.publish(*events[3:6])
        until(lambda: worker.board().stale_owners == 1, "the worker's write was not refused", worker)
        stage.publish(events[6])
        run_out(stage, worker)
    assert outcome_of(stage.store, stage.metrics) == driven(events)


def test_records_that_faust_drops_are_asked_for_again(mock_kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
    take, dropped = Assignment.take, set[tuple[int, int]]()

    def lossy(host: Assignment, partition: int, record: LogRecord) -> None:
        place = (partition, record.offset)
        if record.offset % 3 or place in dropped:
            take(host, partition, record)
        dropped.add(place)

    monkeypatch.setattr(Assignment, "take", lossy)
    stage = Stage(whole(), Cluster(mock_kafka, real=False), host=HostSettings(live=False, stuck_seconds=8))
    with stage.hosted() as worker:
        stage.publish(*scenario())
        run_out(stage, worker)
        assert worker.board().gaps > 0
    assert outcome_of(stage.store, stage.metrics) == driven(scenario())
    assert stage.log.buried == {}


def test_what_retention_removed_before_it_was_applied_is_a_dead_letter_and_the_rest_is_applied(
    real_kafka: RealBroker,
) -> None:
    stage = Stage(whole(), Cluster(real_kafka.bootstrap, real=True))
    stage.publish(*[alarm(n, at=n) for n in range(9)])
    admin = AdminClient({"bootstrap.servers": real_kafka.bootstrap, "log_level": 0})
    number = partition_of("d0", PARTITIONS)
    place = TopicPartition(f"{stage.cluster.prefix}.whole", number, 4)
    admin.delete_records([place])[place].result(30)
    with stage.hosted() as worker:
        until(lambda: stage.offsets()[number] == 9, "the worker does not get over the gap", worker)
    (letter,) = stage.log.buried.values()
    assert (letter.source, letter.position) == (f"topic:whole/{number}", "1-4")
    assert stage.store.counters("whole")["records"] == 5


def test_a_topic_that_was_made_anew_under_its_database_is_refused(mock_kafka: str) -> None:
    stage = Stage(whole(), Cluster(mock_kafka, real=False))
    stage.store.commit(Turn("whole", 2, 0, 1_000, b""))
    with pytest.raises(ConfigurationError, match="made anew"), stage.hosted() as worker:
        worker.join(PATIENCE)


def test_a_live_worker_ticks_into_its_own_partitions(mock_kafka: str) -> None:
    stage = Stage(whole(), Cluster(mock_kafka, real=False), host=HostSettings(live=True))
    stage.clock.time = START + 2 * HOUR
    stage.publish(alarm(1))
    with stage.hosted() as worker:
        kept = f"kept {Tally().key(alarm(1))}"
        store: Any = stage.store
        until(
            lambda: any(row.operator == "keeper" for n in range(PARTITIONS) for row in store.stored("whole", n)),
            f"no tick fired the timer whose notice goes to {kept!r}",
            worker,
        )
        until(lambda: min(stage.offsets().values()) > 0, "some partition has no ticks", worker)


class Held(MemoryStateStore):
    """Takes no turn until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.free = Event()

    def commit(self, turn: Turn) -> None:
        self.free.wait(PATIENCE)
        super().commit(turn)


def test_what_is_received_and_not_applied_is_bounded_by_bytes(kafka: Cluster) -> None:
    """Four megabytes wait in the topic; with a quarter of one allowed, not much more than that is taken in."""
    store, room = Held(), 256 << 10
    stage = Stage(whole(), kafka, store=store, host=HostSettings(live=False, unapplied_bytes=room))
    events = [replace(alarm(n, at=n), text="x" * 20_000) for n in range(200)]
    with stage.hosted() as worker:
        until(lambda: worker.board().ready, "no partitions are assigned", worker)
        for first in range(0, 200, 20):
            stage.publish(*events[first : first + 20])
        until(lambda: any(p.unapplied_bytes >= room for p in worker.board().partitions), "nothing is received", worker)
        until(lambda: any(p.end == 200 for p in worker.board().partitions), "the end is not seen", worker)
        held = max(p.unapplied_bytes for p in worker.board().partitions)
        store.free.set()
        run_out(stage, worker)
    assert held < 2 * room
    assert store.counters("whole")["records"] == 200


@pytest.mark.parametrize("way", ["SASL_SSL", "SSL"])
def test_a_worker_names_itself_to_a_secured_broker(secured_kafka: RealBroker, way: str) -> None:
    files = secured_kafka.certificates
    assert files is not None
    access = KafkaAccess(secured_kafka.sasl_bootstrap, way, "SCRAM-SHA-512", USER, secured_kafka.password, files.ca)
    if way == "SSL":
        client, key = files.client_certificate, files.client_key
        access = KafkaAccess(secured_kafka.tls_bootstrap, way, ca_file=files.ca, certificate_file=client, key_file=key)
    stage = Stage(whole(), Cluster(secured_kafka.bootstrap, real=True), access=access)
    with stage.hosted() as worker:
        stage.publish(alarm(1))
        run_out(stage, worker)
    assert stage.store.counters("whole")["records"] == 1
