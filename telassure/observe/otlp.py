"""Spans sent to a collector by OpenTelemetry's SDK and OTLP over HTTP; imported only where that is asked for."""

import os
import socket
import time
from typing import Final

from opentelemetry import trace as api
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from telassure.observe.spans import Attributes, Span, continued, is_sampled

_PATH: Final = "/v1/traces"
_EXPORT_SECONDS: Final = 5.0
_SECOND: Final = 1_000_000_000


class Exporting:
    """Spans leave from a thread of their own, in batches; what does not fit its queue of 2,048 is dropped. Of new
    traces `ratio` are sampled; one that is continued is as its beginner decided."""

    exporting = True

    def __init__(self, service: str, endpoint: str, ratio: float) -> None:
        who = {
            "service.name": service,
            "service.namespace": "telassure",
            "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
        }
        sampler = ParentBased(TraceIdRatioBased(ratio))
        self._provider = TracerProvider(sampler=sampler, resource=Resource(who), shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint=address(endpoint), timeout=_EXPORT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("telassure")

    def begin(self, name: str, parent: str, attributes: Attributes) -> Span:
        return _Open(self._tracer.start_span(name, _context(parent), api.SpanKind.SERVER, dict(attributes)))

    def add(self, name: str, parent: str, seconds: float, attributes: Attributes) -> None:
        if is_sampled(parent) and (place := continued(parent)):
            ended = time.time_ns()
            began, kind = ended - int(seconds * _SECOND), api.SpanKind.CONSUMER
            self._tracer.start_span(name, _context(place), kind, dict(attributes), start_time=began).end(ended)

    def close(self) -> None:
        """Send what waits, for at most half a minute."""
        self._provider.shutdown()


class _Open:
    """A span that has begun."""

    def __init__(self, span: api.Span) -> None:
        self._span = span
        place = span.get_span_context()
        self.trace = f"00-{place.trace_id:032x}-{place.span_id:016x}-{int(place.trace_flags) & 1:02x}"

    def note(self, name: str, value: str | float) -> None:
        self._span.set_attribute(name, value)

    def end(self, failure: str) -> None:
        if failure:
            self._span.set_status(api.StatusCode.ERROR, failure)
        self._span.end()


def address(endpoint: str) -> str:
    """Where OTLP takes traces, of a collector's address with or without the path.

    >>> address("http://collector:4318/")
    'http://collector:4318/v1/traces'
    """
    plain = endpoint.rstrip("/")
    return plain if plain.endswith(_PATH) else plain + _PATH


def _context(parent: str) -> Context:
    if not parent:
        return api.set_span_in_context(api.INVALID_SPAN)
    _, trace, span, flags = parent.split("-")
    place = api.SpanContext(int(trace, 16), int(span, 16), is_remote=True, trace_flags=api.TraceFlags(int(flags, 16)))
    return api.set_span_in_context(api.NonRecordingSpan(place))
