"""A publish that fails claims nothing, and tried again neither loses nor reorders, whatever the broker goes through."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from threading import Event, Thread

import pytest
from kafka import errors

from telassure.kernel.errors import PermanentError, TransientError
from telassure.kernel.ports import Appended, Entry
from telassure.store.kafka import publisher
from telassure.store.kafka.client import KafkaClientSettings
from telassure.store.kafka.log import KafkaEventLog
from telassure.store.kafka.messages import MESSAGE_BYTES
from telassure.store.memory import MemoryPositionLedger
from telassure.store.sql.group import GroupAppender
from tests.kafka.brokers import RealBroker
from tests.kafka.fixtures import Cluster
from tests.stores.adapters import entry

pytestmark = pytest.mark.filterwarnings("ignore:unclosed <:ResourceWarning")  # kafka-python's, of refused connections


@pytest.fixture
def log(kafka: Cluster) -> Iterator[KafkaEventLog]:
    kafka.create("charging", max_message_bytes=str(MESSAGE_BYTES))
    with closing(KafkaEventLog(kafka.client, kafka.prefix, MemoryPositionLedger())) as found:
        yield found


@pytest.fixture
def real(real_kafka: RealBroker) -> Cluster:
    return Cluster(real_kafka.bootstrap, real=True)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Producers that give up after 3 s, so that a pause need not last longer than the default."""
    monkeypatch.setattr(publisher, "PUBLISH_SECONDS", 3.0)
    shorter = {"delivery_timeout_ms": 3_000, "request_timeout_ms": 1_000, "linger_ms": 1_000, "max_block_ms": 3_000}
    monkeypatch.setattr(publisher, "_PRODUCER", publisher._PRODUCER | shorter)


def test_an_entry_that_no_topic_takes_is_refused_alone_before_anything_is_claimed(log: KafkaEventLog) -> None:
    large = entry("large", bytes(MESSAGE_BYTES))
    with closing(GroupAppender(log, linger=0.2)) as group:
        answers = _together(group, [entry("1")], [large], [entry("2")])
    assert isinstance(answers[1], PermanentError)
    assert "send fewer rows at once" in str(answers[1])
    assert [answers[0], answers[2]] == [Appended(1, 0), Appended(1, 0)]
    assert log.append([entry("1"), entry("large"), entry("2")]) == Appended(1, 2)


def test_a_partition_that_the_topic_lacks_is_refused_before_anything_is_claimed(log: KafkaEventLog) -> None:
    with pytest.raises(TransientError, match=r"has 4 partitions and none numbered 9.*topics plan"):
        log.append([entry("1"), entry("2", partition=9)])
    assert log.append([entry("1")]) == Appended(1, 0)


def test_hops_and_ticks_claim_nothing_and_keep_their_place_in_the_order(log: KafkaEventLog) -> None:
    log.append([entry("known")])
    mixed = [entry("1", source="tick"), entry("known"), entry("7", source="hop:detection:0"), entry("known", b"other")]
    answer = log.append(mixed)
    assert (answer, answer.repeats) == (Appended(2, 1, (3,)), (1,))
    assert log.append([entry("1", source="tick")]) == Appended(1, 0)
    found = [(r.source, r.position) for r in log.read("charging", 0, 1, 100, 1 << 20)]
    assert found == [("tick", "1"), ("hop:detection:0", "7"), ("tick", "1")]


def test_an_entry_that_leaves_last_is_not_there_where_one_before_it_did_not_arrive(
    log: KafkaEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[list[str]] = []

    def failing(self: publisher.Publisher, entries: list[Entry]) -> None:
        sent.append([each.position for each in entries])
        raise errors.KafkaTimeoutError

    monkeypatch.setattr(publisher.Publisher, "_send", failing)
    copies = [entry("1", partition=1), entry("2", partition=2), replace(entry("3", partition=0), last=True)]
    with pytest.raises(TransientError):
        log.append(copies)
    assert sent == [["1", "2"]]


def test_a_publish_of_many_rounds_keeps_the_order_of_every_partition(log: KafkaEventLog) -> None:
    entries = [entry(str(n), bytes([n % 251]) * 90_000, partition=n % 3) for n in range(60)]  # 1.8 MB a partition
    assert log.append(entries) == Appended(60, 0)
    for partition in range(3):
        found = log.read("charging", partition, 0, 100, 1 << 30)
        assert [r.position for r in found] == [str(n) for n in range(60) if n % 3 == partition]
        assert all(r.payload == bytes([int(r.position) % 251]) * 90_000 for r in found)


def test_a_message_near_the_limit_arrives_whole(real: Cluster) -> None:
    real.create("charging", max_message_bytes=str(MESSAGE_BYTES))
    payload = bytes(range(256)) * ((MESSAGE_BYTES - 4_096) // 256)
    with closing(KafkaEventLog(real.client, real.prefix, MemoryPositionLedger())) as log:
        log.append([entry("1"), replace(entry("2"), payload=payload), entry("3")])
        assert [r.payload for r in log.read("charging", 0, 0, 10, 1 << 30)] == [b"x", payload, b"x"]


def test_a_topic_that_takes_less_says_how_to_mend_it_and_nothing_is_claimed(real: Cluster) -> None:
    real.create("charging", max_message_bytes="100000")
    with closing(KafkaEventLog(real.client, real.prefix, MemoryPositionLedger())) as log:
        with pytest.raises(PermanentError, match=r"max\.message\.bytes.*telassure topics apply"):
            log.append([entry("1", bytes(200_000))])
        assert log.append([entry("1")]) == Appended(1, 0)


def test_a_topic_that_is_not_there_is_named(real: Cluster, impatient: None) -> None:
    with closing(KafkaEventLog(real.client, real.prefix, MemoryPositionLedger())) as log:
        with pytest.raises(TransientError, match=rf"{real.prefix}\.charging; make it with: telassure topics apply"):
            log.append([entry("1")])
        real.create("charging")
        assert log.append([entry("1")]) == Appended(1, 0)


def test_no_broker_at_all_is_a_transient_error_that_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telassure.store.kafka.client.CONNECT_SECONDS", 1.0)
    client = KafkaClientSettings("127.0.0.1:1")
    refused = pytest.raises(TransientError, match=r"127\.0\.0\.1:1 \(kafka\.brokers\): .*ECONNREFUSED")
    with closing(KafkaEventLog(client, "none", MemoryPositionLedger())) as log, refused:
        log.append([entry("1")])


@pytest.mark.heavy
def test_a_pause_longer_than_the_patience_fails_and_the_retry_keeps_the_order(
    real_kafka: RealBroker, real: Cluster, impatient: None
) -> None:
    real.create("charging")
    entries = [entry(str(n), bytes(40_000), partition=n % 2) for n in range(120)]  # three rounds
    with closing(KafkaEventLog(real.client, real.prefix, MemoryPositionLedger())) as log:
        log.append([entry("first", partition=0), entry("first", source="b", partition=1)])
        with real_kafka.pause(), pytest.raises(TransientError):
            log.append(entries)
        assert _again(partial(log.append, entries)) == Appended(120, 0)
        for partition in range(2):
            assert _first_occurrences(log, partition) == ["first", *(str(n) for n in range(120) if n % 2 == partition)]


@pytest.mark.heavy
@pytest.mark.parametrize("hard", [False, True], ids=["restart", "kill -9"])
def test_nothing_acknowledged_is_lost_or_reordered_while_the_broker_restarts(
    hard: bool, real_kafka: RealBroker, real: Cluster
) -> None:
    real.create("charging")
    stop, sent = Event(), 0

    def over() -> None:
        real_kafka.restart(hard)
        stop.set()

    restart = Thread(target=over)
    with closing(KafkaEventLog(real.client, real.prefix, MemoryPositionLedger())) as log:
        log.append([entry("begin")])
        restart.start()
        while not stop.is_set() or sent < 200:
            batch = [entry(str(n)) for n in range(sent, sent + 20)]
            assert _again(partial(log.append, batch)) == Appended(20, 0)
            sent += 20
        restart.join()
        assert _first_occurrences(log, 0) == ["begin", *map(str, range(sent))]


def _first_occurrences(log: KafkaEventLog, partition: int) -> list[str]:
    """What a partition that drops repeats would apply."""
    found = log.read("charging", partition, 0, 1_000_000, 1 << 30)
    return list(dict.fromkeys(record.position for record in found))


def _again(append: Callable[[], Appended], tries: int = 20) -> Appended:
    for _ in range(tries):
        try:
            return append()
        except TransientError:
            continue
    return append()


def _together(log: GroupAppender, *batches: list[Entry]) -> list[Appended | Exception]:
    """The answer to each batch, appended by as many threads at once."""
    answers: list[Appended | Exception | None] = [None] * len(batches)

    def one(index: int, batch: list[Entry]) -> None:
        try:
            answers[index] = log.append(batch)
        except Exception as error:
            answers[index] = error

    threads = [Thread(target=one, args=each) for each in enumerate(batches)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answer for answer in answers if answer is not None]
