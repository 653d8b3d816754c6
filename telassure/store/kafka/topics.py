"""The topics that the topologies need: what is wanted, what is there, and the changes between the two."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from telassure.store.kafka.messages import MESSAGE_BYTES, topic_of

CREATE: Final = "create"
PARTITIONS: Final = "partitions"
REPLICATION: Final = "replication"
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as wanted or found. `empty`: nothing was ever written to it."""

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str] = field(default_factory=dict)
    empty: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """One step. `change` is "create", "partitions", "replication" or a configuration's name; `refused` says why it is
    not to be done by us."""

    topic: str
    change: str
    before: str
    after: str
    refused: str = ""


class Cluster(Protocol):
    """What a plan is made from and applied to."""

    def found(self, wanted: Sequence[Topic]) -> Mapping[str, Topic]:
        """Those of the wanted topics that are there, with the configurations that are wanted of them."""
        ...

    def create(self, topics: Sequence[Topic]) -> None: ...
    def grow(self, counts: Mapping[str, int]) -> None: ...
    def configure(self, configs: Mapping[str, Mapping[str, str]]) -> None: ...


def wanted(prefix: str, topologies: Sequence[str], partitions: int, replication: int, days: int) -> Sequence[Topic]:
    """One topic per topology. It is read once and then kept `days` for whoever must read it again: not compacted."""
    config = {
        "cleanup.policy": "delete",
        "retention.ms": str(days * _DAY_MS),
        "max.message.bytes": str(MESSAGE_BYTES),
        "message.timestamp.type": "CreateTime",
        "min.insync.replicas": str(2 if replication > 2 else 1),
    }
    return [Topic(topic_of(prefix, name), partitions, replication, config) for name in topologies]


def plan(wishes: Sequence[Topic], found: Mapping[str, Topic]) -> Sequence[Change]:
    """What is to change, topic by topic; nothing where all is as wanted."""
    return [change for wish in wishes for change in _changes(wish, found.get(wish.name))]


def apply(cluster: Cluster, wishes: Sequence[Topic], changes: Sequence[Change]) -> None:
    """Do what a plan says; what it refuses is left alone. Applied twice it does nothing the second time."""
    todo = [each for each in changes if not each.refused]
    made = {each.topic for each in todo if each.change == CREATE}
    cluster.create([wish for wish in wishes if wish.name in made])
    cluster.grow({each.topic: int(each.after) for each in todo if each.change == PARTITIONS})
    configs: dict[str, dict[str, str]] = {}
    for each in todo:
        if each.change not in (CREATE, PARTITIONS, REPLICATION):
            configs.setdefault(each.topic, {})[each.change] = each.after
    cluster.configure(configs)


def _changes(wish: Topic, there: Topic | None) -> Iterator[Change]:
    if there is None:
        shape = f"{wish.partitions} partitions, {wish.replication} replicas"
        yield Change(wish.name, CREATE, "", ", ".join([shape, *(f"{k}={v}" for k, v in wish.config.items())]))
        return
    if there.partitions != wish.partitions:
        counts = str(there.partitions), str(wish.partitions)
        yield Change(wish.name, PARTITIONS, *counts, _partitions_refused(wish, there))
    if there.replication != wish.replication:
        mend = "replicas are moved with Kafka's own kafka-reassign-partitions; or set kafka.replication to what is"
        yield Change(wish.name, REPLICATION, str(there.replication), str(wish.replication), mend)
    for name, value in wish.config.items():
        if (now := there.config.get(name, "")) != value:
            yield Change(wish.name, name, now, value)


def _partitions_refused(wish: Topic, there: Topic) -> str:
    """Why the number of partitions may not change, or nothing."""
    if wish.partitions < there.partitions:
        return (
            f"a topic cannot lose partitions: set partitions = {there.partitions}, or begin with another kafka.prefix"
        )
    if there.empty:
        return ""
    return (
        f"keys would move between partitions, away from their state: set partitions = {there.partitions}, "
        "or begin with another kafka.prefix and an empty database"
    )
