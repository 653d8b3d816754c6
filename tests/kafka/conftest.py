"""The brokers of the Kafka tests, started once per session: the mock cluster, and a real one where it can be had."""

from tests.kafka.fixtures import collected, kafka, mock_kafka, real_kafka, secured_kafka

__all__ = ["collected", "kafka", "mock_kafka", "real_kafka", "secured_kafka"]
