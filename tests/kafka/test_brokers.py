"""The brokers that other tests rely on do what they say."""

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from tests.kafka.brokers import RealBroker, create, real_broker


@pytest.mark.heavy
def test_a_real_broker_keeps_what_it_acknowledged_through_kill_9_and_a_pause(real_kafka: RealBroker) -> None:
    topic = "brokers.kept"
    create(real_kafka.bootstrap, topic)
    producer = Producer({"bootstrap.servers": real_kafka.bootstrap, "log_level": 0})
    producer.produce(topic, b"before")
    assert producer.flush(10) == 0
    real_kafka.restart(hard=True)
    with real_kafka.pause():
        producer.produce(topic, b"after")
        assert producer.flush(0.5) == 1
    assert producer.flush(30) == 0
    assert _values(real_kafka.bootstrap, topic, 2) == [b"before", b"after"]


@pytest.mark.heavy
def test_a_broker_ends_with_its_block() -> None:
    with real_broker() as broker:
        directory = broker.directory
    assert not directory.exists()
    with pytest.raises(AssertionError):
        _ = broker.pid


def _values(bootstrap: str, topic: str, count: int) -> list[bytes | None]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "t", "log_level": 0})
    consumer.assign([TopicPartition(topic, 0, 0)])
    try:
        return [message.value() for message in consumer.consume(count, 20)]
    finally:
        consumer.close()
