"""How fast the demo operator makes two weeks of history: generation alone, and with its JSON bodies.

Run: python benchmarks/simulator_history.py [--days 14] [--runs 3]; prints one JSON object with the medians.
"""

import argparse
import statistics
import time
from collections import Counter

import orjson

from telassure.kernel.instant import DAY
from telassure.simulator.config import DemoConfig
from telassure.simulator.files import ORIGIN
from telassure.simulator.operator import DemoOperator


def timed(days: int, with_json: bool) -> tuple[float, Counter[str]]:
    """Seconds and rows by kind of one run."""
    operator = DemoOperator(DemoConfig())
    rows: Counter[str] = Counter()
    start = time.perf_counter()
    for emission in operator.history(ORIGIN, ORIGIN + days * DAY):
        rows[emission.kind] += emission.rows
        if with_json:
            orjson.dumps(emission.body, option=orjson.OPT_SERIALIZE_NUMPY)
    return time.perf_counter() - start, rows


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--days", type=int, default=14)
    arguments.add_argument("--runs", type=int, default=3)
    asked = arguments.parse_args()
    _, rows = timed(asked.days, with_json=False)
    medians = {
        name: statistics.median(timed(asked.days, with_json)[0] for _ in range(asked.runs))
        for name, with_json in (("seconds", False), ("seconds_with_json", True))
    }
    report = {
        "days": asked.days,
        "rows": dict(rows),
        **{name: round(value, 3) for name, value in medians.items()},
        "points_per_second": round(rows["measurements"] / medians["seconds"]),
    }
    print(orjson.dumps(report).decode())


if __name__ == "__main__":
    main()
