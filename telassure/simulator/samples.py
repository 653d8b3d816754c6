"""Small files of every form that Telassure reads, about one made-up operator: the guides are done with them."""

import csv
import gzip
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from telassure.kernel.instant import DAY, MINUTE, SECOND, Instant, day_of, iso, to_datetime
from telassure.simulator.config import DemoConfig, Emission, JsonObject
from telassure.simulator.operator import DemoOperator

QUARTER: Final = 15 * MINUTE
SMALL: Final = DemoConfig(sites_per_city=1, cells_per_site=1, consumers=40, enterprises=5)
_SERIES: Final = 3
_MOST_ALARMS: Final = 60


def write_samples(out: Path, now: Instant) -> Mapping[str, int]:
    """Write the last two days before `now` of a small operator; the rows of each file by its name.

    inventory.json and tariffs.toml (catalogue), a 3GPP TS 32.435 file of the last quarter hour, kpis/ (a file a
    series), alarm-log/Alarm.csv (seconds), alarms.jsonl, usage.csv, counts.csv, bills.csv and recharges.csv.
    """
    end = now - now % QUARTER
    begin = day_of(end) - 2 * DAY
    operator = DemoOperator(SMALL)
    rows: dict[str, list[Emission]] = {}
    for emission in operator.history(begin, end):
        rows.setdefault(emission.kind, []).append(emission)
    catalogue = operator.catalogue()
    tariffs = catalogue.pop("tariffs")
    singles = {kind: [row for each in found for row in each.body] for kind, found in rows.items() if kind in _SINGLE}
    written: dict[str, int] = {}
    out.mkdir(parents=True, exist_ok=True)
    (out / "inventory.json").write_bytes(orjson.dumps(catalogue, option=orjson.OPT_INDENT_2) + b"\n")
    written["inventory.json"] = sum(len(section) for section in catalogue.values() if isinstance(section, list))
    (out / "tariffs.toml").write_text("\n".join(_toml(tariffs)), encoding="utf-8")
    written["tariffs.toml"] = len(tariffs) if isinstance(tariffs, list) else 0
    written |= _measurements(out, rows["measurements"], end)
    written |= _alarms(out, singles["alarms"])
    for kind in ("counts", "bills", "recharges"):
        written[f"{kind}.csv"] = _table(out / f"{kind}.csv", map(_readable, singles.get(kind, ())))
    usage = (row for each in rows["usage"] for row in _rows_of(each.body))
    written["usage.csv"] = _table(out / "usage.csv", map(_readable, usage))
    return written


_SINGLE: Final = ("alarms", "counts", "bills", "recharges")
_TIMES: Final = ("time", "period_start", "period_end")


def _readable(row: Any) -> JsonObject:
    """Times in ISO 8601, as a person would write them."""
    return {name: iso(int(value)) if name in _TIMES else value for name, value in row.items()}


def _rows_of(body: Any) -> Iterator[JsonObject]:
    for values in zip(*(list(column) for column in body.values()), strict=True):
        yield dict(zip(body, values, strict=True))


def _table(path: Path, rows: Iterable[Mapping[str, object]]) -> int:
    """A CSV file with the names of the fields as its header."""
    found = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        if found:
            writer = csv.DictWriter(file, list(found[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(found)
    return len(found)


def _alarms(out: Path, alarms: list[Any]) -> Mapping[str, int]:
    """As notifications, and as a log of kinds and devices by number."""
    shown = [orjson.dumps(_readable(alarm)) + b"\n" for alarm in alarms]
    (out / "alarms.jsonl").write_bytes(b"".join(shown))
    raised = [a for a in alarms if a["perceived_severity"] != "cleared"][:_MOST_ALARMS]
    kinds = sorted({str(a["probable_cause"]) for a in raised})
    devices = sorted({str(a["managed_object"]) for a in raised})
    start = min((int(a["time"]) for a in raised), default=0)
    (out / "alarm-log").mkdir(exist_ok=True)
    log = [
        {
            "alarm_id": kinds.index(str(a["probable_cause"])),
            "device_id": devices.index(str(a["managed_object"])),
            "start_timestamp": (int(a["time"]) - start) // SECOND,
            "end_timestamp": (int(a["time"]) - start) // SECOND + 300,
        }
        for a in raised
    ]
    return {"alarms.jsonl": len(shown), "alarm-log/Alarm.csv": _table(out / "alarm-log" / "Alarm.csv", log)}


def _measurements(out: Path, emissions: list[Emission], end: Instant) -> Mapping[str, int]:
    """The last quarter hour as a performance file, and a few series whole as CSV."""
    series: dict[tuple[str, str], list[tuple[Instant, float]]] = {}
    for each in emissions:
        body: Any = each.body
        columns = (body[name].tolist() for name in ("managed_object", "measurement", "time", "value"))
        for code, name, time, value in zip(*columns, strict=True):
            place = body["managed_objects"][code], body["measurements"][name]
            series.setdefault(place, []).append((time, value))
    chosen = sorted(series)[:: max(1, len(series) // _SERIES)][:_SERIES]
    written = {}
    for managed_object, measurement in chosen:
        path = Path("kpis") / "data" / measurement / f"{managed_object}.csv"
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        points = series[managed_object, measurement]
        rows = [{"timestamp": iso(time), "value": value} for time, value in points]
        written[str(path)] = _table(out / path, rows)
    newest = {place: points[-1][1] for place, points in series.items()}
    begins, ends = (to_datetime(at) for at in (end - QUARTER, end))
    name = f"A{begins:%Y%m%d.%H%M}+0000-{ends:%H%M}+0000.xml.gz"
    text = "\n".join(_performance_file(newest, iso(end - QUARTER), iso(end)))
    (out / name).write_bytes(gzip.compress(text.encode(), mtime=0))
    return written | {name: len(newest)}


def _performance_file(values: Mapping[tuple[str, str], float], begins: str, ends: str) -> Iterator[str]:
    """3GPP TS 32.435: one measInfo for each set of objects with the same measurement."""
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<measCollecFile xmlns="http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec">'
    yield f'<fileHeader fileFormatVersion="32.435 V10.0"><measCollec beginTime="{begins}"/></fileHeader>'
    yield "<measData><managedElement/>"
    by_name: dict[str, list[tuple[str, float]]] = {}
    for (managed_object, measurement), value in values.items():
        by_name.setdefault(measurement, []).append((managed_object, value))
    for measurement, found in sorted(by_name.items()):
        yield f'<measInfo><granPeriod duration="PT900S" endTime="{ends}"/><measType p="1">{measurement}</measType>'
        for managed_object, value in found:
            yield f'<measValue measObjLdn="{managed_object}"><r p="1">{value}</r></measValue>'
        yield "</measInfo>"
    yield f'</measData><fileFooter><measCollec endTime="{ends}"/></fileFooter></measCollecFile>'


def _toml(tariffs: Any) -> Iterator[str]:
    for tariff in tariffs:
        yield "[[tariffs]]"
        yield f'tariff_id = "{tariff["tariff_id"]}"'
        yield f'valid_from = "{tariff["valid_from"]}"'
        yield f'currency = "{tariff["currency"]}"'
        yield "prices = ["
        for price in tariff["prices"]:
            yield "  {" + ", ".join(f"{name} = {_scalar(value)}" for name, value in price.items()) + "},"
        yield "]"
        yield ""


def _scalar(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
