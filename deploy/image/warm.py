"""Scores some rounds of points as a worker would, so that numba's cache (NUMBA_CACHE_DIR) holds compiled kernels."""

import tempfile
from pathlib import Path
from typing import Final

from telassure import wiring
from telassure.evaluation import load
from telassure.kernel.codec import encode
from telassure.kernel.ports import Entry
from telassure.wiring.settings import Settings

POINTS: Final = 60_000


def warm(home: Path) -> int:
    """Points scored by the detection topology in a home of its own."""
    settings, sent = Settings(home=home), 0
    wiring.home(settings)
    with wiring.opened_log(settings) as log, wiring.worker(settings, ["detection"], live=False) as host:
        for number, events in enumerate(load.batches("telemetry", POINTS)):
            for event in events:
                kind, payload = encode(event)
                place = str(number)
                log.append(
                    [Entry("detection", 0, kind, payload, load.FEED, place, place.encode(), load.rows_of(event))]
                )
                sent += load.rows_of(event)
        host.drain()
    return sent


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="telassure-warm-") as folder:
        print(f"{warm(Path(folder))} points scored; the kernels are compiled")
