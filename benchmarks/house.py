"""How the house is built: sizes of files and functions, rooms, circles, import depth, and what an addition touches.

    python -m benchmarks.house          # words
    python -m benchmarks.house --json   # one JSON object

A room is a folder with modules of its own. `depth` is the longest chain of imports between modules. A record's way is
followed through the running code: the files and functions of ours that one record enters between the gateway and what
its topology keeps.
"""

import ast
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from statistics import median
from typing import Any, Final

from streams.hosts.driver import Driver, Stores
from streams.topologies.assurance import ASSURANCE
from streams.topologies.charging import CHARGING
from streams.topologies.detection import DETECTION
from telassure.evaluation import load
from telassure.store.memory import MemoryLog, MemoryStateStore
from telassure.store.memory_metrics import MemoryMetricStore

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGES: Final = ("telassure", "models", "streams", "ingestion", "bss_sync", "dashboards")
GUIDES: Final = ROOT / "docs" / "adding"
LARGE_FILE: Final = 200
LARGE_FUNCTION: Final = 20
_SHOWN: Final = 5
_BLOCK: Final = re.compile(r"^```\w+ (file|line)=(\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Module:
    """One file: its dotted name, its text's lines, and the modules of ours that it imports."""

    name: str
    path: Path
    lines: int
    imports: frozenset[str]
    functions: tuple[tuple[str, int], ...]

    @property
    def room(self) -> str:
        """The folder, as the picture in docs/architecture.md names it."""
        return str(self.path.relative_to(ROOT).parent)


@cache
def modules() -> Mapping[str, Module]:
    """Every module of the house by name; scripts of migrations are their room's own affair."""
    found = {_name(path): path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if _ours(path)}
    return {name: _module(name, path, frozenset(found)) for name, path in sorted(found.items())}


def _ours(path: Path) -> bool:
    return "migrations" not in path.parts and "__pycache__" not in path.parts


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _module(name: str, path: Path, known: frozenset[str]) -> Module:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    functions = tuple(
        (node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    own = {name[:place] for place, letter in enumerate(name) if letter == "."} | {name}  # packages that hold it
    return Module(name, path, len(text.splitlines()), frozenset(_imported(tree, known)) - own, functions)


def _imported(tree: ast.Module, known: frozenset[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield from {whole if whole in known else node.module} & known
        elif isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & known


def rooms() -> Mapping[str, int]:
    """Lines by room; a room is a folder with modules that hold code."""
    found: dict[str, int] = defaultdict(int)
    for module in modules().values():
        found[module.room] += module.lines
    return {room: lines for room, lines in sorted(found.items()) if lines}


def room_imports() -> Mapping[str, frozenset[str]]:
    """Which rooms a room imports."""
    found: dict[str, set[str]] = {room: set() for room in rooms()}
    for module in modules().values():
        for name in module.imports:
            other = modules()[name].room
            if other in found and module.room in found and other != module.room:
                found[module.room].add(other)
    return {room: frozenset(others) for room, others in found.items()}


def circles(graph: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """The strongly connected groups of more than one (Tarjan 1972), each sorted."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            place = stack.index(node)
            group, stack[place:] = stack[place:], []
            if len(group) > 1:
                found.append(sorted(group))

    sys.setrecursionlimit(10_000)
    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def depth() -> int:
    """Modules on the longest chain of imports; a circle counts as one."""
    graph = {name: module.imports for name, module in modules().items()}
    one = {name: group[0] for group in circles(graph) for name in group}
    chained: dict[str, set[str]] = defaultdict(set)
    for name, others in graph.items():
        here = one.get(name, name)
        chained[here] |= {one.get(other, other) for other in others} - {here}

    @cache
    def chain(name: str) -> int:
        return 1 + max((chain(other) for other in chained[name]), default=0)

    return max(map(chain, list(chained)))


def guides() -> Mapping[str, Mapping[str, int]]:
    """Of each "Adding a ..." guide: how many files it adds, and in how many files that exist it changes a line."""
    found = {}
    for guide in sorted(GUIDES.glob("*.md")):
        blocks = _BLOCK.findall(guide.read_text(encoding="utf-8"))
        kinds = [what for what, _ in blocks]
        found[guide.stem] = {"files": kinds.count("file"), "lines": kinds.count("line")}
    return found


def entered(way: Callable[[], object]) -> tuple[int, int]:
    """The files and the functions of ours that a call enters."""
    seen: set[tuple[str, str]] = set()

    def watch(frame: Any, event: str, _: object) -> None:
        if event == "call":
            seen.add((frame.f_code.co_filename, frame.f_code.co_qualname))

    sys.setprofile(watch)
    try:
        way()
    finally:
        sys.setprofile(None)
    ours = {place for place in seen if place[0].startswith(tuple(str(ROOT / package) for package in PACKAGES))}
    ours = {place for place in ours if not place[1].startswith("<")}
    return len({file for file, _ in ours}), len(ours)


def ways() -> Mapping[str, Mapping[str, int]]:
    """What a record of each kind (of telemetry an envelope) enters from the log to what is kept of it, once its
    topology runs."""
    found = {}
    for kind, size, topology in (("telemetry", 1_000, DETECTION), ("alarms", 1, ASSURANCE), ("usage", 1, CHARGING)):
        stores = Stores(MemoryLog(), MemoryStateStore(), MemoryMetricStore())
        driver = Driver(topology, stores, catalogue=load.catalogue().entries)
        for events in load.batches(kind, 8 * size, size):
            driver.pipe(*events)
        record = next(iter(load.batches(kind, size, size, after=1)))[0]
        files, functions = entered(partial(driver.pipe, record))
        found[kind] = {"files": files, "functions": functions}
    return found


def measured() -> dict[str, Any]:
    """All of it as plain values."""
    every = modules().values()
    lines = sum(module.lines for module in every)
    functions = [(length, f"{module.name}.{name}") for module in every for name, length in module.functions]
    files = sorted(((module.lines, str(module.path.relative_to(ROOT))) for module in every), reverse=True)
    shares = sorted(((count, room) for room, count in rooms().items()), reverse=True)
    return {
        "modules": len(every),
        "lines": lines,
        "file_lines_median": median(module.lines for module in every if module.lines),
        "files_over_200": sum(1 for count, _ in files if count > LARGE_FILE),
        "largest_files": files[:_SHOWN],
        "functions": len(functions),
        "function_lines_median": median(length for length, _ in functions),
        "functions_over_20": sum(1 for length, _ in functions if length > LARGE_FUNCTION),
        "longest_functions": sorted(functions, reverse=True)[:_SHOWN],
        "rooms": len(shares),
        "largest_rooms": [(room, count, round(count / lines, 3)) for count, room in shares[:_SHOWN]],
        "circles_of_rooms": circles(room_imports()),
        "circles_of_modules": circles({name: module.imports for name, module in modules().items()}),
        "import_depth": depth(),
        "guides": guides(),
        "ways": ways(),
    }


def main() -> None:
    found = measured()
    if "--json" in sys.argv[1:]:
        print(json.dumps(found))
        return
    for name, value in found.items():
        if isinstance(value, list):
            print(f"{name}:" + ("" if value else " none"))
            for each in value:
                print("  " + "  ".join(map(str, each)))
        elif isinstance(value, dict):
            print(f"{name}:" + ("" if value else " none"))
            for key, inner in value.items():
                print(f"  {key}: " + ", ".join(f"{count} {what}" for what, count in inner.items()))
        else:
            print(f"{name}: {value}")


if __name__ == "__main__":
    main()
