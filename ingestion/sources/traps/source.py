"""SNMPv2c notifications over UDP as a source of input: mappings say what each trap is."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event
from typing import Final

from pydantic import Field, SecretStr

from ingestion.batches.batch import Refusal
from ingestion.sources.source import THREAD, Ground, InputSource
from ingestion.sources.traps.notification import SnmpNotification, notification_of
from ingestion.sources.wire.arrivals import Arrivals, arrivals
from ingestion.sources.wire.datagrams import DatagramPort, ReceiverSettings, Senders, has_a_port, networks
from telassure.kernel.errors import ConfigurationError, InvalidInput

_MOST: Final = 2_000
_PATIENCE: Final = 0.2


class TrapSettings(ReceiverSettings):
    """Where traps and informs are received; port 0 is nowhere. `community` is what they have to bring, `senders` are
    the networks that are heard. The first of `mappings` that takes a trap says what it is."""

    community: SecretStr = SecretStr("")
    mappings: list[str] = Field(default=["trap-link", "trap-bgp4", "trap-ups"], min_length=1)


@dataclass(slots=True)
class TrapReceiver:
    """Reads what came and takes it; an inform is answered once it is durable."""

    ground: Ground
    arrivals: Arrivals
    senders: Senders
    community: bytes
    port: DatagramPort

    def run(self, stop: Event) -> None:
        while not stop.is_set():
            self.ground.beat()
            if self.port.wait(_PATIENCE):
                self._take(list(self.port.read(_MOST)), stop)
            self.port.tell_lost(self.ground.tell)

    def _take(self, packets: Sequence[tuple[bytes, str, int]], stop: Event) -> None:
        documents, refused, answers = [], [], []
        for packet, sender, port in packets:
            if not self.senders.may(sender):
                self.ground.tell("from senders that traps.senders does not name", 1)
                continue
            try:
                found = notification_of(packet)
            except InvalidInput as wrong:
                refused.append(Refusal(f"packet of {sender}", wrong.reason))
                continue
            if self._knows(found):
                documents.append(found.document(sender))
                answers += [(found.answer, (sender, port))] if found.answer else []
        if documents or refused:
            self.arrivals.take(documents, refused, stop)
        for answer, address in answers:
            self.port.send(answer, address)

    def _knows(self, found: SnmpNotification) -> bool:
        if hmac.compare_digest(found.community, self.community):
            return True
        self.ground.tell("with a community that is not traps.community", 1)
        return False


def _receive(ground: Ground, settings: TrapSettings, stop: Event) -> None:
    community = settings.community.get_secret_value()
    if not community:
        raise ConfigurationError("traps.community is empty; set what agents bring (TELASSURE_TRAPS__COMMUNITY)")
    taking = arrivals(ground, settings.mappings, "traps")
    senders = Senders(networks(settings.senders, "traps.senders"))
    port = DatagramPort.at(settings.host, settings.port)
    try:
        TrapReceiver(ground, taking, senders, community.encode(), port).run(stop)
    finally:
        port.bound.close()


TRAPS: Final = InputSource(
    name="traps",
    text="SNMPv2c traps and informs",
    section="traps",
    settings=TrapSettings,
    run=_receive,
    runs=THREAD,
    wanted=has_a_port,
)
