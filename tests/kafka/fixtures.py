"""Session fixtures of Kafka, to be imported by the conftest of any folder of tests that needs a broker."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest

from telassure.store.kafka.client import KafkaClientSettings
from tests.kafka.brokers import RealBroker, create, missing, mock_cluster, named, real_broker

_numbers = count(1)
PARTITIONS = 4
MOCK_VERSION = (2, 0)  # what kafka-python has to be told of the mock cluster, which does not tell it itself


@dataclass(frozen=True)
class Cluster:
    """Where brokers listen. Each Cluster object has a prefix of its own for its topics."""

    bootstrap: str
    real: bool
    prefix: str = field(default_factory=lambda: f"test{next(_numbers)}")

    @property
    def client(self) -> KafkaClientSettings:
        return KafkaClientSettings(self.bootstrap, api_version=None if self.real else MOCK_VERSION)

    def create(self, *topologies: str, **config: str) -> None:
        """The topics of these topologies, with PARTITIONS partitions; the mock cluster takes no configuration."""
        for topology in topologies:
            if self.real:
                create(self.bootstrap, f"{self.prefix}.{topology}", PARTITIONS, **config)
            else:
                named(self.bootstrap, f"{self.prefix}.{topology}")


@pytest.fixture(scope="session")
def mock_kafka() -> Iterator[str]:
    """Its bootstrap servers."""
    with mock_cluster() as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def real_kafka() -> Iterator[RealBroker]:
    """One for the session: who restarts or pauses it leaves it running."""
    _required()
    with real_broker() as broker:
        yield broker


@pytest.fixture(scope="session")
def secured_kafka() -> Iterator[RealBroker]:
    """One that also listens with SASL_SSL and SSL."""
    _required()
    with real_broker(secured=True) as broker:
        yield broker


@pytest.fixture(params=["mock", "real"])
def kafka(request: pytest.FixtureRequest) -> Cluster:
    """The same test against both, each with topics of its own."""
    if request.param == "mock":
        return Cluster(request.getfixturevalue("mock_kafka"), real=False)
    broker: RealBroker = request.getfixturevalue("real_kafka")
    return Cluster(broker.bootstrap, real=True)


def _required() -> None:
    if why := missing():
        if os.environ.get("TELASSURE_REQUIRE_KAFKA") == "1":
            pytest.fail(why)
        pytest.skip(why)
