"""`telassure bench kafka` over servers of its own: a real Kafka and a real PostgreSQL, started here and ended.

    python -m benchmarks.over_kafka [--scale 1.0]

For servers that are there already: `telassure bench kafka` with TELASSURE_KAFKA__BROKERS and TELASSURE_DATABASE__URL.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from telassure.evaluation.kafka import ClusterAmounts, measure
from telassure.wiring.settings import DatabaseSettings, KafkaSettings, Settings
from tests.kafka.brokers import real_broker
from tests.postgres.server import PASSWORD, running


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    scale = parser.parse_args().scale
    with tempfile.TemporaryDirectory() as home, real_broker() as broker, running() as postgres:
        settings = Settings(
            home=Path(home),
            pseudonym_key="0" * 32,
            log_level="WARNING",
            kafka=KafkaSettings(brokers=broker.bootstrap),
            database=DatabaseSettings(url=postgres.address, password=PASSWORD),
        )
        found = measure(settings, ClusterAmounts().scaled(scale), lambda text: print(text, file=sys.stderr))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
