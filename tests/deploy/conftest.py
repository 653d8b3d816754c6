"""The servers that the processes of deploy/ are tested over."""

from tests.kafka.fixtures import real_kafka
from tests.postgres.server import postgres

__all__ = ["postgres", "real_kafka"]
