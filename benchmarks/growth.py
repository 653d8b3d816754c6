"""Prints how much a home of the demo grows in an hour, file by file, from two looks at a running one.

Run: python -m benchmarks.growth [minutes, 10]
The first look comes once the demo is live and has settled for two minutes. What is given back shows as less.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from telassure.wiring.processes import own_command

_SETTLED = 120.0
_HOUR = 3_600.0


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def look(home: Path) -> Mapping[str, int]:
    """The bytes of each file of a home, by its name; write-ahead logs count as their database's."""
    found: dict[str, int] = {}
    for place in home.rglob("*"):
        name = place.relative_to(home).as_posix().removesuffix("-wal").removesuffix("-shm")
        if place.is_file():
            found[name] = found.get(name, 0) + place.stat().st_size
    return found


def grown(minutes: float) -> dict[str, float]:
    """Megabytes an hour by file, those that grow at all."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        ports = {"API__PORT": free_port(), "DASHBOARDS__PORT": free_port(), "DEMO__HISTORY_DAYS": 0, "HOME": home}
        around = {name: value for name, value in os.environ.items() if not name.startswith("TELASSURE_")}
        environment = around | {f"TELASSURE_{name}": str(value) for name, value in ports.items()}
        running = subprocess.Popen([*own_command(), "run", "--demo"], env=environment, stdout=subprocess.DEVNULL)
        try:
            time.sleep(_SETTLED)
            first, begun = look(home), time.monotonic()
            time.sleep(60 * minutes)
            second, hours = look(home), (time.monotonic() - begun) / _HOUR
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(60)
    rates = {name: (second.get(name, 0) - first.get(name, 0)) / hours / 1e6 for name in sorted({*first, *second})}
    return {name: round(rate, 2) for name, rate in rates.items() if abs(rate) >= 0.005}


if __name__ == "__main__":
    rates = grown(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)
    print(json.dumps({"megabytes_an_hour": rates, "all": round(sum(rates.values()), 2)}, indent=2))
