"""What a series is called where one counter is reported for several periods, such as 15 minutes and the hour.

The first period that a feed states for a measurement of an object keeps the measurement's name; any other has the
period with it.
"""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np

from telassure.kernel.events import Measurements
from telassure.kernel.events.kpi import Flags, Times
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration

Pair: TypeAlias = tuple[str, str]  # measured object, and the measurement or its label

BETWEEN: Final = "@"
_LABEL: Final = re.compile(rf"(.+){BETWEEN}P(?=[0-9T])(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9.]+S)?)?")


@lru_cache(maxsize=256)
def period(granularity: Duration) -> str:
    """A granularity period as an ISO 8601 duration.

    >>> period(15 * MINUTE), period(HOUR), period(DAY), period(90 * MINUTE + SECOND // 2)
    ('PT15M', 'PT1H', 'P1D', 'PT1H30M0.5S')
    """
    days, rest = divmod(granularity, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    parts = ((hours, "H"), (minutes, "M"), (rest / SECOND, "S"))
    within = "".join(f"{number:g}{unit}" for number, unit in parts if number)
    return f"P{f'{days}D' if days else ''}{f'T{within}' if within else ''}"


def label(measurement: str, granularity: Duration) -> str:
    """The name of the series of a period that is not the first.

    >>> label("drops", HOUR)
    'drops@PT1H'
    """
    return f"{measurement}{BETWEEN}{period(granularity)}"


def plain(name: str) -> str:
    """The measurement of a label; any other name as it is.

    >>> plain("drops@PT1H"), plain("cpu@Pod"), plain("drops")
    ('drops', 'cpu@Pod', 'drops')
    """
    found = _LABEL.fullmatch(name)
    return found[1] if found else name


def selectors(name: str) -> tuple[str, ...]:
    """What a policy may call a series, the narrowest first.

    >>> selectors("drops@PT1H"), selectors("drops")
    (('drops@PT1H', 'drops'), ('drops',))
    """
    measurement = plain(name)
    return (name,) if measurement == name else (name, measurement)


def pair_of(envelope: Measurements, code: int) -> Pair:
    """The object and the measurement of a code."""
    measured_object, measurement = divmod(code, len(envelope.names))
    return envelope.objects[measured_object], envelope.names[measurement]


def codes_of(envelope: Measurements) -> Times:
    """One number per row for its object and measurement together; `pair_of` is the inverse."""
    return np.asarray(envelope.measured_object.astype(np.int64) * len(envelope.names) + envelope.measurement)


def relabelled(envelope: Measurements, other: Flags) -> Measurements:
    """The envelope with the label of its granularity for these rows."""
    labels = tuple(label(name, envelope.granularity) for name in envelope.names)
    code = np.where(other, envelope.measurement + len(envelope.names), envelope.measurement).astype(np.int32)
    return replace(envelope, names=envelope.names + labels, measurement=code)
