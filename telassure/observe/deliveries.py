"""What a delivery counts: every notice by receiver and by what became of it, and which receivers are left alone."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from telassure.kernel.events import Notification
from telassure.kernel.ports import Answer, Delivered, Postponed, Refused
from telassure.observe.traces import tracing

_OUTCOMES: Final[Mapping[type, str]] = {Delivered: "sent", Refused: "refused", Postponed: "retried"}


class DeliveryMeter:
    """Called with each answer of a receiver; a span each for the notices that are sampled."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ["receiver", "outcome"]
        self._notices = Counter("telassure_notices", "Notices by outcome", labels, registry=registry)

    def __call__(self, receiver: str, notice: Notification, answer: Answer, seconds: float) -> None:
        outcome = _OUTCOMES[type(answer)]
        self._notices.labels(receiver, outcome).inc()
        what = {"notice": notice.notification_id, "ticket": notice.ticket_id, "receiver": receiver, "outcome": outcome}
        tracing().add("notice", notice.trace, seconds, what)


class ReceiverCollector(Collector):
    """1 for a receiver that is left alone because it does not take notices, 0 for one that does."""

    def __init__(self, alone: Callable[[], Mapping[str, bool]]) -> None:
        self._alone = alone

    def collect(self) -> Iterable[Metric]:
        found = GaugeMetricFamily("telassure_receiver_open", "Is its circuit open", labels=["receiver"])
        for name, alone in self._alone().items():
            found.add_metric([name], float(alone))
        yield found
