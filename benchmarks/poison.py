"""Time, floods and strangers beside half an hour of a small network: is what it tells as in the undisturbed control?

    python -m benchmarks.poison [--kind TEXT] [--json FILE] [--reverted clock|recordings|years|places]

Runs the half hour undisturbed, and once for each poison (three inputs or more of every kind) in a home of its own, with
the machine's clocks moved by hand. A table says per poison whether alarms, tickets, notices and money, points and
answers are those of the control. Exit code 1 where any is not. With --reverted a mended defect is put back, and has to
show.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from tests.poison.kinds import poisons
from tests.poison.outcome import Told, differing
from tests.poison.reverted import REVERTED
from tests.poison.trial import CALM, Poison, trial

GROUPS: Mapping[str, tuple[str, ...]] = {
    "alarms": ("alarms", "problems"),
    "tickets": ("tickets",),
    "notices": ("notices", "heard"),
    "money": ("charges", "leakage"),
    "points": ("points",),
    "answers": ("refused", "late"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", default="", help="Only kinds whose name contains this.")
    parser.add_argument("--json", type=Path, help="Write every difference here.")
    parser.add_argument("--reverted", choices=sorted(REVERTED), help="Put a mended defect back.")
    chosen = parser.parse_args()
    several = [each for kind, found in poisons().items() if chosen.kind in kind for each in found]
    with tempfile.TemporaryDirectory(prefix="telassure-poison-") as place:
        wanted = trial(CALM, Path(place) / "control").told
        print(" ".join(f"{name} {sum(len(wanted[each]) for each in several)}" for name, several in GROUPS.items()))
        with REVERTED[chosen.reverted]() if chosen.reverted else nullcontext():
            results = list(_tried(several, wanted, Path(place)))
    if chosen.json:
        chosen.json.write_text(json.dumps({"ok": all(each["ok"] for each in results), "cases": results}, indent=1))
    print(f"{sum(each['ok'] for each in results)} of {len(results)} as in the control")
    return 0 if results and all(each["ok"] for each in results) else 1


def _tried(several: list[Poison], wanted: Told, place: Path) -> Iterator[dict[str, Any]]:
    kind = ""
    for number, each in enumerate(several):
        if each.kind != kind:
            kind = each.kind
            print(f"\n{kind:<50}" + "".join(f"{name:>9}" for name in GROUPS))
        began = time.perf_counter()
        found = trial(each, place / str(number))
        different = differing(found.told, wanted)
        groups = {name: not any(one in different for one in several) for name, several in GROUPS.items()}
        line = "".join(f"{'same' if same else 'NOT':>9}" for same in groups.values())
        print(f"  {each.name:<48}{line}  {found.claim}", flush=True)
        yield {
            "kind": each.kind,
            "input": each.name,
            **groups,
            "claim": found.claim,
            "different": different,
            "seconds": round(time.perf_counter() - began, 1),
            "ok": all(groups.values()) and not found.claim,
        }


if __name__ == "__main__":
    sys.exit(main())
