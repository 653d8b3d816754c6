"""OTLP over HTTP as a source of input: metrics are measurements, log records what a mapping makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import orjson
from pydantic import Field

from ingestion.batches.batch import Batch, Receipt
from ingestion.mappings.mapping import SourceMapping
from ingestion.mappings.shelf import mappings_set
from ingestion.sources.edge.answers import headers_of
from ingestion.sources.edge.reception import of_kind
from ingestion.sources.otlp.points import PointColumns
from ingestion.sources.otlp.records import documents_of
from ingestion.sources.source import (
    ENDPOINT,
    EndpointSettings,
    Ground,
    InputSource,
    Offering,
    Parcel,
    is_enabled,
    stands,
)
from telassure.access.endpoint import Endpoint
from telassure.kernel.errors import InvalidInput
from telassure.kernel.rights import INGEST

if TYPE_CHECKING:
    from fastapi import Response

METRICS: Final = "/v1/metrics"
LOGS: Final = "/v1/logs"
MOST_BYTES: Final = 16 << 20
_BINARY: Final = "application/x-protobuf"
_JSON: Final = "application/json"
_OBJECTS: Final = ("managed_object", "host.name", "k8s.pod.name", "service.instance.id", "service.name")


class OtlpSettings(EndpointSettings):
    """`objects`: the attributes of a resource of which the first that it has names what is measured. `mapping` makes
    alarms of log records."""

    objects: list[str] = Field(default=list(_OBJECTS), min_length=1)
    mapping: str = "otlp-logs"


@dataclass(frozen=True, slots=True)
class OtlpDesk:
    """Takes export requests: 200 once what can be taken is durable, with how much of it was not."""

    ground: Ground
    objects: Sequence[str]
    mapping: SourceMapping

    def metrics(self, parcel: Parcel) -> "Response":
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
            ExportMetricsServiceRequest,
            ExportMetricsServiceResponse,
        )

        found, columns = _request(parcel, ExportMetricsServiceRequest()), PointColumns(self.objects)
        columns.add(found)
        body, reasons = columns.body(), [each.reason for each in columns.refused]
        receipt = Receipt(0, 0, 0)
        if body["time"] or reasons:
            batch = Batch("measurements", body, _position(parcel), refused=columns.refused)
            receipt = self.ground.gateway.submit(batch, of_kind(parcel.origin, "metrics"))
        reasons += [each.reason for each in receipt.rejected]
        answer = ExportMetricsServiceResponse()
        if reasons:
            answer.partial_success.rejected_data_points = max(len(reasons), columns.points - _taken(receipt))
            answer.partial_success.error_message = reasons[0]
        return _answer(answer, parcel)

    def logs(self, parcel: Parcel) -> "Response":
        from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
            ExportLogsServiceRequest,
            ExportLogsServiceResponse,
        )

        documents = list(documents_of(_request(parcel, ExportLogsServiceRequest())))
        found = self.mapping.of(documents, self.ground.clock.now(), parcel.origin.zone)
        for reason, count in found.left_out.items():
            self.ground.tell(f"left out: {reason}", count)
        reasons, receipt = [each.reason for each in found.refused], Receipt(0, 0, 0)
        if found.rows or found.refused:
            batch = replace(found.batch(self.mapping.kind, _position(parcel)))
            receipt = self.ground.gateway.submit(batch, of_kind(parcel.origin, "logs"))
        reasons += [each.reason for each in receipt.rejected]
        answer = ExportLogsServiceResponse()
        if reasons:
            answer.partial_success.rejected_log_records = len(reasons)
            answer.partial_success.error_message = reasons[0]
        return _answer(answer, parcel)


def refused(status: int, reason: str) -> "Response":
    """A refusal as the protocol words it: a google.rpc.Status, in JSON, which every exporter logs."""
    from fastapi import Response

    return Response(orjson.dumps({"message": reason}), status, headers_of(status), _JSON)


def _request(parcel: Parcel, empty: Any) -> Any:
    from google.protobuf.json_format import Parse, ParseError
    from google.protobuf.message import DecodeError

    try:
        if _is_json(parcel):
            if not parcel.body.lstrip().startswith(b"{"):
                raise ParseError("no object")
            return Parse(parcel.body, empty, ignore_unknown_fields=True)
        empty.ParseFromString(parcel.body)
    except (DecodeError, ParseError, UnicodeDecodeError):
        form = "JSON" if _is_json(parcel) else "protobuf"
        raise InvalidInput(f"the body is no export request in {form}; send OTLP 1.x") from None
    return empty


def _is_json(parcel: Parcel) -> bool:
    return parcel.headers.get("content-type", _BINARY).partition(";")[0].strip() == _JSON


def _answer(message: Any, parcel: Parcel) -> "Response":
    from fastapi import Response
    from google.protobuf.json_format import MessageToJson

    if _is_json(parcel):
        return Response(MessageToJson(message, indent=None), media_type=_JSON)
    return Response(message.SerializeToString(), media_type=_BINARY)


def _position(parcel: Parcel) -> str:
    return blake2b(parcel.body, digest_size=16).hexdigest()


def _taken(receipt: Receipt) -> int:
    return receipt.accepted + receipt.duplicates


def _offers(ground: Ground, settings: OtlpSettings) -> Sequence[Offering]:
    (mapping,) = mappings_set(ground.home, [settings.mapping], "otlp.mapping")
    desk = OtlpDesk(ground, settings.objects, mapping)
    return [
        Offering(Endpoint("POST", path, INGEST), take, refused, MOST_BYTES)
        for path, take in ((METRICS, desk.metrics), (LOGS, desk.logs))
    ]


OTLP: Final = InputSource(
    name="otlp",
    text="OTLP metrics and logs",
    section="otlp",
    settings=OtlpSettings,
    run=stands,
    runs=ENDPOINT,
    offers=_offers,
    wanted=is_enabled,
)
