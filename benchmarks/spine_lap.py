"""One lap of `telassure bench embedded` in the tree whose Python runs this, with the processor time that it took.

Run: TREE/.venv/bin/python -P benchmarks/spine_lap.py telemetry 2000000
It prints one line of JSON. `benchmarks.spine` runs it in two trees by turns. What is sent, awaited and timed is what
`telassure.evaluation.embedded.throughput` of that tree sends, awaits and times; this adds the clocks of the processes.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from telassure.evaluation import embedded, load

_TICK = os.sysconf("SC_CLK_TCK")
_USER, _SYSTEM = 11, 12  # utime and stime in /proc/PID/stat, counted behind the name (proc(5))


def lap(kind: str, rows: int) -> dict[str, float]:
    """Rows a second, and microseconds of user and system time a row: of the process that appends, of the workers."""
    topology = {"telemetry": "detection", "usage": "charging", "alarms": "assurance"}[kind]
    with embedded._system([topology]) as system:
        batches = load.batches(kind, max(rows, 2 * load.ENVELOPE))  # the first batch is not timed
        system.introduce(kind)
        system.wait(kind, system.append(kind, next(batches)))
        workers = [worker.pid for worker in system.workers]
        sent, last = 0, 0
        start, own, theirs = time.perf_counter(), time.process_time(), _spent(workers)
        for events in batches:
            last = system.append(kind, events)
            sent += sum(map(load.rows_of, events))
        appended = time.process_time()
        system.wait(kind, last)
        seconds, spent = time.perf_counter() - start, _spent(workers) - theirs
        return {
            "rows": sent,
            "per_second": sent / seconds,
            "append_us": (appended - own) / sent * 1e6,
            "worker_us": spent / sent * 1e6,
            "cpu_us": (appended - own + spent) / sent * 1e6,
        }


def _spent(processes: Sequence[int]) -> float:
    """Seconds of processor time of these processes so far, all their threads together."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[_USER]) + int(fields[_SYSTEM])
    return ticks / _TICK


if __name__ == "__main__":
    print(json.dumps(lap(sys.argv[1], int(sys.argv[2]))))
