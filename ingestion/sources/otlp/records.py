"""OTLP log records as documents that a mapping reads."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ingestion.sources.otlp.points import as_text, texts

if TYPE_CHECKING:
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

_WORDS: Final = ("unspecified", "trace", "debug", "info", "warn", "error", "fatal")
_STEPS: Final = 4
_NANOSECONDS: Final = 1_000


def documents_of(request: "ExportLogsServiceRequest") -> Iterator[dict[str, object]]:
    """Each record, with the attributes of its resource; `severity` is the word of its number's range."""
    for resource in request.resource_logs:
        around = texts(resource.resource.attributes)
        for scope in resource.scope_logs:
            for record in scope.log_records:
                number = min(max(record.severity_number, 0), 24)
                at = (record.time_unix_nano or record.observed_time_unix_nano) // _NANOSECONDS
                yield {
                    "severity": _WORDS[-(-number // _STEPS)],
                    "severity_text": record.severity_text,
                    "body": as_text(record.body),
                    "attributes": texts(record.attributes),
                    "resource": around,
                    **({"time": at} if at else {}),
                }
