"""One trace id from the request that brought an alarm to the ticket that a person reads."""

import io
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest
from prometheus_client import CollectorRegistry

from ingestion.batches.batch import Origin
from ingestion.sources.files.recognition import take_file
from ingestion.sources.http.api import Limits as ApiLimits
from models.detection.layout import MARK, OPENED, RECOVERED, WORSENED
from streams.hosts.embedded import Embedded, Upkeep
from streams.hosts.partition.turn import Partition
from streams.hosts.partition.world import World
from streams.operators.detection.cell import DomainCell, load_cell
from streams.operators.detection.episodes import Episodes
from streams.topologies.assurance import ASSURANCE
from telassure.kernel.codec import encode
from telassure.kernel.events import Alarm, AlarmNotification, PerceivedSeverity, ServiceProblem, TroubleTicket
from telassure.kernel.ports import Entry
from telassure.observe.logs import JsonLines
from telassure.observe.spans import continued, is_sampled, trace_id
from telassure.observe.traces import current, start_tracing, traced
from telassure.observe.worker import WorkerMeter
from telassure.store.sql import SqlReader, SqlStateStore
from tests.apis.conftest import FixedClock, Server
from tests.driver import Driver
from tests.observe.collector import Collector, collecting

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SAMPLED = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture
def collector():
    with collecting() as found:
        yield found


def alarm(managed_object: str, at: str) -> dict[str, str]:
    return {
        "managed_object": managed_object,
        "event_type": "equipmentAlarm",
        "probable_cause": "lossOfSignal",
        "perceived_severity": "critical",
        "time": f"2026-06-01T10:{at}Z",
    }


def apply(server: Server, home: Path) -> None:
    """The assurance topology over what the server's log holds, to its end."""
    store = SqlStateStore(f"sqlite:///{home}/assurance.db")
    world = World(server.log, store, FixedClock(), meter=WorkerMeter(CollectorRegistry()))
    Embedded([Partition(ASSURANCE, 0, world)], server.log, FixedClock(), upkeep=Upkeep(live=False)).drain()
    store.close()


def tickets(home: Path) -> list[TroubleTicket]:
    reader = SqlReader(f"sqlite:///{home}/log.db", {"assurance": f"sqlite:///{home}/assurance.db"})
    try:
        return list(reader.every(TroubleTicket))
    finally:
        reader.close()


def test_the_trace_of_a_request_is_found_in_the_ticket_and_at_the_collector(tmp_path: Path, collector: Collector):
    with (
        Server(tmp_path / "log.db", ApiLimits()) as server,
        start_tracing("everything", collector.endpoint, 0.0),
        server.client() as client,
    ):
        answer = client.post("/v1/ingest/alarms", json=[alarm("olt-3", "00:00")], headers={"traceparent": SAMPLED})
        client.post("/v1/ingest/alarms", json=[alarm("olt-9", "20:00")])  # moves the domain's clock on
        apply(server, tmp_path)
    opened = [ticket for ticket in tickets(tmp_path) if ticket.root_cause == "olt-3"]
    assert answer.headers["X-Trace-Id"] == TRACE
    assert [trace_id(ticket.trace) for ticket in opened] == [TRACE]
    (request,) = collector.named("ingest", TRACE)
    assert (request.service, request.parent, request.attributes["kind"]) == ("everything", "00f067aa0ba902b7", "alarms")
    (applied,) = collector.named("apply assurance", TRACE)
    (ticket,) = collector.named("ticket", TRACE)
    assert applied.parent == ticket.parent == request.span
    assert ticket.attributes["ticket"] == opened[0].ticket_id
    assert {span.trace for span in collector.spans} == {TRACE}, "of what nobody asked to sample nothing is sent"


def test_without_an_endpoint_the_trace_is_carried_all_the_same(tmp_path: Path):
    with Server(tmp_path / "log.db", ApiLimits()) as server, server.client() as client:
        answer = client.post("/v1/ingest/alarms", json=[alarm("olt-3", "00:00"), alarm("olt-9", "05:00")])
        (record, *_) = [r for r in server.log.read("assurance", 0, 0, 9, 1 << 20) if r.kind == "alarm_notification"]
    assert trace_id(record.trace) == answer.headers["X-Trace-Id"]
    assert not is_sampled(record.trace)


def test_a_malformed_traceparent_begins_a_new_trace(tmp_path: Path):
    with Server(tmp_path / "log.db", ApiLimits()) as server, server.client() as client:
        answer = client.post(
            "/v1/ingest/alarms", json=[alarm("olt-3", "00:00")], headers={"traceparent": f"00-{'0' * 32}-{'1' * 16}-01"}
        )
    assert answer.status_code == 202
    assert len(answer.headers["X-Trace-Id"].strip("0")) > 16


@pytest.mark.parametrize(
    "header",
    [
        "",
        "00",
        f"ff-{TRACE}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
        f"00-{TRACE}-00f067aa0ba902b7-01-more",
        SAMPLED + "\n00",
        "0" * 100_000,
    ],
)
def test_only_what_the_standard_allows_is_continued(header: str):
    assert continued(header) == ""


def test_a_later_version_of_the_header_is_read_as_ours():
    assert continued(f"01-{TRACE}-00f067aa0ba902b7-03-more") == SAMPLED


def test_a_log_line_carries_the_id_of_the_trace_it_was_written_in():
    written = io.StringIO()
    to_text = logging.StreamHandler(written)
    to_text.setFormatter(JsonLines())
    log = logging.getLogger("tests.observe")
    log.addHandler(to_text)
    try:
        with traced("file", SAMPLED):
            log.warning("inside", extra={"topology": "assurance", "partition": 3})
        log.warning("outside")
    finally:
        log.removeHandler(to_text)
    inside, outside = map(orjson.loads, written.getvalue().splitlines())
    assert (inside["trace_id"], inside["topology"], inside["partition"]) == (TRACE, "assurance", 3)
    assert "trace_id" not in outside
    assert current() == ""


def traces_of(managed: dict[str, str], batch: int, crash: bool) -> dict[str, set[str]]:
    """Traces of alarms, problems and tickets by managed object, of raises that each have a trace."""
    driver = Driver(ASSURANCE, batch=batch)
    minute = 60_000_000
    for number, (name, trace) in enumerate([*managed.items(), ("last", "")]):
        at = 1_700_000_000_000_000 + number * 10 * minute
        event = AlarmNotification(f"n{number}", "d", "ems", name, "e", "p", "s", PerceivedSeverity.CRITICAL, at)
        kind, payload = encode(event)
        driver.log.append([Entry("assurance", 0, kind, payload, "test", str(number), b"%d" % number, 1, trace)])
        driver.run()
        if crash:
            driver.crash()
    found = {alarm.managed_object: {alarm.trace} for alarm in driver.records(Alarm)}
    for problem in driver.records(ServiceProblem):
        found[problem.root_causes[0].managed_object].add(problem.trace)
    for ticket in driver.records(TroubleTicket):
        found[ticket.root_cause].add(ticket.trace)
    return found


@pytest.mark.parametrize(("batch", "crash"), [(1, False), (64, False), (64, True)])
def test_what_is_raised_keeps_its_trace_through_crashes_and_at_any_batch_size(batch: int, crash: bool):
    raised = {"olt-3": SAMPLED, "olt-9": SAMPLED.replace("4bf9", "0000")}
    found = traces_of(raised, batch, crash)
    assert {name: traces for name, traces in found.items() if name in raised} == {k: {v} for k, v in raised.items()}


def test_a_file_is_one_trace_and_the_next_file_another(tmp_path: Path):
    row = "managed_object,event_type,perceived_severity,time\n"
    for name in ("alarms-1.csv", "alarms-2.csv"):
        lines = [f"olt-{n},{name},major,2026-06-01T10:0{n}:00Z\n" for n in range(3)]
        (tmp_path / name).write_text(row + "".join(lines), encoding="utf-8")
    with Server(tmp_path / "log.db", ApiLimits()) as server:
        for name in ("alarms-1.csv", "alarms-2.csv"):
            take_file(server.gateway, tmp_path / name, name, Origin("files", f"file:{name}"))
        records = [r for r in server.log.read("assurance", 0, 0, 99, 1 << 20) if r.kind == "alarm_notification"]
    by_file = [{trace_id(r.trace) for r in records if r.source == f"file:alarms-{n}.csv"} for n in (1, 2)]
    assert [len(traces) for traces in by_file] == [1, 1]
    assert by_file[0] != by_file[1]


def mark(kind: int, slot: int) -> np.void:
    found = np.zeros(1, MARK)
    found["kind"], found["slot"] = kind, slot
    return found[0]


def test_an_episode_keeps_the_trace_of_the_envelope_that_opened_it_until_it_closes():
    cell = DomainCell()
    opened = cell.part(Episodes).trace_of(mark(OPENED, 3), SAMPLED)
    again = load_cell(cell.dump()).part(Episodes)
    worse, closed = again.trace_of(mark(WORSENED, 3), "another"), again.trace_of(mark(RECOVERED, 3), "another")
    assert [opened, worse, closed] == [SAMPLED] * 3
    assert again.traces == {}


def test_the_trace_is_no_part_of_the_bytes_nor_of_what_makes_two_events_equal():
    plain = AlarmNotification("n", "d", "f", "o", "e", "p", "s", PerceivedSeverity.MAJOR, 5)
    carrying = replace(plain, trace=SAMPLED)
    assert encode(plain) == encode(carrying)
    assert plain == carrying
