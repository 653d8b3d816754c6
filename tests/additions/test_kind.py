"""The guide "Adding a kind of input", as it is printed: one file, and the kind is taken everywhere."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.batches.batch import Batch, Origin
from ingestion.batches.directory import MemoryDirectory
from ingestion.batches.kind import kinds, table
from ingestion.fields.privacy import Pseudonymiser
from ingestion.gateway import Gateway
from ingestion.sources.files.recognition import take_file
from ingestion.sources.http.api import Limits
from telassure.kernel.codec import decode
from telassure.kernel.instant import parse_instant
from telassure.kernel.rights import INGEST
from telassure.store.memory import MemoryLog
from tests.adding import added, guide
from tests.apis.conftest import OPERATOR, Server

GUIDE = guide("kind")
AT = "2026-06-01T11:00:00Z"
VISIT = {"visit_id": "v-1", "managed_object": "site-7", "time": AT, "remark": "two\nlines"}
PARTITIONS = {"detection": 1, "assurance": 1, "charging": 1}


class FixedClock:
    def now(self) -> int:
        return parse_instant("2026-06-01T12:00:00Z")


@pytest.fixture
def visits(tmp_path: Path) -> Iterator[None]:
    ((path, text),) = GUIDE.files.items()
    folder = tmp_path / "kinds"
    folder.mkdir()
    with added(path, text, folder):
        yield


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def gateway(log: MemoryLog) -> Gateway:
    return Gateway(log, MemoryDirectory(), FixedClock(), PARTITIONS, Pseudonymiser(b"a key of the tests"))


def taken(log: MemoryLog) -> list[object]:
    return [decode(record.kind, record.payload) for record in log.read("assurance", 0, 0, 100, 1 << 20)]


def test_the_guide_shows_one_file_and_no_line_elsewhere():
    assert (list(GUIDE.files), GUIDE.lines) == (["ingestion/kinds/visits.py"], {})


def test_the_kind_is_taken_at_its_path_for_its_right_and_a_repeat_is_told(visits, tmp_path):
    with Server(tmp_path / "log.db", Limits()) as server, server.client(OPERATOR) as client:
        answers = [client.post("/v1/ingest/visits", json=VISIT).json() for _ in range(2)]
        other = client.post("/v1/ingest/visits", json={**VISIT, "managed_object": "site-8"})
        unknown = client.post("/v1/ingest/visits", json={**VISIT, "remarks": "x"}).json()
    assert [answer["items"][0]["outcome"] for answer in answers] == ["new", "repeat"]
    assert (other.status_code, "visit_id 'v-1' was taken before" in other.text) == (422, True)
    assert "the nearest is remark" in unknown["rejected"][0]["reason"]
    assert kinds()["visits"].right == INGEST


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("anything.jsonl", json.dumps(VISIT)),
        ("anything.csv", 'visit_id,managed_object,time,remark\nv-1,site-7,2026-06-01T11:00:00Z,"two\nlines"\n'),
        ("visits.jsonl", json.dumps({"kind": "visits", **VISIT})),
    ],
    ids=["json lines", "csv", "named"],
)
def test_the_kind_is_read_from_files_and_its_event_from_the_log(visits, gateway, log, tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8")
    report = take_file(gateway, tmp_path / name, name, Origin("files", "file"))
    (visit,) = taken(log)
    assert (report.accepted, report.dead_letters) == (1, 0)
    assert (type(visit).__name__, visit.visit_id, visit.domain, visit.remark) == (
        "SiteVisit",
        "v-1",
        "unassigned",
        "two\nlines",
    )


def test_an_id_is_known_within_its_feed_from_wherever_it_comes(visits, gateway):
    said = [
        gateway.submit(Batch("visits", VISIT, place), Origin(feed, place))
        for place, feed in (("one", "a"), ("two", "a"), ("three", "b"))
    ]
    assert [(receipt.accepted, receipt.duplicates) for receipt in said] == [(1, 0), (0, 1), (1, 0)]


def test_the_kind_stands_in_the_table(visits):
    assert "| `visits` | somebody works at a site | `ingest` | `http` | `visit_id` |" in table()


def test_without_its_file_there_is_no_such_kind():
    assert "visits" not in kinds()
