"""Remote write: what a sender packs is what is measured; over a real socket, and from Prometheus itself."""

import random
import shutil
import struct
import subprocess
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.fields.snappy import unpacked
from ingestion.fields.write_request import samples_of
from ingestion.sources.remote_write.labels import label_pairs
from ingestion.sources.remote_write.source import MOST_BYTES, PATH
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Measurements
from tests.sources.conftest import BOUNDED, VIEWER

AT = 1_780_308_000_000
STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    found = b""
    while number >= 0x80:
        found += bytes([number & 0x7F | 0x80])
        number >>= 7
    return found + bytes([number])


def part(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content


def series(labels: dict[str, str], *samples: tuple[int, float], extra: bytes = b"") -> bytes:
    pairs = b"".join(part(1, part(1, n.encode()) + part(2, v.encode())) for n, v in labels.items())
    points = b"".join(part(2, b"\x09" + struct.pack("<d", v) + b"\x10" + varint(at)) for at, v in samples)
    return part(1, pairs + points + extra)


def literal(content: bytes) -> bytes:
    size = len(content) - 1
    if size < 60:
        return bytes([size << 2]) + content
    octets = max(1, (size.bit_length() + 7) // 8)
    return bytes([(59 + octets) << 2]) + size.to_bytes(octets, "little") + content


def packed(message: bytes) -> bytes:
    """As snappy may: in literals alone."""
    pieces = [message[at : at + 50_000] for at in range(0, len(message), 50_000)]
    return varint(len(message)) + b"".join(map(literal, pieces))


ELEMENTS = st.lists(
    st.one_of(
        st.tuples(st.just("literal"), st.binary(min_size=1, max_size=70_000)),
        st.tuples(st.sampled_from([1, 2, 3]), st.integers(1, 64), st.integers(1, 3_000)),
    ),
    max_size=12,
)


@given(ELEMENTS)
@settings(max_examples=60, deadline=None)
def test_a_block_of_literals_and_copies_is_what_they_make(elements):
    made, body = bytearray(), b""
    for element in elements:
        if element[0] == "literal":
            made += element[1]
            body += literal(element[1])
            continue
        kind, count, offset = element
        if not made:
            continue
        offset = min(offset, len(made), 2_047 if kind == 1 else 65_535)
        count = min(max(count, 4), 11) if kind == 1 else count
        if kind == 1:
            body += bytes([(offset >> 8) << 5 | (count - 4) << 2 | 1, offset & 0xFF])
        else:
            body += bytes([(count - 1) << 2 | kind]) + offset.to_bytes(2 if kind == 2 else 4, "little")
        for _ in range(count):
            made.append(made[-offset])
    assert unpacked(varint(len(made)) + body, 1 << 24) == bytes(made)


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_octets_are_unpacked_or_refused(body):
    with suppress(InvalidInput):
        assert len(unpacked(body, 1 << 16)) <= 1 << 16


LABELS = st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20), max_size=5)
POINTS = st.lists(st.tuples(st.integers(-(2**62), 2**62), st.floats(width=64)), max_size=5)


@given(st.lists(st.tuples(LABELS, POINTS), max_size=6), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_request_is_read_as_it_was_written(several, more):
    noise = part(7, b"later") + varint(9 << 3) + varint(2**63) if more else b""
    message = (
        b"".join(series(labels, *points, extra=noise) for labels, points in several) + noise + part(3, b"metadata")
    )
    found = samples_of(message)
    assert [label_pairs(octets) for octets in found.labels] == [labels for labels, _ in several]
    wanted = [(n, at, struct.pack("<d", v)) for n, (_, points) in enumerate(several) for at, v in points]
    got = zip(found.series.tolist(), found.time.tolist(), found.value.tolist(), strict=True)
    assert [(n, at, struct.pack("<d", v)) for n, at, v in got] == wanted


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_happens_to_the_octets_they_are_read_or_refused(data):
    message = bytearray(series({"__name__": "up", "instance": "a"}, (AT, 1.0), (AT + 1, 2.0)) * 2)
    for _ in range(data.draw(st.integers(1, 4))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    message = message[: data.draw(st.integers(0, len(message)))]
    with suppress(InvalidInput):
        found = samples_of(bytes(message))
        assert found.series.max(initial=-1) < len(found.labels)
        for octets in found.labels:
            label_pairs(octets)


def sent(client, *several: bytes, **headers: str):
    return client.post(PATH, content=packed(b"".join(several)), headers={"Content-Encoding": "snappy", **headers})


def measured(station) -> dict[tuple[str, str], list[float]]:
    found: dict[tuple[str, str], list[float]] = {}
    for each in station.events("detection"):
        if isinstance(each, Measurements):
            for o, n, value in zip(each.measured_object, each.measurement, each.value.tolist(), strict=True):
                found.setdefault((each.objects[o], each.names[n]), []).append(value)
    return found


def named(name="up", instance="cell-7:9100", **more) -> dict[str, str]:
    return {"__name__": name, "instance": instance, "job": "node", **more}


def test_samples_are_measurements_of_the_instance_named_with_their_other_labels(station):
    with station.client() as client:
        found = sent(
            client, series(named(), (AT, 1.0), (AT + 15_000, 0.0)), series(named("cpu", mode="idle"), (AT, 7.5))
        )
    assert (found.status_code, found.content) == (204, b"")
    assert measured(station) == {("cell-7", "up"): [1.0, 0.0], ("cell-7", 'cpu{mode="idle"}'): [7.5]}


def test_the_same_request_again_is_taken_once(station):
    with station.client() as client:
        assert [sent(client, series(named(), (AT, 1.0))).status_code for _ in range(2)] == [204, 204]
    assert measured(station) == {("cell-7", "up"): [1.0]}


def test_the_end_of_a_series_is_no_value_and_a_request_of_metadata_alone_is_fine(station):
    with station.client() as client:
        assert sent(client, series(named(), (AT, STALE))).status_code == 204
        assert sent(client, part(3, b"\x08\x01")).status_code == 204
    assert measured(station) == {}


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (series({"instance": "a"}, (AT, 1.0)), "has no __name__"),
        (series({"__name__": "up"}, (AT, 1.0)), "has none of the labels"),
        (series(named(instance="a\nb"), (AT, 1.0)), "control characters"),
        (series(named("y", zone="z" * 600), (AT, 1.0)), "characters; at most 512"),
        (series(named("z"), extra=part(4, b"")), "native histograms are not read"),
        (series(named("w"), (AT, float("inf"))), "infinite"),
        (series(named("v"), (12, 1.0)), "before 1990"),
    ],
)
def test_what_cannot_be_taken_is_kept_as_a_letter_and_its_neighbours_go_on(station, bad, said):
    with station.client() as client:
        assert sent(client, bad, series(named(), (AT, 1.0))).status_code == 204
        alone = sent(client, bad)
    assert (alone.status_code, said in alone.json()["error"]) == (400, True)
    assert measured(station) == {("cell-7", "up"): [1.0]}
    assert all(said in letter.reason for letter in station.letters())


@pytest.mark.parametrize("body", [b"", b"\x05hello", packed(b"\xff\xff"), packed(b"\x0a\xff"), packed(b"hello world")])
def test_a_body_that_is_no_request_is_refused(station, body):
    with station.client() as client:
        found = client.post(PATH, content=body, headers={"Content-Encoding": "snappy"})
    assert found.status_code == 400 or body == b""


def test_a_body_that_unpacks_to_too_much_is_refused_before_it_is(station):
    bomb = varint(MOST_BYTES + 1) + b"\x00a" + b"\xfe\x01\x00" * 1_000
    with station.client() as client:
        found = client.post(PATH, content=bomb, headers={"Content-Encoding": "snappy"})
    assert (found.status_code, "at most" in found.json()["error"]) == (400, True)


def test_the_newer_protocol_and_other_packings_are_named_as_such(station):
    newer = {"Content-Type": "application/x-protobuf;proto=io.prometheus.write.v2.Request"}
    with station.client() as client:
        assert sent(client, **newer).status_code == 415
        assert client.post(PATH, content=b"x", headers={"Content-Encoding": "zstd"}).status_code == 415


@pytest.mark.parametrize(("token", "status"), [("", 401), (VIEWER, 403), (BOUNDED, 403)])
def test_only_who_may_send_is_heard(station, token, status):
    with station.client(token) as client:
        assert sent(client, series(named(), (AT, 1.0))).status_code == status
    assert measured(station) == {}


PROMETHEUS = """
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: itself
    static_configs: [{targets: ["127.0.0.1:%d"]}]
remote_write:
  - url: http://127.0.0.1:%d/api/v1/write
    basic_auth: {username: ems, password: the-token-of-a-network-element}
    headers: {X-Feed: prometheus}
    queue_config: {batch_send_deadline: 1s}
"""


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="no prometheus (Debian: apt-get install prometheus)")
def test_prometheus_writes_what_it_scrapes(shared_station, tmp_path):
    own = 20_000 + random.randrange(20_000)
    (tmp_path / "p.yml").write_text(PROMETHEUS % (own, shared_station.port))
    command = [
        "prometheus", f"--config.file={tmp_path / 'p.yml'}", f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{own}", "--log.level=error",
    ]  # fmt: skip
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while ("127.0.0.1", "up") not in measured(shared_station) and time.monotonic() < until:
            time.sleep(0.3)
    finally:
        running.terminate()
        running.wait()
    assert 1.0 in measured(shared_station)["127.0.0.1", "up"]
