"""OTLP over HTTP on a real socket: what the OpenTelemetry SDK exports is measured, and its log records are alarms."""

import json

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from ingestion.sources.otlp.source import LOGS, METRICS
from telassure.kernel.events import AlarmNotification
from tests.sources.conftest import BOUNDED, TOKEN, VIEWER
from tests.sources.test_remote_write import measured

AT = 1_780_308_000_000_000_000
HOST = [{"key": "host.name", "value": {"stringValue": "amf-1"}}]
RESOURCE = Resource({"host.name": "amf-1", "service.name": "amf"})


def metrics(*several: dict, resource=HOST) -> dict:
    return {"resourceMetrics": [{"resource": {"attributes": resource}, "scopeMetrics": [{"metrics": list(several)}]}]}


def gauge(name: str = "sessions", value: float = 7.0, at: int = AT, **more) -> dict:
    return {"name": name, "gauge": {"dataPoints": [{"timeUnixNano": str(at), "asDouble": value, **more}]}}


def records(*several: dict) -> dict:
    return {"resourceLogs": [{"resource": {"attributes": HOST}, "scopeLogs": [{"logRecords": list(several)}]}]}


def alarms(station) -> list[AlarmNotification]:
    return [each for each in station.events("assurance") if isinstance(each, AlarmNotification)]


def headers(station) -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}", "X-Feed": station.feed}


@pytest.mark.parametrize("packing", [Compression.NoCompression, Compression.Gzip])
def test_what_the_sdk_measures_is_measured(station, packing):
    exporter = OTLPMetricExporter(
        f"http://127.0.0.1:{station.port}{METRICS}", headers=headers(station), compression=packing
    )
    provider = MeterProvider([PeriodicExportingMetricReader(exporter, 1e9)], RESOURCE)
    meter = provider.get_meter("test")
    meter.create_counter("calls").add(3, {"cause": "ok"})
    meter.create_histogram("setup").record(0.5)
    meter.create_up_down_counter("sessions").add(-2)
    assert provider.force_flush()
    found = measured(station)
    provider.shutdown()
    assert found == {
        ("amf-1", 'calls{cause="ok"}'): [3.0], ("amf-1", "setup.count"): [1.0], ("amf-1", "setup.sum"): [0.5],
        ("amf-1", "sessions"): [-2.0],
    }  # fmt: skip


def test_what_the_sdk_logs_is_an_alarm_from_warning_on(station):
    provider = LoggerProvider(RESOURCE)
    url = f"http://127.0.0.1:{station.port}{LOGS}"
    provider.add_log_record_processor(SimpleLogRecordProcessor(OTLPLogExporter(url, headers=headers(station))))
    logger = provider.get_logger("of a network function")
    for word, text in (("ERROR", "database is gone"), ("INFO", "fine"), ("FATAL", "stopped")):
        logger.emit(LogRecord(timestamp=AT, severity_number=SeverityNumber[word], body=text))
    provider.shutdown()
    found = [(each.managed_object, each.perceived_severity.name, each.text) for each in alarms(station)]
    assert found == [("amf-1", "MAJOR", "database is gone"), ("amf-1", "CRITICAL", "stopped")]


@pytest.mark.parametrize(
    ("point", "wanted"),
    [
        ({"asInt": "9007199254740992"}, [2.0**53]),
        ({"asDouble": 1.5, "attributes": [{"key": "cell", "value": {"intValue": "7"}}]}, [1.5]),
        ({"asDouble": 1.5, "flags": 1}, None),
    ],
)
def test_points_in_json(station, point, wanted):
    body = gauge()
    body["gauge"]["dataPoints"] = [{"timeUnixNano": str(AT), **point}]
    with station.client() as client:
        found = client.post(METRICS, json=metrics(body))
    assert (found.status_code, found.json()) == (200, {})
    assert next(iter(measured(station).values()), None) == wanted


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (metrics(gauge(), resource=[]), "none of the attributes"),
        (metrics(gauge("")), "the name of a metric is empty"),
        (metrics(gauge(value=float("inf"))), "infinite"),
        (metrics(gauge(at=12_000)), "before 1990"),
    ],
)
def test_what_cannot_be_taken_is_told_and_its_neighbours_go_on(station, bad, said):
    whole = {"resourceMetrics": [*bad["resourceMetrics"], *metrics(gauge("fine"))["resourceMetrics"]]}
    with station.client() as client:
        body = json.dumps(whole).replace("Infinity", '"Infinity"')
        found = client.post(METRICS, content=body, headers={"Content-Type": "application/json"})
    told = found.json()["partialSuccess"]
    assert (found.status_code, told["rejectedDataPoints"], said in told["errorMessage"]) == (200, "1", True)
    assert measured(station) == {("amf-1", "fine"): [7.0]}


def test_a_request_in_protobuf_is_answered_in_it_and_taken_once(station):
    from google.protobuf.json_format import ParseDict

    body = ParseDict(metrics(gauge()), ExportMetricsServiceRequest()).SerializeToString()
    with station.client() as client:
        kind = {"Content-Type": "application/x-protobuf"}
        answers = [client.post(METRICS, content=body, headers=kind) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 200]
    assert ExportMetricsServiceResponse.FromString(answers[0].content) == ExportMetricsServiceResponse()
    assert measured(station) == {("amf-1", "sessions"): [7.0]}


@pytest.mark.parametrize("path", [METRICS, LOGS])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b'{"resourceMetrics": 7, "resourceLogs": 7}'),
        ("application/x-protobuf", b"\xff\xff"),
    ],
)
def test_a_body_that_is_no_request_is_refused(station, path, kind, body):
    with station.client() as client:
        found = client.post(path, content=body, headers={"Content-Type": kind})
    assert (found.status_code, "no export request" in found.json()["message"]) == (400, True)


@pytest.mark.parametrize(("token", "status"), [("", 401), (VIEWER, 403), (BOUNDED, 403)])
def test_only_who_may_send_is_heard(station, token, status):
    with station.client(token) as client:
        assert client.post(METRICS, json=metrics(gauge())).status_code == status
        assert client.post(LOGS, json=records()).status_code == status


def test_severities_by_number(station):
    several = [{"severityNumber": n, "timeUnixNano": str(AT), "body": {"stringValue": str(n)}} for n in range(0, 25)]
    with station.client() as client:
        assert client.post(LOGS, json=records(*several)).status_code == 200
    found = {each.text: each.perceived_severity.name for each in alarms(station)}
    assert {found[str(n)] for n in range(13, 17)} == {"WARNING"}
    assert {found[str(n)] for n in range(17, 21)} == {"MAJOR"}
    assert {found[str(n)] for n in range(21, 25)} == {"CRITICAL"}
    assert len(found) == 12
