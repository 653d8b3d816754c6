"""Alarms of the demo network: cascades along dependencies with delay, loss and duplicates, and background noise."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from telassure.kernel.identity import derive_id
from telassure.kernel.instant import HOUR, SECOND, Instant
from telassure.simulator.config import DemoConfig, FaultKind, JsonObject
from telassure.simulator.faults import KEPT_AFTER_END, Fault
from telassure.simulator.network import Network
from telassure.simulator.randomness import stream

ALARM_FEED: Final = "demo-fm"
_LONGEST_NOISE: Final = HOUR // 3


class Signature(NamedTuple):
    """What an object class says when a kind of fault reaches it (X.733 terms), and how many of them say it."""

    event_type: str
    probable_cause: str
    specific_problem: str
    severity: str
    share: float = 1.0


_LOST_SIGNAL: Final = Signature("communicationsAlarm", "lossOfSignal", "Loss of signal", "major")
_LINE_DOWN: Final = Signature("communicationsAlarm", "lossOfSignal", "Optical line down", "critical")
_HEARTBEAT: Final = Signature("communicationsAlarm", "communicationsSubsystemFailure", "Heartbeat lost", "major")
_CELL_OUT: Final = Signature("qualityOfServiceAlarm", "underlyingResourceUnavailable", "Cell out of service", "major")

_SIGNATURES: Final = MappingProxyType(
    {
        (FaultKind.FIBRE_CUT, "link"): _LINE_DOWN,
        (FaultKind.FIBRE_CUT, "interface"): _LOST_SIGNAL,
        (FaultKind.FIBRE_CUT, "aggregation_link"): _LINE_DOWN,
        (FaultKind.FIBRE_CUT, "base_station"): _HEARTBEAT,
        (FaultKind.FIBRE_CUT, "cell"): _CELL_OUT,
        (FaultKind.SITE_POWER_LOSS, "power"): Signature(
            "environmentalAlarm", "commercialPowerFailure", "Mains failure", "critical"
        ),
        (FaultKind.SITE_POWER_LOSS, "base_station"): _HEARTBEAT,
        (FaultKind.SITE_POWER_LOSS, "cell"): _CELL_OUT,
        (FaultKind.CONGESTED_CORE, "router"): Signature(
            "qualityOfServiceAlarm", "congestion", "Queue drops above threshold", "major"
        ),
        (FaultKind.CONGESTED_CORE, "interface"): Signature(
            "qualityOfServiceAlarm", "thresholdCrossed", "Utilisation above 90 percent", "minor", 0.4
        ),
    }
)
_NOISE: Final = (
    ("cell", Signature("equipmentAlarm", "antennaFailure", "VSWR above threshold", "minor")),
    ("cell", Signature("qualityOfServiceAlarm", "performanceDegraded", "Handover failures above threshold", "warning")),
    ("base_station", Signature("equipmentAlarm", "timingProblem", "Clock reference degraded", "minor")),
    ("interface", Signature("communicationsAlarm", "degradedSignal", "CRC errors above threshold", "warning")),
    ("router", Signature("equipmentAlarm", "coolingSystemFailure", "Fan speed out of range", "minor")),
    ("power", Signature("environmentalAlarm", "batteryChargingFailure", "Battery charge low", "warning")),
)


class AlarmMessage(NamedTuple):
    """One alarm message and when it reaches the collector; its own `time` is when the element saw the change."""

    arrival: Instant
    notification_id: str
    body: JsonObject


@dataclass(slots=True)
class AlarmSource:
    """Serves alarm messages by arrival time. A fault's whole cascade derives from the fault alone."""

    config: DemoConfig
    network: Network
    _cascades: list[tuple[Instant, list[AlarmMessage]]] = field(default_factory=list)
    _noise: dict[int, list[AlarmMessage]] = field(default_factory=dict)

    def add(self, fault: Fault) -> None:
        """Let a fault sound its alarms."""
        messages = cascade(self.config, self.network, fault)
        if messages:
            self._cascades.append((fault.end, messages))

    def between(self, start: Instant, end: Instant) -> list[JsonObject]:
        """The messages that arrive in [start, end), in order of arrival."""
        arriving: list[AlarmMessage] = []
        for _, messages in self._cascades:
            arriving += messages[bisect_left(messages, start, key=_arrival) : bisect_left(messages, end, key=_arrival)]
        for hour in range((start - 2 * _LONGEST_NOISE) // HOUR, -(-end // HOUR)):
            arriving += (m for m in self._noise_of(hour) if start <= m.arrival < end)
        return [m.body for m in sorted(arriving, key=_order)]

    def forget(self, now: Instant) -> None:
        """Drop cascades and noise that can no longer arrive."""
        self._cascades = [(end, m) for end, m in self._cascades if end > now - KEPT_AFTER_END]
        self._noise = {hour: m for hour, m in self._noise.items() if hour >= now // HOUR - 2}

    def _noise_of(self, hour: int) -> list[AlarmMessage]:
        if hour not in self._noise:
            self._noise[hour] = list(background(self.config, self.network, hour))
        return self._noise[hour]


def cascade(config: DemoConfig, network: Network, fault: Fault) -> list[AlarmMessage]:
    """All messages of one fault in order of arrival: its own alarm, its dependants' alarms, and the clears.

    Each dependency hop adds 1-8 s. A lost clear comes after all with the next resynchronisation of the alarm list.
    """
    if fault.target not in network.resources:
        return []
    chance = stream(config.seed, "cascade", fault.fault_id)
    messages: list[AlarmMessage] = []
    for resource, hops in network.reach(fault.target).items():
        signature = _SIGNATURES.get((fault.kind, network.kind(resource)))
        if signature is None or chance.random() >= signature.share:
            continue
        seen, mended = (float(chance.uniform(0.2, 1.0) + chance.uniform(1.0, 8.0, hops).sum()) for _ in range(2))
        loss = _loss(config, fault, hops)
        if chance.random() >= loss:
            raised = fault.start + int(seen * SECOND)
            messages += _sent(config, chance, _message(resource, signature, raised, signature.severity))
        resync = config.alarm_resync if chance.random() < loss else 0
        cleared = _message(resource, signature, fault.end + int(mended * SECOND), "cleared")
        messages += _sent(config, chance, cleared, resync)
    return sorted(messages, key=_order)


def background(config: DemoConfig, network: Network, hour: int) -> Iterator[AlarmMessage]:
    """The unrelated small alarms raised in one hour of the epoch, each with the clear it gives itself."""
    chance = stream(config.seed, "background", hour)
    for _ in range(int(chance.poisson(config.noise_alarms))):
        kind, signature = _NOISE[int(chance.integers(len(_NOISE)))]
        objects = network.of_kind(kind)
        if not objects:
            continue
        resource = objects[int(chance.integers(len(objects)))]
        raised = hour * HOUR + int(chance.integers(HOUR))
        lasts = int(chance.integers(30 * SECOND, _LONGEST_NOISE))
        yield from _sent(config, chance, _message(resource, signature, raised, signature.severity))
        yield from _sent(config, chance, _message(resource, signature, raised + lasts, "cleared"))


def _loss(config: DemoConfig, fault: Fault, hops: int) -> float:
    if hops:
        return config.alarm_loss
    return 0.0 if fault.announced else config.cause_alarm_loss


def _sent(
    config: DemoConfig, chance: np.random.Generator, message: JsonObject, held: int = 0
) -> Iterator[AlarmMessage]:
    """The message as it arrives, 0-3 s after its time, and now and then once more."""
    time = int(str(message["time"]))
    identity = str(message["notification_id"])
    arrival = time + held + int(chance.uniform(0.0, 3.0) * SECOND)
    yield AlarmMessage(arrival, identity, message)
    if chance.random() < config.alarm_duplicates:
        yield AlarmMessage(arrival + int(chance.uniform(0.5, 10.0) * SECOND), identity, message)


def _message(resource: str, signature: Signature, time: Instant, severity: str) -> JsonObject:
    return {
        "notification_id": derive_id("alarm", resource, signature.specific_problem, time, severity),
        "managed_object": resource,
        "event_type": signature.event_type,
        "probable_cause": signature.probable_cause,
        "specific_problem": signature.specific_problem,
        "perceived_severity": severity,
        "time": time,
        "text": f"{signature.specific_problem} on {resource}",
    }


_arrival = itemgetter(0)
_order = itemgetter(0, 1)
