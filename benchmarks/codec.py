"""Encodings for the two columnar envelopes, measured side by side: `python -m benchmarks.codec` prints one JSON object.

Median of `--runs` runs over envelopes of 10,000 rows; decode ends with numpy columns and a tuple of record ids.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import msgpack
import numpy as np
import orjson
import pyarrow as pa

from telassure.kernel.codec import decode, encode
from telassure.kernel.events import Measurements, UsageRecords

ROWS = 10_000


def measurements() -> Measurements:
    rng = np.random.default_rng(1)
    objects = tuple(f"ManagedElement=site-{i // 3},Cell={i % 3}" for i in range(ROWS // 4))
    return Measurements(
        "region-1", "pm", 900_000_000, objects, ("DRB.UEThpDl", "RRU.PrbUsedDl", "RRC.ConnMean", "L.Drop"),
        np.repeat(np.arange(ROWS // 4, dtype=np.int32), 4), np.tile(np.arange(4, dtype=np.int32), ROWS // 4),
        np.full(ROWS, 1_700_000_000_000_000), rng.normal(50, 9, ROWS), np.zeros(ROWS, dtype=np.bool_),
    )  # fmt: skip


def usage() -> UsageRecords:
    rng = np.random.default_rng(2)
    codes = [rng.integers(0, size, ROWS).astype(np.int32) for size in (4000, 5000, 3, 40, 3)]
    return UsageRecords(
        "cdr", tuple(f"account-{i}" for i in range(4000)), tuple(f"{i:032x}" for i in range(5000)),
        ("voice", "sms", "data"), tuple(f"+49{i}" for i in range(40)), ("msc-1", "msc-2", "pgw-1"),
        tuple(f"msc-1-20261122-{i:08d}" for i in range(ROWS)), *codes,
        np.sort(rng.integers(0, 60_000_000, ROWS)) + 1_700_000_000_000_000, rng.integers(1, 4000, ROWS),
        np.zeros(ROWS, dtype=np.bool_),
    )  # fmt: skip


def columns_of(event: Any) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__slots__}


def arrow_encode(event: Any) -> bytes:
    columns = columns_of(event)
    long = {k: pa.array(v) for k, v in columns.items() if isinstance(v, np.ndarray) or k == "record_id"}
    schema_note = {k: orjson.dumps(v) for k, v in columns.items() if k not in long}
    batch = pa.record_batch(long).replace_schema_metadata(schema_note)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return sink.getvalue().to_pybytes()


def arrow_decode(payload: bytes) -> dict[str, Any]:
    batch = pa.ipc.open_stream(payload).read_next_batch()
    note = {k.decode(): orjson.loads(v) for k, v in batch.schema.metadata.items()}
    columns = {
        name: tuple(column.to_pylist()) if name == "record_id" else column.to_numpy(zero_copy_only=False)
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    }
    return note | columns


def json_encode(event: Any) -> bytes:
    return orjson.dumps(columns_of(event), option=orjson.OPT_SERIALIZE_NUMPY)


def json_decode(payload: bytes) -> dict[str, Any]:
    found = orjson.loads(payload)
    return {k: np.array(v) if isinstance(v, list) and v and not isinstance(v[0], str) else v for k, v in found.items()}


def rows_encode(event: Any) -> bytes:
    columns = columns_of(event)
    long = [v.tolist() if isinstance(v, np.ndarray) else v for v in columns.values() if hasattr(v, "__len__")]
    rows = list(zip(*[column for column in long if len(column) == ROWS], strict=True))
    packed: bytes = msgpack.packb([rows, [c for c in long if len(c) != ROWS]])
    return packed


def rows_decode(payload: bytes) -> list[Any]:
    rows, _ = msgpack.unpackb(payload)
    return [np.array(c) if not isinstance(c[0], str) else c for c in zip(*rows, strict=True)]


def median_us(call: Callable[[], Any], runs: int) -> float:
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1e6)
    return round(statistics.median(taken), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    runs = parser.parse_args().runs
    ways: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
        "columns in msgpack (chosen)": (encode, lambda found: decode(*found)),
        "arrow ipc": (arrow_encode, arrow_decode),
        "json columns": (json_encode, json_decode),
        "msgpack rows": (rows_encode, rows_decode),
    }
    report: dict[str, Any] = {}
    for name, event in (("measurements", measurements()), ("usage", usage())):
        for way, (out, back) in ways.items():
            found = out(event)
            size = len(found[1]) if isinstance(found, tuple) else len(found)
            report.setdefault(name, {})[way] = {
                "encode_us": median_us(lambda out=out, event=event: out(event), runs),
                "decode_us": median_us(lambda back=back, found=found: back(found), runs),
                "bytes_per_row": round(size / ROWS, 1),
            }
    print(orjson.dumps({"rows": ROWS, "runs": runs, **report}, option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    main()
