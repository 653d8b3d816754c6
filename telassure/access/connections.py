"""How many connections strangers may hold: idle ones end by themselves, the longest idle makes room for a new one."""

import asyncio
import resource
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS: Final = 10.0
"""How long a connection may stay without a whole request head."""
_FEWEST: Final = 32


def most_connections() -> int:
    """Half of what this process may have open: the log, its databases and threads need theirs."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(_FEWEST, min(4_096, soft // 2 if soft != resource.RLIM_INFINITY else 4_096))


@dataclass(slots=True)
class ConnectionRoom:
    """The open connections of one server: at most `most`, and `each` of one address. Those that ask nothing stand in
    the order in which they fell idle: where there is no room the first of them ends, and where all ask the new one."""

    most: int = field(default_factory=most_connections)
    each: int = 0
    head_seconds: float = HEAD_SECONDS
    ended: int = 0
    _open: dict["BoundedProtocol", str] = field(default_factory=dict)
    _idle: "OrderedDict[BoundedProtocol, None]" = field(default_factory=OrderedDict)
    _by_address: dict[str, int] = field(default_factory=dict)

    def admits(self, new: "BoundedProtocol", address: str) -> bool:
        """Make room for a new connection; False where there is none."""
        limit = self.each or max(1, self.most // 2)
        if self._by_address.get(address, 0) >= limit:
            self._end_first(each for each in self._idle if self._open[each] == address)
        elif len(self._open) >= self.most:
            self._end_first(iter(self._idle))
        if self._by_address.get(address, 0) >= limit or len(self._open) >= self.most:
            self.ended += 1
            return False
        self._open[new] = address
        self._by_address[address] = self._by_address.get(address, 0) + 1
        self._idle[new] = None
        return True

    def asks(self, one: "BoundedProtocol") -> None:
        """It has sent a whole head: it is served."""
        self._idle.pop(one, None)

    def rests(self, one: "BoundedProtocol") -> None:
        """It was answered, and asks nothing now."""
        if one in self._open:
            self._idle[one] = None

    def leaves(self, one: "BoundedProtocol") -> None:
        """It is gone."""
        address = self._open.pop(one, None)
        self._idle.pop(one, None)
        if address is not None:
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    def _end_first(self, several: "Iterator[BoundedProtocol]") -> None:
        oldest = next(several, None)
        if oldest is not None:
            self.ended += 1
            oldest.end()
            self.leaves(oldest)


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 in a room: `protocol_in` makes the class for one server."""

    room: ConnectionRoom
    _patience: asyncio.TimerHandle | None = None
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        peer = transport.get_extra_info("peername")
        if not self.room.admits(self, str(peer[0]) if peer else ""):
            self._refused = True
            transport.abort()
            return
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        super().data_received(data)
        if self._asking:
            self.room.asks(self)
            self._no_longer_wait()
        elif self._patience is None:
            self._wait()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._asking:
            self.room.rests(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._refused:
            return
        self._no_longer_wait()
        self.room.leaves(self)
        super().connection_lost(exc)

    def end(self) -> None:
        """Hang up."""
        self._no_longer_wait()
        self.transport.abort()

    @property
    def _asking(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._patience = self.loop.call_later(self.room.head_seconds, self._give_up)

    def _no_longer_wait(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if not self._asking:
            self.room.ended += 1
            self.transport.abort()


def protocol_in(room: ConnectionRoom) -> type[asyncio.Protocol]:
    """The protocol of one server, for `uvicorn.Config(http=...)`."""
    made: Any = type("RoomedProtocol", (BoundedProtocol,), {"room": room})
    found: type[asyncio.Protocol] = made
    return found
