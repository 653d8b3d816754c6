"""The delivery of notices, wired: the outboxes of the topologies that have any, the receivers that are set."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from threading import Event
from typing import Final, Protocol

from prometheus_client import CollectorRegistry
from pydantic import SecretStr, ValidationError

from bss_sync.clients.webhook import Receiver
from bss_sync.outbox.delivery import Delivery, receivers_of
from streams.hosts.partition.effects import NOTIFY
from streams.hosts.single_owner import single_owner
from telassure.kernel.errors import ConfigurationError
from telassure.kernel.ports import Choice, OpenLetter
from telassure.observe.deliveries import DeliveryMeter, ReceiverCollector
from telassure.observe.heartbeats import Heart
from telassure.observe.metrics import registry
from telassure.observe.probes import Health, serve
from telassure.store.sql.outgoing import SqlOutgoing
from telassure.wiring.home import Home
from telassure.wiring.places import LOG, TOPOLOGIES, clock_doubt, database_url
from telassure.wiring.settings import Settings

_NAME: Final = "delivery"


class NoticeKeeper(Protocol):
    """An outbox with the letters of the notices that were refused."""

    def replayable_letters(self, choice: Choice, after: str, limit: int) -> Sequence[OpenLetter]: ...
    def requeue(self, several: Sequence[OpenLetter]) -> None: ...
    def close(self) -> None: ...


def receivers(settings: Settings) -> Mapping[str, Receiver]:
    """Who is told, by name; `notify_url` is the receiver "notify"."""
    if not settings.notify_url:
        return settings.receivers
    try:
        return {"notify": Receiver(url=SecretStr(settings.notify_url)), **settings.receivers}
    except ValidationError:
        raise ConfigurationError("notify_url does not begin with http:// or https://") from None  # it may hold a secret


def outboxes(settings: Settings) -> Mapping[str, SqlOutgoing]:
    """The notices of each topology that has any."""
    names = receivers_of(receivers(settings))
    told = [topology.name for topology in TOPOLOGIES.values() if topology.notices]
    return {name: SqlOutgoing(database_url(settings, name), name, NOTIFY, names) for name in told}


@contextmanager
def delivery(settings: Settings) -> Iterator[Delivery]:
    """The delivery of this home, alone until the context ends. OwnedElsewhere where another process has it."""
    with ExitStack() as open_ones:
        if not settings.distributed:
            open_ones.enter_context(single_owner(Home(settings.home).locks / f"{_NAME}.lock"))
        found = registry()
        outgoing = outboxes(settings)
        for each in outgoing.values():
            open_ones.enter_context(closing(each))
        taken = Delivery(outgoing, receivers(settings), DeliveryMeter(found))
        if settings.worker.port:
            open_ones.enter_context(_probes(settings, taken, found))
        yield taken


def deliver(settings: Settings, stop: Event, lost: Callable[[str], None]) -> None:
    """Blocks until `stop` is set; over PostgreSQL it waits until no other process delivers."""
    with delivery(settings) as taken, _alone(settings, stop, lost) as ours:
        if ours:
            heart = Heart(settings.home, _NAME, "delivery of notices", remark=clock_doubt)
            taken.run(stop, heart.beat)
            heart.stop()


@contextmanager
def _alone(settings: Settings, stop: Event, lost: Callable[[str], None]) -> Iterator[bool]:
    if not settings.distributed:
        yield True
        return
    from telassure.store.sql.sole import sole_holder

    with sole_holder(database_url(settings, LOG), _NAME, stop, lost) as ours:
        yield ours


def _probes(settings: Settings, taken: Delivery, found: CollectorRegistry) -> AbstractContextManager[int]:
    found.register(ReceiverCollector(lambda: {lane.receiver: lane.circuit.open for lane in taken.lanes}))
    health = Health(lambda: (), stuck_seconds=settings.worker.stuck_seconds)
    return serve(settings.worker.host, settings.worker.port, health, found)
