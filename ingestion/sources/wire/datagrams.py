"""Datagrams from senders that are allowed, with the count of those that the kernel dropped before they were read."""

import contextlib
import select
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from telassure.kernel.errors import ConfigurationError

LARGEST: Final = 65_535
ROOM: Final = 8 << 20
"""Bytes that the kernel is asked to keep for us between two looks."""
_DROPPED: Final = getattr(socket, "SO_RXQ_OVFL", 40)
_COUNT: Final = struct.Struct("I")
Network: TypeAlias = IPv4Network | IPv6Network


class ReceiverSettings(BaseModel):
    """Where a source receives; port 0 is nowhere. `senders` are the networks that are heard."""

    model_config = ConfigDict(extra="forbid")
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    senders: list[str] = Field(default=["127.0.0.0/8", "::1/128"])


def has_a_port(settings: ReceiverSettings) -> bool:
    """Whether a receiver is wanted."""
    return settings.port > 0


def networks(texts: Sequence[str], setting: str) -> tuple[Network, ...]:
    """ConfigurationError where one of them is none."""
    try:
        return tuple(ip_network(each, strict=False) for each in texts)
    except ValueError as wrong:
        raise ConfigurationError(f"{setting}: {wrong}; write networks such as 10.0.0.0/8") from None


@dataclass(slots=True)
class Senders:
    """Who may send, by address; what is known of an address is kept."""

    allowed: Sequence[Network]
    _known: dict[str, bool] = field(default_factory=dict)

    def may(self, address: str) -> bool:
        found = self._known.get(address)
        if found is None:
            if len(self._known) > LARGEST:
                self._known.clear()
            at = ip_address(address.partition("%")[0])
            at = getattr(at, "ipv4_mapped", None) or at
            found = self._known[address] = any(at in each for each in self.allowed)
        return found


@dataclass(slots=True)
class DatagramPort:
    """A UDP socket that is read in batches, and counts what the kernel dropped for want of room (Linux tells)."""

    bound: socket.socket
    _lost: int = 0
    _told: int = 0

    @classmethod
    def at(cls, host: str, port: int) -> "DatagramPort":
        """ConfigurationError where nothing can listen there."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.socket(family, socket.SOCK_DGRAM)
        try:
            bound.bind((host, port))
        except OSError as refused:
            bound.close()
            raise ConfigurationError(f"UDP {host} port {port}: {refused.strerror}; name another, or free it") from None
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        bound.setsockopt(socket.SOL_SOCKET, _DROPPED, 1)
        return cls(bound)

    def read(self, most: int) -> Iterator[tuple[bytes, str, int]]:
        """What has come (the octets, the sender's address and port), at most so many."""
        for _ in range(most):
            try:
                octets, ancillary, _flags, sender = self.bound.recvmsg(LARGEST, 64)
            except (BlockingIOError, InterruptedError):
                return
            for _level, kind, content in ancillary:
                if kind == _DROPPED:
                    self._count(_COUNT.unpack(content[: _COUNT.size])[0])
            yield octets, str(sender[0]), int(sender[1])

    def tell_lost(self, tell: Callable[[str, int], None]) -> None:
        """Say what was lost since this was asked last, where anything was."""
        if self._lost:
            tell("datagrams that the kernel dropped before they were read", self._lost)
            self._lost = 0

    def wait(self, seconds: float) -> bool:
        """Whether anything came within so many seconds."""
        return bool(select.select([self.bound], [], [], seconds)[0])

    def send(self, octets: bytes, address: tuple[str, int]) -> None:
        """An answer that may be lost, as any datagram."""
        with contextlib.suppress(OSError):
            self.bound.sendto(octets, address)

    def _count(self, total: int) -> None:
        self._lost += (total - self._told) & 0xFFFFFFFF
        self._told = total
