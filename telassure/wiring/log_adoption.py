"""Looking through a whole log, and accepting it as it is."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from telassure.kernel.errors import ConfigurationError
from telassure.kernel.ports import Checkpoint, Turn
from telassure.store.sql.checkpoints import stored_checkpoints, witnesses
from telassure.store.sql.log_adoption import AdoptedStream, adopt
from telassure.store.sql.log_audit import LogAudit, audit
from telassure.wiring.places import LOG, TOPOLOGIES, WallClock, database_url, state_store
from telassure.wiring.settings import Settings


@dataclass(frozen=True, slots=True)
class Adoption:
    """What became of the partitions that were accepted, and the topologies whose databases could not be asked."""

    streams: Sequence[AdoptedStream]
    unread: Sequence[str]


def adopt_log(settings: Settings) -> Adoption:
    """Accept the log as it is from now on, and let every partition go on there."""
    if settings.distributed:
        raise ConfigurationError("a log over Kafka is adopted by a topic; see docs/operations.md")
    known, unread = stored_checkpoints({name: database_url(settings, name) for name in TOPOLOGIES})
    found = adopt(database_url(settings, LOG), known, WallClock().now())
    for each in found:
        stood = known.get((each.topology, each.partition), Checkpoint(0, b""))
        if each.topology in TOPOLOGIES and each.topology not in unread:
            with closing(state_store(settings, each.topology)) as store:
                store.move(Turn(each.topology, each.partition, stood.offset, each.offset, stood.clocks, mark=each.mark))
    return Adoption(found, unread)


def audited_log(settings: Settings) -> LogAudit:
    """Every record of the log, looked at once, and whether it is the log that the states have read."""
    if settings.distributed:
        raise ConfigurationError("a log over Kafka is verified by its brokers; telassure doctor looks at its topics")
    urls = {name: database_url(settings, name) for name in TOPOLOGIES}
    return audit(database_url(settings, LOG), witnesses=lambda: tuple(witnesses(urls)))
