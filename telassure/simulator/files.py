"""The demo operator's events and ground truth as files: the same seed makes the same bytes."""

from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Final

import orjson

from telassure.kernel.instant import DAY, Instant, parse_instant
from telassure.simulator.config import DemoConfig, Emission
from telassure.simulator.operator import DemoOperator

ORIGIN: Final[Instant] = parse_instant("2026-01-05T00:00:00Z")  # a Monday
KINDS: Final = ("measurements", "alarms", "usage", "bills", "counts", "recharges")


def simulate(seed: int, days: int, out: Path) -> dict[str, int]:
    """Write `days` days of events to `out` and return the rows by kind, and "faults".

    catalogue.json and ground_truth.jsonl; measurements.jsonl and usage.jsonl hold one columnar body a line, the others
    one record a line: each line can be posted to its ingestion endpoint as it is.
    """
    operator = DemoOperator(DemoConfig(seed=seed))
    end = ORIGIN + days * DAY
    counts = dict.fromkeys(KINDS, 0)
    out.mkdir(parents=True, exist_ok=True)
    (out / "catalogue.json").write_bytes(orjson.dumps(operator.catalogue(), option=orjson.OPT_INDENT_2) + b"\n")
    operator.open(ORIGIN, end)
    truths = operator.truths(ORIGIN, end)
    (out / "ground_truth.jsonl").write_bytes(b"".join(orjson.dumps(truth) + b"\n" for truth in truths))
    with ExitStack() as stack:
        files = {kind: stack.enter_context((out / f"{kind}.jsonl").open("wb")) for kind in KINDS}
        for emission in operator.history(ORIGIN, end):
            _write(files[emission.kind], emission)
            counts[emission.kind] += emission.rows
    return {**counts, "faults": len(truths)}


def _write(file: BinaryIO, emission: Emission) -> None:
    lines = emission.body if isinstance(emission.body, list) else [emission.body]
    file.writelines(orjson.dumps(line, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n" for line in lines)
