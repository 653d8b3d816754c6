"""The yardstick beside `bench kafka`: an aiokafka consumer loop that only decodes records and counts their rows."""

import asyncio
import json
import sys
import time
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from telassure.evaluation.load import rows_of
from telassure.kernel.codec import decode
from telassure.wiring.settings import Settings, load


async def consume(settings: Settings, topology: str) -> dict[str, Any]:
    """Everything that the topic of a topology holds now, once; PLAINTEXT brokers only."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka.brokers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        topic = f"{settings.kafka.prefix}.{topology}"
        places = [TopicPartition(topic, number) for number in range(settings.partitions)]
        consumer.assign(places)
        left = dict(await consumer.end_offsets(places))
        left = {place: end for place, end in left.items() if end}
        rows, start = 0, time.perf_counter()
        while left:
            for place, records in (await consumer.getmany(timeout_ms=1000)).items():
                for record in records:
                    kind = dict(record.headers)["kind"].decode()
                    rows += rows_of(decode(kind, record.value))
                if records[-1].offset + 1 >= left.get(place, 0):
                    left.pop(place, None)
        seconds = time.perf_counter() - start
    finally:
        await consumer.stop()
    return {"rows": rows, "seconds": round(seconds, 3), "rows_per_second": int(rows / seconds)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(consume(load(), sys.argv[1]))))
