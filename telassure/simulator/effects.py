"""What network faults do to KPI series: which rows change, and how, while the fault lasts."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telassure.simulator.config import FaultKind
from telassure.simulator.faults import Fault
from telassure.simulator.network import Network
from telassure.simulator.series import (
    CONNECTIONS,
    LINK_UTILISATION,
    PRB_USED,
    PROCESSOR,
    SITE_POWER,
    THROUGHPUT,
    UTILISATION,
    SeriesTable,
)


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """While the fault lasts, value becomes value * factor + shift; `silent` series report nothing at all."""

    rows: NDArray[np.intp]
    factor: float = 1.0
    shift: float = 0.0
    silent: bool = False


def effects(network: Network, table: SeriesTable, fault: Fault) -> list[Effect]:
    """The KPI trace of one fault; empty for faults of the money side."""
    reach = tuple(network.reach(fault.target)) if fault.target in network.resources else ()

    def rows(objects: Iterable[str], *measurements: str) -> NDArray[np.intp]:
        found = [table.rows[(o, m)] for o in objects for m in measurements if (o, m) in table.rows]
        return np.array(found, np.intp)

    radio = rows(reach, PRB_USED, THROUGHPUT, CONNECTIONS)
    if fault.kind is FaultKind.FIBRE_CUT:
        detours = _detours(network, fault.target, reach)
        dead = Effect(rows(reach, UTILISATION, LINK_UTILISATION), factor=0.0)
        return [dead, Effect(rows(detours, UTILISATION, LINK_UTILISATION), factor=1.35), Effect(radio, silent=True)]
    if fault.kind is FaultKind.SITE_POWER_LOSS:
        # the site's own meter runs on its battery and reads no mains power; what stands behind it falls silent
        return [Effect(rows(reach, SITE_POWER), factor=0.0), Effect(radio, silent=True)]
    if fault.kind is FaultKind.SLEEPING_CELL:
        cell = (fault.target,)
        return [Effect(rows(cell, PRB_USED), factor=0.02), Effect(rows(cell, THROUGHPUT), factor=0.05)]
    if fault.kind is FaultKind.CONGESTED_CORE:
        busy = Effect(rows((fault.target,), PROCESSOR), factor=0.1, shift=87.0)
        full = Effect(rows(reach, UTILISATION), factor=0.05, shift=92.0)
        slow = Effect(rows(reach, THROUGHPUT), factor=0.35)
        return [busy, full, slow, Effect(rows(reach, CONNECTIONS), shift=-2.5)]
    return []


def _detours(network: Network, link: str, failed: Iterable[str]) -> list[str]:
    """The other core links and interfaces at the cut link's routers, which take over its traffic."""
    gone = {link, *failed}
    ends = set(network.resources[link].adjacent)
    near = {e for e in network.of_kind("link") if ends & set(network.resources[e].adjacent)}
    near |= {e for end in sorted(ends) for e in network.dependants.get(end, ()) if network.kind(e) == "interface"}
    return sorted(near - gone)
