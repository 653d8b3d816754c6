"""`telassure models counters`: what is judged as a gauge and looks like a counter, and the policy that declares it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from typing import Annotated, Any, Final

import numpy as np
import typer
from numpy.typing import NDArray

from telassure import wiring
from telassure.app.cli.model_records import policies
from telassure.app.cli.output import notes, print_lines, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.kernel.instant import DAY, HOUR, LATEST, Instant, iso
from telassure.kernel.ports import MetricStore

_OBJECTS: Final = 3  # of each measurement that have rows are judged
_NAMED: Final = 50  # of each measurement are asked for rows: some may be gone
_LEAST_ROWS: Final = 48
_LEAST_SPAN: Final = 24 * HOUR
_NEAR_ZERO: Final = 0.1  # of what was before: where a counter begins after it was reset or has wrapped
_WRAP_32: Final = 2.0**32
_KIND: Final = ("detection", "kind")


def counters(
    days: Annotated[int, typer.Option(min=2, max=30, help="Of the newest points, how many days.")] = 2,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Measurements without a policy `kind` that for a day at least have only grown, or begun again near 0.

    Example: telassure models counters --json
    """
    with reasons():
        settings = configured(config)
        wiring.home(settings)
        with wiring.opened_log(settings) as log:
            declared = {selector for area, name, selector in policies(settings, log) if (area, name) == _KIND}
        with closing(wiring.metric_store(settings, read_only=True)) as store:
            found = list(undeclared(store, declared, days))
    if as_json:
        show({"counters": found}, as_json)
        return
    print_lines(("measurement", "managed_object", "rows", "since", "kind"), found)
    if found:
        notes.print(
            "declare each: telassure policies set detection.kind KIND --for MEASUREMENT (gauge where it is none)",
            highlight=False,
            soft_wrap=True,
        )


def undeclared(store: MetricStore, declared: set[str], days: int) -> Iterator[Mapping[str, Any]]:
    """One line for each measurement of which a series looks like a counter."""
    newest = store.newest()
    if newest is None:
        return
    for measurement, several in sorted(_objects(store, declared).items()):
        series = ((each, measurement) for each in several)
        lines = (_line(each, *rows) for each in series if len((rows := _rows(store, each, newest - days * DAY))[0]))
        line = next((line for line in islice(lines, _OBJECTS) if line), None)
        if line:
            yield line


def _objects(store: MetricStore, declared: set[str]) -> Mapping[str, Sequence[str]]:
    """Some objects of each measurement that is not declared."""
    objects: dict[str, list[str]] = {}
    for managed_object, measurement in store.series():
        if measurement not in declared and len(objects.setdefault(measurement, [])) < _NAMED:
            objects[measurement].append(managed_object)
    return objects


def _rows(store: MetricStore, series: tuple[str, str], since: Instant) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Times and values of a series, without what is missing."""
    frame = store.read(*series, since, LATEST)
    time, value = frame["time"].to_numpy(np.int64), frame["value"].to_numpy(np.float64)
    known = np.isfinite(value)
    return time[known], value[known]


def _line(series: tuple[str, str], time: NDArray[np.int64], value: NDArray[np.float64]) -> Mapping[str, Any]:
    """What there is to say of a series, empty where it is no counter by its looks."""
    if not only_grows(time, value):
        return {}
    wide = value.max() >= _WRAP_32 or series[1].startswith("ifHC")  # those of the IF-MIB have 64 bits
    return {
        "measurement": series[1],
        "managed_object": series[0],
        "rows": len(value),
        "since": iso(int(time[0])),
        "kind": "counter64" if wide else "counter",
    }


def only_grows(time: NDArray[np.int64], value: NDArray[np.float64]) -> bool:
    """Whether for a day or more the values mostly grow, and fall to near 0 if they fall at all.

    >>> hours = np.arange(60) * HOUR
    >>> only_grows(hours, 5.0 * np.arange(60)), only_grows(hours, 50.0 + np.arange(60) % 7)
    (True, False)
    """
    if len(value) < _LEAST_ROWS or time[-1] - time[0] < _LEAST_SPAN or value.min() < 0:
        return False
    steps = np.diff(value)
    falls = steps < 0
    begun_again = value[1:][falls] <= _NEAR_ZERO * value[:-1][falls]
    return bool((steps > 0).mean() > 0.5 and falls.mean() < 0.05 and begun_again.all())
