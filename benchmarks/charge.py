"""Usage through every operator of the charging topology on one core, no store: prints one JSON object.

    python -m benchmarks.charge [--accounts 10000] [--rows 10000] [--envelopes 12] [--runs 5]

Counted: rating, deduplication, charging, both controls and the dump of every cell an envelope has changed. Not counted:
the codec, the host and the commit. Envelopes are sorted by account, with 3 services, 40 destinations and 8 switches.
"""

import argparse
import json
import platform
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from models.rating import RowPrice, rate_rows
from streams.catalogue import Catalogue
from streams.topologies.charging import CHARGING
from streams.topology import AnyOperator
from telassure.kernel.events import Account, Charge, Price, Product, Tariff, UsageRecords
from telassure.kernel.instant import DAY, HOUR, SECOND
from telassure.kernel.money import Money

START = 1_750_000_000 * SECOND // DAY * DAY
SERVICES = ("voice", "data", "sms")
DESTINATIONS = tuple(f"{49 + i % 5}{i}" for i in range(40))


class DictState:
    """The cells of one operator in a dictionary; `dumped` packs those changed since the last call."""

    def __init__(self, operator: AnyOperator) -> None:
        self._operator = operator
        self._cells: dict[str, Any] = {}
        self._dirty: dict[str, None] = {}

    def of(self, key: str) -> Any:
        cell = self._cells.get(key)
        if cell is None:
            cell = self._cells[key] = self._operator.fresh()
        self._dirty[key] = None
        return cell

    def peek(self, key: str) -> Any:
        return self._cells.get(key)

    def wake(self, key: str, at: int | None) -> None:
        pass

    def due(self, watermark: int) -> Iterable[tuple[str, Any]]:
        return ()

    def forget(self, key: str) -> None:
        self._cells.pop(key, None)

    def dumped(self) -> tuple[int, int]:
        """How many cells changed, and their bytes."""
        blobs = [self._operator.dump(self._cells[key]) for key in self._dirty if key in self._cells]
        self._dirty.clear()
        return len(blobs), sum(map(len, blobs))


def catalogue(accounts: int) -> Catalogue:
    prices = (
        *(Price("voice", prefix, "per_unit", Fraction("0.09"), 60, 60) for prefix in ("", "49", "50", "512")),
        Price("data", "", "per_unit", Fraction("0.004"), 1 << 20, 1 << 10),
        Price("sms", "", "flat", Fraction("0.07")),
    )
    built = Catalogue()
    built.apply([Tariff(f"t-{i}", 0, None, "EUR", prices) for i in range(3)])
    built.apply([Product(f"p-{i}", "plan", Money(0, "EUR"), f"t-{i}") for i in range(3)])
    kinds = ("postpaid", "prepaid")
    opening = Money.of("500", "EUR")
    built.apply([Account(f"a-{i:05d}", "c", f"p-{i % 3}", kinds[i % 2], opening) for i in range(accounts)])
    return built


def envelopes(accounts: int, rows: int, count: int, seed: int) -> Iterator[UsageRecords]:
    random = np.random.default_rng(seed)
    names = tuple(f"a-{i:05d}" for i in range(accounts))
    for number in range(count):
        account = np.sort(random.integers(0, accounts, rows)).astype(np.int32)
        yield UsageRecords(
            feed="mediation",
            accounts=names,
            subscribers=names,
            services=SERVICES,
            destinations=DESTINATIONS,
            switches=tuple(f"msc-{i}" for i in range(8)),
            record_id=tuple(f"{number}-{row}-{seed}" for row in range(rows)),
            account=account,
            subscriber=account,
            service=random.integers(0, 3, rows).astype(np.int32),
            destination=random.integers(0, 40, rows).astype(np.int32),
            switch=random.integers(0, 8, rows).astype(np.int32),
            time=START + number * HOUR + random.integers(0, HOUR, rows),
            volume=random.integers(1, 5_000, rows),
            late=np.zeros(rows, np.bool_),
        )


def through(operators: Sequence[AnyOperator], usage: UsageRecords, spent: dict[str, float]) -> int:
    """One envelope through the operators in order, as the host feeds them; returns the charges made."""
    states = STATES
    waiting: list[Any] = [usage]
    charges = 0
    for operator, state in zip(operators, states, strict=True):
        mine = [event for event in waiting if isinstance(event, operator.accepts)]
        started = time.perf_counter()
        made = list(operator.step(mine, state, 0)) if mine else []
        spent[operator.name] = spent.get(operator.name, 0.0) + time.perf_counter() - started
        charges += sum(type(output) is Charge for output in made)
        waiting += made
    return charges


STATES: list[DictState] = []


def run(options: argparse.Namespace, seed: int) -> dict[str, Any]:
    operators = CHARGING.operators(catalogue(options.accounts))
    STATES[:] = [DictState(operator) for operator in operators]
    inputs = list(envelopes(options.accounts, options.rows, options.envelopes, seed))
    spent: dict[str, float] = {}
    cells = size = charges = 0
    started = time.perf_counter()
    for usage in inputs:
        charges += through(operators, usage, spent)
        dumping = time.perf_counter()
        for state in STATES:
            changed, packed = state.dumped()
            cells, size = cells + changed, size + packed
        spent["dump"] = spent.get("dump", 0.0) + time.perf_counter() - dumping
    seconds = time.perf_counter() - started
    records = options.rows * options.envelopes
    if charges != records:
        raise SystemExit(f"{charges} charges of {records} records")
    return {
        "usage_records_per_second": round(records / seconds),
        "microseconds_per_record": {name: round(used / records * 1e6, 2) for name, used in spent.items()},
        "cells_per_envelope": round(cells / options.envelopes),
        "bytes_per_envelope": round(size / options.envelopes),
    }


def rerating(rows: int) -> dict[str, int]:
    """Rows a second of one price: the column against its rows one by one."""
    volumes = np.random.default_rng(1).integers(1, 5_000, rows)
    rule = RowPrice(*rate_rows([Price("voice", "", "per_unit", Fraction("0.09"), 60, 60)]))
    started = time.perf_counter()
    column = rule.column(volumes)
    middle = time.perf_counter()
    one_by_one = [rule.micros(volume) for volume in volumes.tolist()]
    ended = time.perf_counter()
    if column.tolist() != one_by_one:
        raise SystemExit("the column differs from its rows")
    return {"column": round(rows / (middle - started)), "row_by_row": round(rows / (ended - middle))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("accounts", 10_000), ("rows", 10_000), ("envelopes", 12), ("runs", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    runs = [run(options, seed) for seed in range(options.runs)]
    runs.sort(key=lambda each: each["usage_records_per_second"])
    middle = runs[len(runs) // 2]
    rates = [each["usage_records_per_second"] for each in runs]
    report = {
        **middle,
        "usage_records_per_second": round(statistics.median(rates)),
        "spread": [rates[0], rates[-1]],
        "prices_per_second": rerating(200_000),
        "accounts": options.accounts,
        "rows": options.rows,
        "runs": options.runs,
        "machine": f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}",
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
