"""The KPI series of the demo network: which object reports which measurement, with what level, swing and noise."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telassure.simulator.config import DemoConfig
from telassure.simulator.network import Network
from telassure.simulator.randomness import Integers, Reals, hashed, stream_key, uniform

PRB_USED: Final = "RRU.PrbUsedDl"
THROUGHPUT: Final = "DRB.UEThpDl"
CONNECTIONS: Final = "RRC.ConnEstabSuccRatio"
UTILISATION: Final = "IF.UtilOut"
LINK_UTILISATION: Final = "LINK.Util"
PROCESSOR: Final = "CPU.UsageMean"
SITE_POWER: Final = "PEE.AvgPower"

CURVES: Final = 12
"""Daily curves to choose from; each class of object uses a few neighbouring ones."""


@dataclass(frozen=True, slots=True)
class KpiShape:
    """One measurement of one object class: value = floor + swing * load + noise, within [least, most]."""

    kind: str
    measurement: str
    unit: str
    floor: float
    swing: float
    noise: float
    least: float
    most: float
    curves: tuple[int, int]


PROFILES: Final = (
    KpiShape("cell", PRB_USED, "PRB", 9.0, 62.0, 2.2, 0.0, 106.0, (0, 7)),
    KpiShape("cell", THROUGHPUT, "kbit/s", 62_000.0, -34_000.0, 1_500.0, 200.0, 120_000.0, (0, 7)),
    KpiShape("base_station", CONNECTIONS, "percent", 99.5, -0.7, 0.12, 0.0, 100.0, (0, 7)),
    KpiShape("interface", UTILISATION, "percent", 9.0, 46.0, 1.6, 0.0, 100.0, (4, 11)),
    KpiShape("link", LINK_UTILISATION, "percent", 9.0, 46.0, 1.4, 0.0, 100.0, (4, 11)),
    KpiShape("router", PROCESSOR, "percent", 16.0, 38.0, 1.5, 0.0, 100.0, (4, 11)),
    KpiShape("site", SITE_POWER, "W", 850.0, 620.0, 18.0, 0.0, 4_000.0, (0, 7)),
)


@dataclass(frozen=True, slots=True, eq=False)
class SeriesTable:
    """All series as columns of one length S; `rows` finds a series by (object, measurement)."""

    objects: tuple[str, ...]
    measurements: tuple[str, ...]
    object_code: NDArray[np.int32]
    measurement_code: NDArray[np.int32]
    floor: Reals
    swing: Reals
    noise: Reals
    least: Reals
    most: Reals
    curve: Integers
    rows: dict[tuple[str, str], int]

    def __len__(self) -> int:
        return len(self.floor)


def build_series(config: DemoConfig, network: Network) -> SeriesTable:
    """About 2,400 series for the full network; every object of a kind reports every measurement of that kind."""
    pairs = [(resource, profile) for profile in PROFILES for resource in network.of_kind(profile.kind)]
    objects = tuple(dict.fromkeys(resource for resource, _ in pairs))
    names = tuple(p.measurement for p in PROFILES)
    object_place = {name: place for place, name in enumerate(objects)}
    who = np.array([object_place[resource] for resource, _ in pairs], np.int32)
    what = np.array([names.index(p.measurement) for _, p in pairs], np.int32)

    def column(field: str) -> Reals:
        return np.array([getattr(p, field) for _, p in pairs], np.float64)

    scale, lean = _individuality(config.seed, who.astype(np.int64))
    first, last = (np.array([p.curves[end] for _, p in pairs], np.int64) for end in (0, 1))
    return SeriesTable(
        objects=objects,
        measurements=names,
        object_code=who,
        measurement_code=what,
        floor=column("floor"),
        swing=column("swing") * scale,
        noise=column("noise"),
        least=column("least"),
        most=column("most"),
        curve=first + (lean * (last - first + 1)).astype(np.int64),
        rows={(resource, profile.measurement): row for row, (resource, profile) in enumerate(pairs)},
    )


def _individuality(seed: int, objects: Integers) -> tuple[Reals, Reals]:
    """How busy an object is (0.6 to 1.3 of its class) and which curve it leans to, the same for all its series."""
    busy = 0.6 + 0.7 * uniform(hashed(stream_key(seed, "busy"), objects))
    return busy, uniform(hashed(stream_key(seed, "curve"), objects))
