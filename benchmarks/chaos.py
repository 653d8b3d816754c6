"""The whole chaos proof: a million usage records and 200,000 alarms over real servers, three workers a topology.

    python -m benchmarks.chaos [--usage 1000000] [--alarms 200000] [--disturbances 60]

Prints one JSON object; `same` says whether ledger, balances, problems and tickets are those of the undisturbed run.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.kafka.brokers import real_broker
from tests.postgres.server import running
from tests.system.storm import Size, differing, standing, undisturbed, weather


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--usage", type=int, default=1_000_000)
    parser.add_argument("--alarms", type=int, default=200_000)
    parser.add_argument("--disturbances", type=int, default=60)
    parser.add_argument("--seed", type=int, default=11)
    chosen = parser.parse_args()
    size = Size(chosen.usage, chosen.alarms, chosen.disturbances, seed=chosen.seed)
    with tempfile.TemporaryDirectory(prefix="telassure-chaos-") as place:
        start = time.perf_counter()
        wanted = undisturbed(Path(place) / "calm", size)
        calm = time.perf_counter() - start
        with real_broker() as broker, running() as postgres:
            start = time.perf_counter()
            storm = weather(broker, postgres, Path(place), size)
            seconds = time.perf_counter() - start
            different = differing(standing(storm.settings), wanted)
    print(
        json.dumps(
            {
                "same": not different,
                "different": {name: [str(side) for side in sides] for name, sides in different.items()},
                "usage_records": chosen.usage,
                "alarms": chosen.alarms,
                "happened": storm.happened,
                "delivered_twice": storm.delivered_twice,
                "stale_owners_refused": storm.said().count("the stored offset is"),
                "undisturbed_seconds": round(calm, 1),
                "seconds": round(seconds, 1),
            }
        )
    )
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
