"""A topology over Kafka and Faust: the outcome of the embedded one, whatever is delivered twice, lost or taken away."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from streams.hosts.driver import Driver
from streams.operator import owner
from streams.topology import CheckpointPolicy, Hop, Source, Topology
from telassure.events import AlarmNotification, Measurements, Notification, Tick
from telassure.instant import HOUR, SECOND
from tests.conformance.reference import START, Tally, alarm
from tests.hosts.faust_stage import Stage, until
from tests.hosts.test_embedded import Keeper
from tests.hosts.test_partition import Scorer, envelope
from tests.kafka.fixtures import PARTITIONS, Cluster


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
        lambda catalogue: (Keeper2(), Tally(), Scorer()),
        hops=(Hop(Notification, "whole", lambda notice: f"kept {owner(notice.customer)}"),),
        checkpoint=CheckpointPolicy(paced=paced, every_seconds=0.2, piece=64),
    )


class Keeper2(Keeper):
    """Keeps hopped notices apart from the cells of those who sent them."""

    def key(self, event: Any) -> str:
        return f"kept {owner(event.customer)}"

    def step(self, batch: Any, state: Any, watermark: int) -> Any:
        for notice in batch:
            if notice.notification_id not in (seen := state.of(self.key(notice))["seen"]):
                seen.append(notice.notification_id)
        return ()


def scenario() -> list[Any]:
    alarms = [alarm(n, domain=f"d{n % 5}", managed=f"o{n % 3}", at=40 * n) for n in range(60)]
    domains = [replace(envelope([1.0, 13.0, float(n)], [n, n, n + 1]), domain=f"d{n % 5}") for n in range(20)]
    return [*alarms[:30], *domains, Tick(START + 40 * 40 * SECOND), *alarms[30:], Tick(START + 10 * HOUR)]


def outcome_of(store: Any, metrics: Any) -> Any:
    """Counters, cells, dead letters and points, but not how often something came or was committed."""
    metrics.flush()
    counted = store.counters("whole").items()
    counters = {name: n for name, n in counted if name not in ("turns", "duplicates", "hop_duplicates")}
    cells = {
        (row.operator, row.key): row.blob
        for n in range(PARTITIONS)
        for row in store.stored("whole", n)
        if not row.operator.startswith("@")
    }
    letters = {letter.reason for letter in store.letters.values()}, len(store.letters)
    return counters, cells, letters, set(metrics.rows)


@pytest.mark.parametrize("paced", [False, True], ids=["every turn", "paced"])
def test_the_golden_scenario_has_the_outcome_of_the_embedded_run(kafka: Cluster, paced: bool) -> None:
    topology = whole(paced)
    driver = Driver(topology, partitions=PARTITIONS, batch=16).pipe(*scenario()).settle()
    stage = Stage(topology, kafka)
    with stage.hosted() as worker:
        stage.publish(*scenario())
        until(lambda: stage.settled(worker), "the worker does not come to the end of its input", worker)
    assert outcome_of(stage.store, stage.metrics) == outcome_of(driver.memory, driver.metrics)
