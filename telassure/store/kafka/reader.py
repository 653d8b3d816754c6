"""Reads topics back by an assigned consumer, outside of any group: for tools, depths and tests."""

from collections.abc import Callable, Sequence
from threading import Lock
from time import monotonic
from typing import Any, Final, TypeVar

from kafka import KafkaConsumer, TopicPartition, errors

from telassure.kernel.errors import TransientError
from telassure.kernel.ports import LogRecord
from telassure.store.kafka.client import KafkaClientSettings, opened
from telassure.store.kafka.messages import MESSAGE_BYTES, record_of, topic_of

READ_SECONDS: Final = 20.0
_POLL_MS: Final = 500
Found = TypeVar("Found")


class TopicReader:
    """Thread-safe, one read at a time; the consumer is opened at first use, and anew after a failure."""

    def __init__(self, client: KafkaClientSettings, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._gate = Lock()
        self._opened: KafkaConsumer | None = None

    def end(self, topology: str, partition: int) -> int:
        """Of our offsets, the highest written; 0 where there is no such topic or partition."""
        place = TopicPartition(topic_of(self._prefix, topology), partition)
        return self._guarded(lambda consumer: self._end(consumer, place))

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        """As ports.EventLog.read; begins with the oldest that retention has left."""
        place = TopicPartition(topic_of(self._prefix, topology), partition)
        return self._guarded(lambda consumer: self._read(consumer, place, after, records, size))

    def close(self) -> None:
        with self._gate:
            self._drop()

    def _guarded(self, work: Callable[[KafkaConsumer], Found]) -> Found:
        with self._gate:
            if self._opened is None:
                self._opened = opened(KafkaConsumer, self._client, **_CONSUMER)
            try:
                return work(self._opened)
            except errors.KafkaError as failed:
                self._drop()
                raise TransientError(f"Kafka at {self._client.brokers} cannot be read: {failed}") from None

    def _end(self, consumer: KafkaConsumer, place: TopicPartition) -> int:
        if place.partition not in (consumer.partitions_for_topic(place.topic) or ()):
            return 0
        found: int = consumer.end_offsets([place], timeout_ms=int(READ_SECONDS * 1000))[place]
        return found

    def _read(
        self, consumer: KafkaConsumer, place: TopicPartition, after: int, records: int, size: int
    ) -> Sequence[LogRecord]:
        end = self._end(consumer, place)
        found: list[LogRecord] = []
        if after >= end or records < 1:
            return found
        consumer.assign([place])
        consumer.seek(place, after)
        deadline = monotonic() + READ_SECONDS
        while consumer.position(place) < end:
            for message in consumer.poll(_POLL_MS, max_records=records - len(found)).get(place, ()):
                where = f"{place.topic} partition {place.partition} offset {message.offset}"
                found.append(record_of(message.offset, message.value, message.headers, where))
                size -= len(message.value)
                if size <= 0 or len(found) == records:
                    return found
            if monotonic() > deadline:
                raise errors.KafkaTimeoutError(f"no message of {place.topic} within {READ_SECONDS:g} s")
        return found

    def _drop(self) -> None:
        consumer, self._opened = self._opened, None
        if consumer is not None:
            consumer.close(autocommit=False)


_CONSUMER: Final[dict[str, Any]] = {
    "group_id": None,
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",
    "allow_auto_create_topics": False,
    "max_partition_fetch_bytes": MESSAGE_BYTES,
    "request_timeout_ms": 15_000,
    "metrics_enabled": False,
}
