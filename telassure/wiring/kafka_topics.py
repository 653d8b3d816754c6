"""The topics that the settings want, and how to reach the cluster that holds them."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from telassure.kernel.errors import ConfigurationError
from telassure.store.kafka import topics
from telassure.store.kafka.admin import KafkaTopics
from telassure.wiring.places import TOPOLOGIES, kafka_client
from telassure.wiring.settings import Settings


def wanted_topics(settings: Settings) -> Sequence[topics.Topic]:
    kafka = settings.kafka
    return topics.wanted(kafka.prefix, list(TOPOLOGIES), settings.partitions, kafka.replication, kafka.topic_days)


@contextmanager
def cluster(settings: Settings) -> Iterator[KafkaTopics]:
    """ConfigurationError where no brokers are set."""
    if not settings.distributed:
        raise ConfigurationError("kafka.brokers is not set: the embedded system has no topics")
    with closing(KafkaTopics(kafka_client(settings))) as found:
        yield found


def make_topics(settings: Settings) -> None:
    """All of them as wanted; ConfigurationError where one that is there cannot become so."""
    with cluster(settings) as kafka:
        wishes = wanted_topics(settings)
        changes = topics.plan(wishes, kafka.found(wishes))
        for each in changes:
            if each.refused:
                raise ConfigurationError(f"{each.topic}: {each.change}: {each.refused}")
        topics.apply(kafka, wishes, changes)


@contextmanager
def own_topics(settings: Settings) -> Iterator[None]:
    """Topics that are there inside the block only: for measurements, with a prefix of their own."""
    make_topics(settings)
    try:
        yield
    finally:
        with cluster(settings) as kafka:
            kafka.remove([each.name for each in wanted_topics(settings)])
