"""The chaos proof over a real Kafka and PostgreSQL, in the size that CI has time for (benchmarks/chaos.py: whole)."""

from pathlib import Path

import pytest

from tests.kafka.brokers import real_broker
from tests.postgres.server import running
from tests.system.storm import Size, differing, standing, undisturbed, weather

pytestmark = pytest.mark.heavy


def test_whatever_happens_to_workers_broker_and_database_the_end_is_that_of_an_undisturbed_run(
    tmp_path: Path, servers: None
) -> None:
    size = Size(usage=60_000, alarms=6_000, disturbances=10)
    wanted = undisturbed(tmp_path / "calm", size)
    with real_broker() as broker, running() as postgres:
        storm = weather(broker, postgres, tmp_path, size)
        found = standing(storm.settings)
        print(storm.happened, "delivered twice:", storm.delivered_twice)
        assert differing(found, wanted) == {}
    assert storm.delivered_twice > 0
    assert storm.happened["suspend"] >= 1
