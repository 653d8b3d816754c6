"""Looks at a Kafka cluster without changing it: its brokers, and topics as they are."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from kafka import KafkaAdminClient, errors
from kafka.admin import ConfigResource, ConfigResourceType

from telassure.kernel.errors import TransientError
from telassure.store.kafka.client import KafkaClientSettings, opened

_ANSWER_MS: Final = 5_000
_OPEN_MS: Final = 2_500  # a client that is refused tries on for as long


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as found. `leaderless` counts partitions that no broker serves; `retention_ms` is None where the cluster
    does not say, -1 for ever."""

    partitions: int
    replication: int
    leaderless: int
    retention_ms: int | None
    cleanup: str


@contextmanager
def _admin(client: KafkaClientSettings) -> Iterator[KafkaAdminClient]:
    admin = opened(KafkaAdminClient, client, bootstrap_timeout_ms=_OPEN_MS, request_timeout_ms=_ANSWER_MS)
    try:
        yield admin
    except errors.KafkaError as failed:
        raise TransientError(f"Kafka at {client.brokers}: {failed}") from None
    finally:
        admin.close()


def brokers(client: KafkaClientSettings) -> int:
    """How many brokers the cluster names, after the whole of TLS and SASL."""
    with _admin(client) as admin:
        return len(admin.describe_cluster()["brokers"])


def topics(client: KafkaClientSettings, names: Sequence[str]) -> Mapping[str, TopicState | None]:
    """Each topic of these names, None where there is none."""
    with _admin(client) as admin:
        there = sorted(set(names) & set(admin.list_topics()))
        described = {each["name"]: each["partitions"] for each in (admin.describe_topics(there) if there else ())}
        settings = _settings(admin, there)
    found: dict[str, TopicState | None] = dict.fromkeys(names)
    for name, partitions in described.items():
        copies = min((len(each["replica_nodes"]) for each in partitions), default=0)
        leaderless = sum(each["leader_id"] < 0 for each in partitions)
        kept = settings.get(name, {})
        retention = int(kept["retention.ms"]) if kept.get("retention.ms") else None
        found[name] = TopicState(len(partitions), copies, leaderless, retention, kept.get("cleanup.policy", ""))
    return found


def _settings(admin: KafkaAdminClient, names: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """Retention and clean-up of topics; nothing where the cluster does not answer such questions."""
    wanted = {"retention.ms": None, "cleanup.policy": None}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, dict(wanted)) for name in names]
    try:
        answer = admin.describe_configs(asked, config_filter="all") if asked else {}
    except (errors.UnsupportedVersionError, errors.IncompatibleBrokerVersion, errors.KafkaConnectionError):
        return {}
    found = {}
    for of_type in answer.values():
        for name, settings in of_type.items():
            found[name] = {
                key: str(each["value"] if isinstance(each, dict) else each) for key, each in settings.items()
            }
    return found
