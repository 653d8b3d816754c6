"""Topics of a Kafka cluster as they are, and made as they are wanted."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition, errors
from kafka.admin import ConfigResource, ConfigResourceType

from telassure.kernel.errors import ConfigurationError, TelassureError, TransientError
from telassure.store.kafka.client import KafkaClientSettings, opened
from telassure.store.kafka.topics import Topic

_ANSWER_MS: Final = 15_000
Found = TypeVar("Found")


class KafkaTopics:
    """topics.Cluster over a real cluster (the mock one answers none of this). ConfigurationError where it refuses,
    TransientError where it does not answer."""

    def __init__(self, client: KafkaClientSettings) -> None:
        self._client = client
        self._admin = opened(KafkaAdminClient, client, request_timeout_ms=_ANSWER_MS)

    def found(self, wanted: Sequence[Topic]) -> Mapping[str, Topic]:
        return self._told(lambda: self._found({wish.name: wish for wish in wanted}))

    def create(self, topics: Sequence[Topic]) -> None:
        """Returns when every partition has a leader."""
        wishes = {
            each.name: {
                "num_partitions": each.partitions,
                "replication_factor": each.replication,
                "configs": dict(each.config),
            }
            for each in topics
        }
        if wishes:
            self._told(lambda: self._admin.create_topics(wishes, timeout_ms=_ANSWER_MS, wait_for_metadata=True))

    def grow(self, counts: Mapping[str, int]) -> None:
        if counts:
            self._told(lambda: self._admin.create_partitions(dict(counts), timeout_ms=_ANSWER_MS))

    def configure(self, configs: Mapping[str, Mapping[str, str]]) -> None:
        for name, config in configs.items():
            asked = [ConfigResource(ConfigResourceType.TOPIC, name, dict(config))]
            answers = self._told(partial(self._alter, asked))
            refused = {answer for of_type in answers.values() for answer in of_type.values()} - {"OK"}
            if refused:
                raise ConfigurationError(f"the brokers refuse the configuration of {name}: {'; '.join(refused)}")

    def remove(self, names: Sequence[str]) -> None:
        """Delete topics with all that is in them."""
        if names:
            self._told(lambda: self._admin.delete_topics(list(names), timeout_ms=_ANSWER_MS))

    def close(self) -> None:
        self._admin.close()

    def _alter(self, asked: Sequence[Any]) -> Mapping[str, Mapping[str, str]]:
        answers: Mapping[str, Mapping[str, str]] = self._admin.alter_configs(asked)
        return answers

    def _found(self, wishes: Mapping[str, Topic]) -> Mapping[str, Topic]:
        there = sorted(set(wishes) & set(self._admin.list_topics()))
        if not there:
            return {}
        shapes = {each["name"]: each["partitions"] for each in self._admin.describe_topics(there)}
        configs = self._configs({name: wishes[name].config for name in there})
        written = self._written({name: len(shapes[name]) for name in there})
        return {
            name: Topic(
                name,
                len(shapes[name]),
                min(len(each["replica_nodes"]) for each in shapes[name]),
                configs[name],
                empty=name not in written,
            )
            for name in there
        }

    def _configs(self, asked: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
        """The values in force, defaults among them."""
        resources = [
            ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(each)) for name, each in asked.items()
        ]
        answer = self._admin.describe_configs(resources, config_filter="all")
        found = {name: value for of_type in answer.values() for name, value in of_type.items()}
        return {name: {key: str(each["value"]) for key, each in found.get(name, {}).items()} for name in asked}

    def _written(self, counts: Mapping[str, int]) -> set[str]:
        """Which topics have ever been written to."""
        places = [TopicPartition(name, number) for name, count in counts.items() for number in range(count)]
        consumer = opened(KafkaConsumer, self._client, group_id=None, enable_auto_commit=False)
        try:
            ends = consumer.end_offsets(places, timeout_ms=_ANSWER_MS)
        finally:
            consumer.close(autocommit=False)
        return {place.topic for place, end in ends.items() if end > 0}

    def _told(self, ask: Callable[[], Found]) -> Found:
        try:
            return ask()
        except errors.KafkaError as failed:
            raise self._meaning(failed) from None

    def _meaning(self, failed: errors.KafkaError) -> TelassureError:
        if isinstance(failed, errors.InvalidReplicationFactorError):
            return ConfigurationError(f"kafka.replication asks for more replicas than there are brokers: {failed}")
        if isinstance(failed, errors.AuthorizationError):
            hint = "it needs Create, Describe, DescribeConfigs and AlterConfigs on these topics"
            return ConfigurationError(f"{self._client.username!r} may not do this: {failed}; {hint}")
        if isinstance(failed, (errors.InvalidConfigurationError, errors.PolicyViolationError)):
            return ConfigurationError(f"the brokers refuse these topics: {failed}")
        return TransientError(f"Kafka at {self._client.brokers}: {failed}")
