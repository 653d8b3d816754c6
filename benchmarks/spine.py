"""Compares the embedded system of this tree with that of another one: what a record costs, and how many come a second.

Run: python -m benchmarks.spine --against TREE [--rounds 5] [--kinds telemetry usage alarms] [--home] [--json]

TREE is a checkout of another commit with a .venv of its own (`git worktree add TREE COMMIT`, then `make lint` in it).
Each round runs one lap of each kind in both trees, and the side that goes first changes every round, so that whatever
else the machine does strikes both. The figures are medians over the rounds. A lap is the measurement of `telassure
bench embedded` (`spine_lap.py`). Where others use the machine, rows a second say little; the processor time a row (user
and system, of the process that appends and of the workers) says what the code costs. With `--home` TELASSURE_HOME is
set to an empty folder, as it is for a person who has a system of their own.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

HERE = Path(__file__).resolve().parent
ROWS = {"telemetry": 4_000_000, "usage": 300_000, "alarms": 60_000}
FIGURES = ("per_second", "cpu_us", "append_us", "worker_us")
Lap: TypeAlias = Mapping[str, float]
Compared: TypeAlias = Mapping[str, Mapping[str, float]]


def run(tree: Path, kind: str, rows: int, home: Path | None) -> Lap:
    """One lap in that tree, by its Python."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TELASSURE_", "PYTHON"))}
    surroundings = kept | ({} if home is None else {"TELASSURE_HOME": str(home)})
    command = [str(tree / ".venv" / "bin" / "python"), "-P", str(HERE / "spine_lap.py"), kind, str(rows)]
    done = subprocess.run(command, cwd=tree, env=surroundings, check=True, stdout=subprocess.PIPE, text=True)
    found: Lap = json.loads(done.stdout.splitlines()[-1])
    return found


def laps(
    trees: Mapping[str, Path], rounds: int, rows: Mapping[str, int], home: Path | None
) -> Iterator[tuple[str, str, Lap]]:
    """Kind, side and lap; who goes first changes every round."""
    for number in range(rounds):
        sides = sorted(trees.items(), reverse=bool(number % 2))
        for kind, amount in rows.items():
            for side, tree in sides:
                yield kind, side, run(tree, kind, amount, home)


def compared(found: Mapping[str, list[Lap]]) -> Compared:
    """The medians of both sides, and what those of after are in those of before."""
    sides = {
        side: {name: round(statistics.median(lap[name] for lap in several), 4) for name in FIGURES}
        for side, several in found.items()
    }
    ratios = {name: round(sides["after"][name] / sides["before"][name], 3) for name in FIGURES}
    return {**sides, "after/before": ratios}


def table(figures: Mapping[str, Compared]) -> str:
    """A line a kind and side."""
    lines = [f"{'':24}{'rows/s':>12}{'us a row':>10}{'append':>10}{'workers':>10}"]
    for kind, sides in figures.items():
        for side, each in sides.items():
            rate = f"{each['per_second']:>12,.3f}" if side == "after/before" else f"{each['per_second']:>12,.0f}"
            lines.append(f"{kind:<11}{side:<13}{rate}" + "".join(f"{each[name]:>10.3f}" for name in FIGURES[1:]))
    return "\n".join(lines)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--against", type=Path, required=True, help="the tree of before")
    ask.add_argument("--rounds", type=int, default=5)
    ask.add_argument("--kinds", nargs="+", choices=list(ROWS), default=list(ROWS))
    ask.add_argument("--scale", type=float, default=1.0, help="times the rows of a lap")
    ask.add_argument("--home", action="store_true", help="with TELASSURE_HOME set")
    ask.add_argument("--json", action="store_true")
    chosen = ask.parse_args()
    trees = {"before": chosen.against.resolve(), "after": HERE.parent}
    rows = {kind: int(ROWS[kind] * chosen.scale) for kind in chosen.kinds}
    found: dict[str, dict[str, list[Lap]]] = {kind: {"before": [], "after": []} for kind in rows}
    with tempfile.TemporaryDirectory(prefix="telassure-spine-") as place:
        for kind, side, lap in laps(trees, chosen.rounds, rows, Path(place) if chosen.home else None):
            found[kind][side].append(lap)
    figures = {kind: compared(each) for kind, each in found.items()}
    print(json.dumps({"rounds": chosen.rounds, "home_set": chosen.home, **figures}) if chosen.json else table(figures))


if __name__ == "__main__":
    main()
