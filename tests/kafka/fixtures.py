"""Session fixtures of Kafka, to be imported by the conftest of any folder of tests that needs a broker."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.kafka.brokers import RealBroker, missing, mock_cluster, real_broker


@dataclass(frozen=True)
class Cluster:
    """Where brokers listen. Each test names topics of its own in it; the mock one makes them by being asked."""

    bootstrap: str
    real: bool


@pytest.fixture(scope="session")
def mock_kafka() -> Iterator[Cluster]:
    with mock_cluster() as bootstrap:
        yield Cluster(bootstrap, real=False)


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


@pytest.fixture(scope="session", params=["mock", "real"])
def kafka(request: pytest.FixtureRequest) -> Cluster:
    """The same test against both."""
    if request.param == "mock":
        mocked: Cluster = request.getfixturevalue("mock_kafka")
        return mocked
    broker: RealBroker = request.getfixturevalue("real_kafka")
    return Cluster(broker.bootstrap, real=True)


def _required() -> None:
    if why := missing():
        if os.environ.get("TELASSURE_REQUIRE_KAFKA") == "1":
            pytest.fail(why)
        pytest.skip(why)
