"""Syslog over UDP and TCP as a source of input: a mapping says which messages are alarms."""

import selectors
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event
from typing import Final

from pydantic import Field

from ingestion.batches.batch import Refusal
from ingestion.sources.source import THREAD, Ground, InputSource
from ingestion.sources.syslog.frames import BrokenFrame, FrameReader
from ingestion.sources.syslog.message import document_of
from ingestion.sources.wire.arrivals import Arrivals, arrivals
from ingestion.sources.wire.datagrams import DatagramPort, ReceiverSettings, Senders, has_a_port, networks
from telassure.kernel.errors import ConfigurationError, InvalidInput

_MOST: Final = 2_000
"""Messages of one batch."""
_PATIENCE: Final = 0.2
_PIECE: Final = 65_536


class SyslogSettings(ReceiverSettings):
    """Where syslog is received, over UDP and TCP; port 0 is nowhere. `senders` are the networks that are heard, of
    which at most `connections` are open. The first of `mappings` that takes a message says what it is."""

    connections: int = Field(default=256, ge=1)
    mappings: list[str] = Field(default=["syslog"], min_length=1)


@dataclass(slots=True)
class SyslogReceiver:
    """Reads what came, makes documents of it and takes them; while the log is behind nothing is read, so that senders
    over TCP wait and what the kernel drops of UDP is counted."""

    ground: Ground
    arrivals: Arrivals
    senders: Senders
    most_open: int
    port: DatagramPort
    listener: socket.socket
    _ready: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _streams: dict[socket.socket, tuple[FrameReader, str]] = field(default_factory=dict)

    def run(self, stop: Event) -> None:
        for each in (self.port.bound, self.listener):
            self._ready.register(each, selectors.EVENT_READ)
        while not stop.is_set():
            self.ground.beat()
            arrived = [each for key, _ in self._ready.select(_PATIENCE) for each in self._read(key.fileobj)]
            if arrived:
                self._take(arrived, stop)
            self.port.tell_lost(self.ground.tell)

    def close(self) -> None:
        for each in (*self._streams, self.listener, self.port.bound):
            each.close()
        self._ready.close()

    def _read(self, ready: object) -> Iterator[tuple[bytes, str]]:
        if ready is self.port.bound:
            for octets, sender, _ in self.port.read(_MOST):
                if self._hears(sender):
                    yield octets, sender
        elif ready is self.listener:
            self._accept()
        elif isinstance(ready, socket.socket):
            yield from self._stream(ready)

    def _hears(self, sender: str) -> bool:
        if self.senders.may(sender):
            return True
        self.ground.tell("from senders that syslog.senders does not name", 1)
        return False

    def _accept(self) -> None:
        try:
            opened, address = self.listener.accept()
        except OSError:
            return
        if not self._hears(str(address[0])) or len(self._streams) >= self.most_open:
            opened.close()
            return
        opened.setblocking(False)
        self._streams[opened] = (FrameReader(), str(address[0]))
        self._ready.register(opened, selectors.EVENT_READ)

    def _stream(self, opened: socket.socket) -> Iterator[tuple[bytes, str]]:
        frames, sender = self._streams[opened]
        try:
            piece = opened.recv(_PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            piece = b""
        try:
            for each in frames.messages(piece):
                yield each, sender
        except BrokenFrame as broken:
            self.ground.tell(str(broken), 1)
            piece = b""
        if not piece:
            if rest := frames.rest():
                yield rest, sender
            self._ready.unregister(opened)
            del self._streams[opened]
            opened.close()

    def _take(self, arrived: list[tuple[bytes, str]], stop: Event) -> None:
        now, documents, refused = self.ground.clock.now(), [], []
        for octets, sender in arrived:
            try:
                documents.append(document_of(octets, sender, now, self.ground.zone))
            except InvalidInput as wrong:
                refused.append(Refusal(f"message of {sender}", wrong.reason))
        self.arrivals.take(documents, refused, stop)


def _listening(host: str, port: int) -> socket.socket:
    try:
        found = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as refused:
        raise ConfigurationError(f"syslog: TCP {host} port {port}: {refused.strerror}; name another") from None
    found.setblocking(False)
    return found


def _receive(ground: Ground, settings: SyslogSettings, stop: Event) -> None:
    taking = arrivals(ground, settings.mappings, "syslog")
    senders = Senders(networks(settings.senders, "syslog.senders"))
    port = DatagramPort.at(settings.host, settings.port)
    try:
        listener = _listening(settings.host, settings.port)
    except ConfigurationError:
        port.bound.close()
        raise
    receiver = SyslogReceiver(ground, taking, senders, settings.connections, port, listener)
    try:
        receiver.run(stop)
    finally:
        receiver.close()


SYSLOG: Final = InputSource(
    name="syslog",
    text="syslog messages over UDP and TCP",
    section="syslog",
    settings=SyslogSettings,
    run=_receive,
    runs=THREAD,
    wanted=has_a_port,
)
