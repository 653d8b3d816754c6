"""The brokers of the Kafka tests, started once per session: the mock cluster, and a real one where it can be had."""

import gc
import warnings

from tests.kafka.fixtures import kafka, mock_kafka, real_kafka, secured_kafka

__all__ = ["kafka", "mock_kafka", "real_kafka", "secured_kafka"]


def pytest_runtest_logfinish() -> None:
    """kafka-python leaves the sockets of refused connections to the garbage collector, and pytest holds them until a
    test is over by the exceptions in its log: they go here, not as a warning in whatever test comes next."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
