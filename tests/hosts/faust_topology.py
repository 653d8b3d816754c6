"""The topology of the Faust host tests, and a scenario for it."""

from dataclasses import replace
from typing import Any

import numpy as np

from streams.operator import owner
from streams.topology import CheckpointPolicy, Hop, Source, Topology
from telassure.kernel.events import AlarmNotification, Measurements, Notification, Tick
from telassure.kernel.instant import HOUR, SECOND
from tests.conformance.reference import START, Tally, alarm
from tests.hosts.test_embedded import Keeper
from tests.hosts.test_partition import Scorer, envelope


class Keeping(Keeper):
    """Keeps hopped notices apart from the cells of those who sent them."""

    def key(self, event: Any) -> str:
        return f"kept {owner(event.customer)}"

    def step(self, batch: Any, state: Any, watermark: int) -> Any:
        for notice in batch:
            if notice.notification_id not in (seen := state.of(self.key(notice))["seen"]):
                seen.append(notice.notification_id)
        return ()


def whole(paced: bool = False) -> Topology:
    """Singles with timers, envelopes with points and a row to refuse, and hops under another key into itself."""
    sources = (
        Source(AlarmNotification, lambda event: ((event.domain,), None)),
        Source(Measurements, lambda event: ((event.domain,), np.zeros(len(event), np.int32)), HOUR, "store"),
        Source(Notification, lambda notice: ((f"kept {owner(notice.customer)}",), None)),
    )
    return Topology(
        "whole",
        sources,
        lambda catalogue: (Keeping(), Tally(), Scorer()),
        hops=(Hop(Notification, "whole", lambda notice: f"kept {owner(notice.customer)}"),),
        checkpoint=CheckpointPolicy(paced=paced, every_seconds=0.2, piece=64),
    )


def scenario() -> list[Any]:
    alarms = [alarm(n, domain=f"d{n % 5}", managed=f"o{n % 3}", at=40 * n) for n in range(60)]
    domains = [replace(envelope([1.0, 13.0, float(n)], [n, n, n + 1]), domain=f"d{n % 5}") for n in range(20)]
    return [*alarms[:30], *domains, Tick(START + 40 * 40 * SECOND), *alarms[30:], Tick(START + 10 * HOUR)]
