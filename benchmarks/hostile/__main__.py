"""An hour of `telassure run --demo` beside a hostile client: is anything lost, is the page truthful, does it recover?

    python -m benchmarks.hostile [--minutes 60] [--seed 1] [--json FILE]

The attack begins on a system that runs: once the demo's history is in and everything of it is applied. A witness sends
alarms and calls and knows what was acknowledged; a hostile client does everything else at once, and processes are
killed and stopped. When it ends, everything acknowledged has to be there once, within a minute. Exit code
1 where anything was lost or doubled, where the page said that all is well while a worker stood still, or where it took
longer.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any, Final

from benchmarks.hostile.client import HOSTILITIES, Target
from benchmarks.hostile.disruption import Disruption
from benchmarks.hostile.ending import end
from benchmarks.hostile.page import Page
from benchmarks.hostile.witness import Witness
from tests.conftest import free_port
from tests.system.installation import Installation, until

RECOVERY_SECONDS: Final = 60.0
_START_SECONDS: Final = 300.0
_HISTORY_SECONDS: Final = 3_600.0
_HISTORY_IN: Final = "history is in"  # what the demo says then


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="Write what was found here too.")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="telassure-hostile-") as folder:
        found = _beside(Path(folder) / "home", chosen.minutes * 60, chosen.seed)
    text = json.dumps(found, indent=1)
    print(text)
    if chosen.json:
        chosen.json.write_text(text)
    return 0 if found["ok"] else 1


def _beside(home: Path, seconds: float, seed: int) -> dict[str, Any]:
    ports = {"API__PORT": str(free_port()), "DASHBOARDS__PORT": str(free_port())}
    system = Installation(home, ports)
    running = system.start("run", "--demo")
    target = Target(home, f"http://127.0.0.1:{ports['API__PORT']}", Random(seed))
    page = Page(f"http://127.0.0.1:{ports['DASHBOARDS__PORT']}")
    witness, stop = Witness(target), Event()
    try:
        caught_up = _running(system, target, witness)
        disruption = Disruption(running.pid, Random(seed))
        loops = [witness.send, page.watch, disruption.disrupt]
        threads = [Thread(target=each, args=(stop,), daemon=True) for each in loops]
        threads += [Thread(target=each.rage, args=(target, stop), daemon=True) for each in HOSTILITIES]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        stop.set()
        for thread in threads:
            thread.join(60)
        disruption.relent()
        ended = time.monotonic()
        waited = _recovery(target, witness)
        recovered = time.monotonic() - ended
        lost, doubled = witness.lost(), witness.doubled()
        ending = end(running)
    finally:
        system.end()
    untrue = page.untrue(disruption.standstills)
    counts = {each.name: each.done for each in HOSTILITIES}
    wrong = bool(lost or doubled or untrue or running.returncode) or recovered > RECOVERY_SECONDS
    return {
        "ok": not wrong,
        "seconds": seconds,
        "history_seconds": round(caught_up, 1),
        "acknowledged": witness.acknowledged,
        "lost": lost,
        "doubled": doubled,
        "page_untrue": untrue,
        "page_states": page.counts,
        "recovered_seconds": round(recovered, 1),
        "waited_for": waited,
        "ended_with": running.returncode,
        "ended_after_seconds": ending,
        "killed": disruption.killed,
        "stood_still": len(disruption.standstills),
        "hostile": counts,
        "disk_megabytes": round(sum(each.stat().st_size for each in home.rglob("*") if each.is_file()) / 1e6, 1),
    }


def _running(system: Installation, target: Target, witness: Witness) -> float:
    """Until the demo is live and what is sent now is applied, so that nothing of its history is; after how many
    seconds."""
    began = time.monotonic()
    until(lambda: target.ready() and witness.introduced(), _START_SECONDS, "a ready endpoint")
    until(lambda: _HISTORY_IN in system.said("run"), _HISTORY_SECONDS, "the demo's history")
    witness.greet()
    until(lambda: not witness.missing() and target.ready(), _HISTORY_SECONDS, "an applied history")
    return time.monotonic() - began


def _recovery(target: Target, witness: Witness) -> list[str]:
    """Until all is well again: what there was to wait for, each with the second at which it was first seen."""
    began, said = time.monotonic(), list[str]()

    def well() -> bool:
        missing = witness.missing()
        found = target.unready() or (f"{len(missing)} acknowledged are not applied" if missing else "")
        if found and (not said or not said[-1].endswith(found)):
            said.append(f"{time.monotonic() - began:.0f} s: {found}")
        return not found

    until(well, 10 * RECOVERY_SECONDS, "recovery")
    return said[-50:]


if __name__ == "__main__":
    sys.exit(main())
