"""An event loop in simulated time: it runs what is due when it is told to, in one order, and waits for nothing."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import Context
from heapq import heappop, heappush
from typing import Any, TypeVar, TypeVarTuple, Unpack

from telassure.evaluation.torture.timeline import Timeline

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


class SimulatedLoop(asyncio.BaseEventLoop):
    """Threads are calls at once. What ends the program inside of a task is raised by `turn`."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__()
        self._timeline = timeline
        self._soon: deque[asyncio.Handle] = deque()
        self._later: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._number = 0

    def time(self) -> float:
        return self._timeline.seconds

    def call_soon(
        self, callback: Callable[[Unpack[_Ts]], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._soon.append(handle)
        return handle

    call_soon_threadsafe = call_soon

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[_Ts]], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._number += 1
        heappush(self._later, (when, self._number, handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """It is dropped when its time comes."""

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[_Ts]], _T], *args: *_Ts
    ) -> asyncio.Future[_T]:
        found: asyncio.Future[_T] = self.create_future()
        try:
            found.set_result(func(*args))
        except Exception as failure:
            found.set_exception(failure)
        return found

    def call_exception_handler(self, context: Any) -> None:
        """Nobody reads it: what matters is looked at in the end."""

    def __del__(self) -> None:
        """It ends with its program, and holds nothing open."""

    def turn(self) -> None:
        """Everything that is due."""
        before = asyncio._get_running_loop()
        asyncio._set_running_loop(None)
        asyncio._set_running_loop(self)
        try:
            while self._due():
                handle = self._soon.popleft()
                if not handle.cancelled():
                    handle._run()
        finally:
            asyncio._set_running_loop(before)

    def _due(self) -> bool:
        while self._later and self._later[0][0] <= self.time():
            _, _, handle = heappop(self._later)
            if not handle.cancelled():
                self._soon.append(handle)
        return bool(self._soon)
