"""Notices that a Kafka client's work in its consumer group has failed while it has no partitions."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from telassure.kernel.errors import TransientError

_LOOK: Final = 1.0


def failure_of(consumer: Any) -> BaseException | None:
    """What an aiokafka consumer's coordinator waits to be asked about. Only a fetch asks, and who has no partitions
    fetches nothing: it would neither join its group again nor end. Safe from any thread: nothing is taken."""
    coordinator = getattr(consumer, "_coordinator", None)
    if coordinator is None:
        return None
    pending: BaseException | None = getattr(coordinator, "_pending_exception", None)
    task = getattr(coordinator, "_coordination_task", None)
    if pending is None and task is not None and task.done() and not task.cancelled():
        return task.exception()  # type: ignore[no-any-return]
    return pending


async def watch_group(consumer: Callable[[], Any]) -> None:
    """Raise a TransientError with what keeps the client out of its group: the process ends and is started again."""
    while True:
        await asyncio.sleep(_LOOK)
        failure = failure_of(consumer())
        if failure is not None:
            raise TransientError(f"kafka.brokers: the group cannot be joined: {failure!r}") from failure
