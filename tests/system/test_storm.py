"""The chaos proof over a real Kafka and PostgreSQL, in the size that CI has time for (benchmarks/chaos.py: whole)."""

from pathlib import Path

import pytest

from tests.kafka.brokers import RealBroker
from tests.kafka.fixtures import real_kafka
from tests.postgres.server import required, running
from tests.system.storm import Size, differing, standing, undisturbed, weather

__all__ = ["real_kafka"]  # a fixture
pytestmark = pytest.mark.heavy


def test_whatever_happens_to_workers_broker_and_database_the_end_is_that_of_an_undisturbed_run(
    tmp_path: Path, real_kafka: RealBroker
) -> None:
    required()
    size = Size(usage=60_000, alarms=6_000, disturbances=10)
    wanted = undisturbed(tmp_path / "calm", size)
    with running() as postgres:
        storm = weather(real_kafka, postgres, tmp_path, size)
        found = standing(storm.settings)
        print(storm.happened, "delivered twice:", storm.delivered_twice)
        assert differing(found, wanted) == {}
    assert storm.delivered_twice > 0
    assert storm.happened["suspend"] >= 1
