"""OTLP metrics as columns of measurements: which object, what of it, when, and the value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ingestion.batches.batch import Refusal
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

_NANOSECONDS: Final = 1_000
_NO_VALUE: Final = 1
"""The flag of a point at which nothing was recorded."""


@dataclass(slots=True)
class PointColumns:
    """The points of a request as arrays with dictionaries; `refused` are metrics that are none here."""

    objects: Sequence[str]
    refused: list[Refusal] = field(default_factory=list)
    points: int = 0
    _rows: list[tuple[int, int, int, float | None]] = field(default_factory=list)
    _owners: dict[str, int] = field(default_factory=dict)
    _names: dict[str, int] = field(default_factory=dict)

    def add(self, request: "ExportMetricsServiceRequest") -> None:
        for resource in request.resource_metrics:
            attributes = texts(resource.resource.attributes)
            owner = next((attributes[name] for name in self.objects if attributes.get(name)), "")
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    self._metric(owner, metric)

    def body(self) -> dict[str, object]:
        """As the kind measurements reads columns."""
        columns = [list(each) for each in zip(*self._rows, strict=True)] if self._rows else [[], [], [], []]
        return {
            "managed_objects": list(self._owners),
            "measurements": list(self._names),
            **dict(zip(("time", "managed_object", "measurement", "value"), columns, strict=True)),
        }

    def _metric(self, owner: str, metric: Any) -> None:
        kind = metric.WhichOneof("data")
        points = getattr(metric, kind).data_points if kind else ()
        self.points += len(points)
        try:
            fields.text(metric.name, "the name of a metric")
            if not owner:
                raise InvalidInput(f"its resource has none of the attributes {', '.join(self.objects)}")
            rows = [
                (point.time_unix_nano // _NANOSECONDS, *self._codes(owner, name), value)
                for point in points
                for name, value in _values(metric.name, kind, point)
            ]
        except InvalidInput as wrong:
            self.refused.append(Refusal(f"metric {fields.shown(metric.name)}", wrong.reason))
            return
        self._rows += rows

    def _codes(self, owner: str, name: str) -> tuple[int, int]:
        return self._owners.setdefault(owner, len(self._owners)), self._names.setdefault(name, len(self._names))


def texts(attributes: "Sequence[KeyValue]") -> dict[str, str]:
    """Attributes as texts, by name."""
    return {each.key: as_text(each.value) for each in attributes}


def as_text(value: "AnyValue") -> str:
    kind = value.WhichOneof("value")
    found = getattr(value, kind) if kind else ""
    return str(found).lower() if isinstance(found, bool) else str(found) if isinstance(found, str | int | float) else ""


def _values(name: str, kind: str, point: Any) -> Iterator[tuple[str, float | None]]:
    """The values of a point, each under its name with the point's attributes; of distributions their count and sum."""
    attributes = texts(point.attributes)
    told = ",".join(f'{each}="{attributes[each]}"' for each in sorted(attributes))
    behind = f"{{{told}}}" if told else ""
    if point.flags & _NO_VALUE:
        return
    if kind in ("gauge", "sum"):
        which = point.WhichOneof("value")
        yield name + behind, float(getattr(point, which)) if which else None
        return
    yield f"{name}.count{behind}", float(point.count)
    if kind == "summary" or point.HasField("sum"):
        yield f"{name}.sum{behind}", float(point.sum)
