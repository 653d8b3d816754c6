"""A web server that ends when it is told to, and returns to whoever started it."""

from typing import Any

import uvicorn


class Server(uvicorn.Server):
    """Ends at SIGTERM and SIGINT and returns; uvicorn alone would raise the signal once more afterwards."""

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        self._captured_signals.clear()
