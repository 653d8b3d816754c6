"""Recordings that the system tests replay: small ones made here, and the shared corpora where they are present."""

import math
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from telassure.simulator.files import simulate

NIGHT = datetime(2026, 3, 2, tzinfo=UTC)
HOURS = 24 * 28
PM_FILE = """<?xml version="1.0" encoding="UTF-8"?>
<measCollecFile xmlns="http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec">
  <fileHeader fileFormatVersion="32.435 V10.0"><fileSender elementType="RadioNode"/>
    <measCollec beginTime="2026-03-02T00:00:00+00:00"/></fileHeader>
  <measData><managedElement localDn="gnb-{element}"/>
    <measInfo measInfoId="drb"><granPeriod duration="PT900S" endTime="2026-03-02T00:15:00+00:00"/>
      <measType p="1">DRB.UEThpDl</measType><measType p="2">RRU.PrbUsedDl</measType>
      <measValue measObjLdn="cell-1"><r p="1">41.5</r><r p="2">63</r></measValue>
      <measValue measObjLdn="cell-2"><r p="1">NaN</r><r p="2">7</r><suspect>true</suspect></measValue>
    </measInfo></measData>
  <fileFooter><measCollec endTime="2026-03-02T00:15:00+00:00"/></fileFooter>
</measCollecFile>
"""


@dataclass(frozen=True)
class Mixed:
    """Recordings of every kind, and the options of `telassure replay` that name them."""

    options: tuple[str, ...]


def mixed(folder: Path, days: int) -> Mixed:
    """A simulated operator's days, KPI series with outages in them, and PM files, one of them cut short."""
    simulate(11, days, folder / "operator")
    kpi_series(folder / "series", 4)
    pm_files(folder / "pm", 3)
    places = ("--usage", folder / "operator", "--kpis", folder / "series", "--pm-xml", folder / "pm")
    return Mixed(tuple(map(str, places)))


def with_less_telemetry(recordings: Mixed, lines: int, folder: Path) -> Mixed:
    """The recordings with the first `lines` (of half an hour each) of the operator's measurements only."""
    _, operator, *others = recordings.options
    shutil.copytree(operator, folder)
    measurements = folder / "measurements.jsonl"
    measurements.write_bytes(b"".join(measurements.read_bytes().splitlines(keepends=True)[:lines]))
    return Mixed(("--usage", str(folder), *others))


def kpi_series(folder: Path, how_many: int) -> None:
    """Hourly series with a daily curve; each drops to nothing for half a day in its fourth week."""
    (folder / "data" / "load").mkdir(parents=True)
    for number in range(how_many):
        lines = ["timestamp,value"]
        for hour in range(HOURS):
            out = 24 * (22 + number) <= hour < 24 * (22 + number) + 12
            wobble = math.sin(hour * (1.3 + number))  # no two hours of a day are alike
            value = 0.0 if out else 100 + 20 * math.sin(math.tau * hour / 24) + wobble
            lines.append(f"{NIGHT + timedelta(hours=hour):%Y-%m-%d %H:%M:%S},{value:.3f}")
        (folder / "data" / "load" / f"series-{number}.csv").write_text("\n".join(lines) + "\n")


def pm_files(folder: Path, how_many: int) -> None:
    """Files of one granularity period; the last is cut off inside its second value."""
    folder.mkdir(parents=True)
    for number in range(how_many):
        text = PM_FILE.format(element=number)
        whole = number < how_many - 1
        (folder / f"A20260302.0000-0015_{number}.xml").write_text(text if whole else text[: text.index("cell-2") + 9])


def with_corpora(recordings: Mixed, corpora: Path) -> Mixed:
    """The recordings, and all real alarms, KPI series and PM files beside them."""
    shared = (
        ("--alarms", corpora / "alarms" / "24V_439N_Microwave"),
        ("--kpis", corpora / "cloudkpi"),
        ("--pm-xml", corpora / "pm_xml"),
    )
    more = [text for option, place in shared if place.is_dir() for text in (option, str(place))]
    return Mixed((*recordings.options, *more))
