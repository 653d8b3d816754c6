"""A web server that ends when it is told to, and returns to whoever started it."""

from collections.abc import Callable
from typing import Any

import uvicorn


class Server(uvicorn.Server):
    """Ends at SIGTERM and SIGINT and returns; uvicorn alone would raise the signal once more afterwards. `beat` is
    called by the loop that serves, several times a second."""

    def __init__(self, config: uvicorn.Config, beat: Callable[[], None] = lambda: None) -> None:
        super().__init__(config)
        self._beat = beat

    async def on_tick(self, counter: int) -> bool:
        self._beat()
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        self._captured_signals.clear()
