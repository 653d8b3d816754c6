"""Publishes entries so that every partition's order is theirs, whatever fails and however often it is tried again."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any, Final

from kafka import KafkaProducer, errors

from telassure.kernel.errors import ConfigurationError, PermanentError, TelassureError, TransientError
from telassure.kernel.ports import Entry
from telassure.store.kafka.client import KafkaClientSettings, opened
from telassure.store.kafka.messages import MESSAGE_BYTES, check_size, headers_of, size_of, topic_of

PUBLISH_SECONDS: Final = 20.0  # the ledger's transaction is open that long at most
BATCH_BYTES: Final = 1_000_000  # of one partition in one request: under the 1 MiB that brokers take unless told
ROUND_BYTES: Final = 32 << 20
_METADATA_SECONDS: Final = 10.0
_log = logging.getLogger(__name__)


class Publisher:
    """One idempotent producer, opened at first use, thread-safe; one `publish` at a time.

    Entries go out in rounds of at most one batch per partition, and a round begins when the one before it is
    acknowledged: what reaches a partition of a publish that fails is a prefix of its entries. Tried again, they follow
    in the same order, and who reads takes each one's first occurrence: nothing is reordered or lost. A producer that
    failed is never used again, since its unacknowledged batches would leave a gap in its sequence.
    """

    def __init__(self, client: KafkaClientSettings, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._gate = Lock()
        self._opened: KafkaProducer | None = None
        self._closed = False

    def connect(self) -> None:
        """Open the producer now, so that wrong settings show at the start: ConfigurationError."""
        with self._gate:
            self._open()

    def check(self, entries: Sequence[Entry]) -> None:
        """PermanentError for an entry that is too large; TransientError where a topic or a partition of these is not
        there (or the brokers are not)."""
        for entry in entries:
            check_size(entry)
        with self._gate:
            for topic, partition in {(topic_of(self._prefix, each.topology), each.partition) for each in entries}:
                known = self._partitions(topic)
                if partition not in known:
                    raise TransientError(
                        f"{topic} has {len(known)} partitions and none numbered {partition}: the setting `partitions` "
                        f"is not what the topic was made with; see telassure topics plan"
                    )

    def publish(self, entries: Sequence[Entry]) -> None:
        """Acknowledged by all replicas in sync when it returns. TransientError where they were not, PermanentError
        where a topic refuses a message for its size; a prefix may have arrived then."""
        with self._gate:
            for round_ in _rounds(entries):
                try:
                    self._send(round_)
                except errors.KafkaError as failed:
                    self._drop()
                    raise self._meaning(failed) from None
                except BaseException:
                    self._drop()  # whatever it was, half a round must not leave with the next one
                    raise

    def close(self) -> None:
        with self._gate:
            self._closed = True
            self._drop()

    def _open(self) -> KafkaProducer:
        if self._closed:
            raise TransientError("the log is closed; send it again to the next instance")
        if self._opened is None:
            self._opened = opened(KafkaProducer, self._client, **_PRODUCER)
        return self._opened

    def _producer(self) -> KafkaProducer:
        """Wrong settings are no fault of the entries, which must not become dead letters for them."""
        try:
            return self._open()
        except ConfigurationError as wrong:
            raise TransientError(str(wrong)) from None

    def _partitions(self, topic: str) -> set[int]:
        try:
            known: set[int] = self._producer().partitions_for(topic)
        except errors.KafkaTimeoutError:
            self._drop()
            text = f"the brokers know no topic {topic}; make it with: telassure topics apply"
            raise TransientError(text) from None
        except errors.KafkaError as failed:
            self._drop()
            raise self._meaning(failed) from None
        return known

    def _send(self, entries: Sequence[Entry]) -> None:
        producer = self._producer()
        futures = [
            producer.send(
                topic_of(self._prefix, each.topology), each.payload, headers=headers_of(each), partition=each.partition
            )
            for each in entries
        ]
        producer.flush(PUBLISH_SECONDS + 5)
        for future in futures:
            if future.failed():
                raise future.exception

    def _drop(self) -> None:
        producer, self._opened = self._opened, None
        if producer is None:
            return
        try:
            producer.close(timeout=1)
        except errors.KafkaError:  # close() gives up at its flush, and the thread would go on sending
            producer._sender.force_close()
            with suppress(errors.KafkaError):
                producer.close(timeout=1)

    def _meaning(self, failed: errors.KafkaError) -> TelassureError:
        _log.warning("publishing to %s failed: %s", self._client.brokers, failed)
        if isinstance(failed, (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError)):
            hint = f"let it take {MESSAGE_BYTES:,} bytes (max.message.bytes) with: telassure topics apply"
            return PermanentError(f"a topic of {self._prefix} refuses a message for its size; {hint}")
        if isinstance(failed, errors.AuthorizationError):
            return TransientError(f"{self._client.username!r} may not write to {self._prefix}.*: {failed}; grant it")
        return TransientError(f"Kafka at {self._client.brokers} has not acknowledged what was published: {failed}")


_PRODUCER: Final[dict[str, Any]] = {
    "acks": "all",
    "enable_idempotence": True,
    "delivery_timeout_ms": int(PUBLISH_SECONDS * 1000),
    "request_timeout_ms": 10_000,
    "max_block_ms": int(_METADATA_SECONDS * 1000),
    "linger_ms": 9_000,  # a batch leaves when the flush asks for it, never half full
    "batch_size": BATCH_BYTES + 4_096,
    "max_request_size": ROUND_BYTES + MESSAGE_BYTES + (1 << 20),
    "allow_auto_create_topics": False,
    "metrics_enabled": False,
}


def _rounds(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Cut, in order, wherever a partition's batch or the whole would grow too large, and before an entry that is to
    leave last."""
    begin, total = 0, 0
    filled: dict[tuple[str, int], int] = {}
    for index, entry in enumerate(entries):
        size, place = size_of(entry), (entry.topology, entry.partition)
        full = place in filled and filled[place] + size > BATCH_BYTES
        if full or (total and (entry.last or total + size > ROUND_BYTES)):
            yield entries[begin:index]
            begin, total, filled = index, 0, {}
        filled[place] = filled.get(place, 0) + size
        total += size
    if begin < len(entries):
        yield entries[begin:]
