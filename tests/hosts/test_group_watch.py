"""A Kafka client that cannot join its group says so, although nobody fetches with it."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import InvalidRequestError

from streams.hosts.faust import group_watch
from streams.hosts.faust.group_watch import failure_of, watch_group
from telassure.kernel.errors import TransientError
from tests.kafka.brokers import named


def test_what_keeps_a_client_out_of_its_group_ends_the_watch(mock_kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_watch, "_LOOK", 0.01)
    named(mock_kafka, "watched")

    async def watched() -> None:
        consumer: Any = AIOKafkaConsumer("watched", bootstrap_servers=mock_kafka, group_id="watched")
        assert failure_of(consumer) is None
        await consumer.start()
        told = None
        try:
            watch = asyncio.create_task(watch_group(lambda: consumer))
            await asyncio.sleep(0.1)
            assert (failure_of(consumer), watch.done()) == (None, False)
            told = asyncio.create_task(consumer._coordinator._push_error_to_user(InvalidRequestError()))
            await asyncio.wait_for(watch, 10)
        finally:
            if told is not None:
                told.cancel()
            consumer._coordinator._pending_exception = None
            await consumer.stop()

    with pytest.raises(TransientError, match="the group cannot be joined: InvalidRequestError"):
        asyncio.run(watched())


def test_a_client_that_is_not_there_yet_has_not_failed() -> None:
    assert failure_of(None) is None
