"""The simulator's own files: the ground truth that no detector reads, and where a demo run stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from telassure.kernel.errors import ConfigurationError
from telassure.kernel.instant import Instant
from telassure.simulator.config import FaultKind, JsonObject
from telassure.simulator.faults import Fault

FOLDER: Final = "simulator"


def simulator_folder(home: Path) -> Path:
    """Where a home keeps what belongs to the simulator; made where it is missing."""
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class GroundTruth:
    """A file of JSON lines, one a fault, appended once by fault id however often a run is resumed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = {str(orjson.loads(line)["fault_id"]) for line in _whole_lines(path)}

    def append(self, truths: Iterable[JsonObject]) -> int:
        """Write what is new and say how many that were."""
        new = [truth for truth in truths if truth["fault_id"] not in self._known]
        if new:
            with self._path.open("ab") as file:
                file.writelines(orjson.dumps(truth) + b"\n" for truth in new)
            self._known |= {str(truth["fault_id"]) for truth in new}
        return len(new)


def _whole_lines(path: Path) -> list[bytes]:
    """The complete lines of a file; a last line cut by a crash is taken off it."""
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        path.write_bytes(whole)
    return whole.splitlines()


@dataclass(frozen=True, slots=True)
class RunState:
    """How far a demo run has come, so that a restarted one goes on with the same history and the same open faults."""

    seed: int
    begin: Instant
    history_end: Instant
    through: Instant
    faults: Sequence[Fault] = ()

    def save(self, folder: Path) -> None:
        """Replace the state file in one step."""
        draft = folder / "state.json.new"
        draft.write_bytes(orjson.dumps(self))
        draft.replace(folder / "state.json")


def load_state(folder: Path, seed: int) -> RunState | None:
    """The saved state, or None for a first run. ConfigurationError where the home belongs to another seed."""
    path = folder / "state.json"
    if not path.exists():
        return None
    saved = orjson.loads(path.read_bytes())
    if saved["seed"] != seed:
        raise ConfigurationError(
            f"{path}: this home holds the demo of seed {saved['seed']}, not {seed}; use another TELASSURE_HOME"
        )
    faults = tuple(Fault(**{**fault, "kind": FaultKind(fault["kind"])}) for fault in saved["faults"])
    return RunState(saved["seed"], saved["begin"], saved["history_end"], saved["through"], faults)
