"""Prints what a network of a given size needs: partitions, workers, cores, memory, disk, fitted to measured figures.

Run: python -m benchmarks.capacity sizes.json bench.json [--json]
with the JSON of `benchmarks.capacity_sizes` and of `telassure bench kafka --json` (else of `bench embedded --json`);
where two files have the same figure the later one counts. What no file holds is printed as "?", never guessed. What the
operator's network does (series and alarms by object, usage by subscriber) is no measurement: options, shown above the
table.
"""

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

DAY = 86_400
OBJECTS = (10_000, 100_000, 1_000_000)
GRANULARITIES = (900, 60)
RATES = {
    "detection": "telemetry_points_per_second",
    "assurance": "alarms_per_second",
    "charging": "usage_records_per_second",
}
Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Network:
    """What comes in. A round of measurements is to be scored within `burst` of its period; alarms and usage come `peak`
    times their daily mean in the busy hour; a worker is planned to be busy for `busy` of the time."""

    objects: int = 10_000
    granularity: int = 900
    series: int = 8
    alarms: float = 2.0
    subscribers: float = 20.0
    usage: float = 50.0
    burst: float = 1 / 3
    peak: float = 3.0
    busy: float = 0.5

    @property
    def all_series(self) -> int:
        return self.objects * self.series

    @property
    def daily(self) -> Mapping[str, float]:
        """Rows a day by topology."""
        return {
            "detection": self.all_series * DAY / self.granularity,
            "assurance": self.objects * self.alarms,
            "charging": self.objects * self.subscribers * self.usage,
        }

    @property
    def rates(self) -> Mapping[str, float]:
        """Rows a second that must be kept up with, by topology."""
        day = self.daily
        return {
            "detection": self.all_series / (self.granularity * self.burst),
            "assurance": day["assurance"] * self.peak / DAY,
            "charging": day["charging"] * self.peak / DAY,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """What it needs; None where a figure that it hangs on has not been measured. Bytes, and bytes a day."""

    workers: Mapping[str, int | None]
    partitions: int | None
    memory: float | None
    state: float | None
    database_day: float | None
    points_day: float | None
    log_day: float | None

    @property
    def cores(self) -> int | None:
        """One a worker, and one for the endpoint and the page; the servers come on top."""
        numbers = [number for number in self.workers.values() if number is not None]
        return sum(numbers) + 1 if len(numbers) == len(self.workers) else None


def plan(network: Network, measured: Figures) -> Plan:
    workers = {name: _workers(network, measured, name) for name in RATES}
    known = [number for number in workers.values() if number is not None]
    day = network.daily
    return Plan(
        workers=workers,
        # Twice the workers, as a power of two: the number can never change, so it must carry the network's growth.
        partitions=1 << (2 * max(known) - 1).bit_length() if len(known) == len(workers) else None,
        memory=_memory(network, measured, workers),
        state=_times(network.all_series, measured.get("state_bytes_per_series")),
        database_day=_sum(
            _times(day["charging"], measured.get("bytes_per_charge")),
            _times(day["assurance"], measured.get("bytes_per_alarm")),
        ),
        points_day=_times(day["detection"], measured.get("bytes_per_point")),
        log_day=_sum(
            _times(day["detection"], measured.get("log_bytes_per_telemetry_row")),
            _times(day["assurance"], measured.get("log_bytes_per_alarms_row")),
            _times(day["charging"], measured.get("log_bytes_per_usage_row")),
        ),
    )


_CORES_FOR_TWO = 6  # two workers, their publisher, a broker and a database with room


def _workers(network: Network, measured: Figures, topology: str) -> int | None:
    """Two at least, so that one may die. A measured rate is of one worker; `speedup` is what a second one brought, and
    each beyond the first counts for that share, where the machine had cores for both and for the servers."""
    total = measured.get(RATES[topology])
    if not total:
        return None
    speedup, room = measured.get("speedup"), measured.get("cores", 0) >= _CORES_FOR_TWO
    share = min(1.0, max(0.1, speedup - 1)) if speedup and room else 1.0
    needed = network.rates[topology] / (total * network.busy)
    return max(2, 1 + math.ceil(max(0.0, needed - 1) / share))


def _memory(network: Network, measured: Figures, workers: Mapping[str, int | None]) -> float | None:
    base, each = measured.get("memory_base_bytes"), measured.get("memory_bytes_per_series")
    numbers = [number for number in workers.values() if number is not None]
    if base is None or each is None or len(numbers) < len(workers):
        return None
    return base * sum(numbers) + each * network.all_series


def _times(number: float, size: float | None) -> float | None:
    return None if size is None else number * size


def _sum(*parts: float | None) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def written(size: float | None) -> str:
    """Bytes as a person reads them, rounded up to two figures."""
    if size is None:
        return "?"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1_000 or unit == "TB":
            return f"{size:.2g} {unit}" if size < 10 else f"{size:.0f} {unit}"
        size /= 1_000
    raise AssertionError


def table(network: Network, measured: Figures) -> Sequence[Sequence[str]]:
    head = ("objects", "period", "workers d/a/c", "partitions", "cores", "memory", "state")
    head = (*head, "database/day", "points/day", "Kafka/day")
    rows = [head]
    for objects in OBJECTS:
        for granularity in GRANULARITIES:
            found = plan(replace(network, objects=objects, granularity=granularity), measured)
            number = "/".join("?" if found.workers[name] is None else str(found.workers[name]) for name in RATES)
            counts = [str(count or "?") for count in (found.partitions, found.cores)]
            sizes = (found.memory, found.state, found.database_day, found.points_day, found.log_day)
            rows.append((f"{objects:,}", f"{granularity // 60} min", number, *counts, *map(written, sizes)))
    return rows


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("files", nargs="+", type=Path, help="JSON of measurements")
    for name, default in (("series", 8), ("alarms", 2.0), ("subscribers", 20.0), ("usage", 50.0), ("peak", 3.0)):
        asked.add_argument(f"--{name}", type=type(default), default=default, help=f"default {default}")
    asked.add_argument("--json", action="store_true", help="the plans as JSON")
    options = asked.parse_args()
    measured: dict[str, float] = {}
    for file in options.files:
        measured |= {k: v for k, v in json.loads(file.read_text()).items() if isinstance(v, int | float)}
    network = Network(
        series=options.series, alarms=options.alarms, subscribers=options.subscribers, usage=options.usage,
        peak=options.peak,
    )  # fmt: skip
    head, *rows = table(network, measured)
    if options.json:
        print(json.dumps([dict(zip(head, row, strict=True)) for row in rows]))
        return
    print(
        f"{network.series} series and {network.alarms:g} alarm messages a day per object, {network.subscribers:g}"
        f" subscribers per object with {network.usage:g} usage records a day each,\nbusy hour {network.peak:g} times"
        f" the mean, a round scored within {network.burst:.0%} of its period, workers busy {network.busy:.0%} of the"
        f" time\n"
    )
    for row in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
