"""How points reach InfluxDB whatever its API answers: refused lines, overload, full queues, TLS."""

import shutil
import subprocess
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from telassure.kernel.errors import ConfigurationError, TransientError
from telassure.kernel.instant import EARLIEST, LATEST
from telassure.store.metrics_influx.lines import POINTS, lines
from telassure.store.metrics_influx.sender import BATCH, Sender
from telassure.store.metrics_influx.server import InfluxConnection, InfluxServer
from telassure.store.metrics_influx.store import InfluxMetricStore
from tests.influx.api import TOKEN, Answer, Api, Asked, refusal, serving
from tests.influx.influxd import Now
from tests.stores.test_metric_store_laws import START, scored

RECORDED = Path(__file__).with_name("influx_answers")


def connection(api: Api, **changed: object) -> InfluxConnection:
    right = {"url": api.url, "org": "telassure", "bucket": "points", "token": TOKEN, "patience": 5.0}
    return InfluxConnection(**{**right, **changed})  # type: ignore[arg-type]  # a test's own dictionary


def several(count: int, object_: str = "cell") -> dict[tuple[str, str, int], float]:
    return {(f"{object_}-{n}", "load", START): float(n) for n in range(count)}


def test_a_refused_line_is_found_told_and_given_back_and_the_others_arrive() -> None:
    def without_cell_7(asked: Asked) -> Answer:
        return refusal(400, "unable to parse") if any(b"cell-7," in line for line in asked.lines) else Answer()

    rows = scored(several(20))
    with serving() as api:
        api.rule = without_cell_7
        store = InfluxMetricStore(connection(api), Now())
        first = store.write(rows, "detection/0", 1)
        with pytest.raises(TransientError, match="1 lines were taken out"):
            store.flush()
        refused = store.write(rows, "detection/0", 1)  # the host's replay from its checkpoint
        store.flush()
        store.close()
        accepted = {line for asked in api.asked if without_cell_7(asked).status == 204 for line in asked.lines}
    assert first is None
    assert refused is not None
    assert [refused.objects[code] for code in refused.measured_object] == ["cell-7"]
    assert {line.split(b",")[1] for line in accepted if line.startswith(POINTS.encode())} == {
        f"managed_object=cell-{n}".encode() for n in range(20) if n != 7
    }


def test_a_body_that_is_too_large_is_halved_without_losing_or_refusing_a_line() -> None:
    with serving() as api:
        api.rule = lambda asked: refusal(413, "request too large") if len(asked.lines) > 6 else Answer()
        store = InfluxMetricStore(connection(api), Now())
        store.write(scored(several(20)), "detection/0", 1)
        store.flush()
        store.close()
        small = [line for asked in api.asked if len(asked.lines) <= 6 for line in asked.lines if b"cell" in line]
    assert small == list(lines(scored(several(20))).text)


def test_an_overloaded_server_gets_the_same_lines_again() -> None:
    with serving() as api:
        turns = iter([refusal(503, "overloaded"), refusal(429, "slow down", Retry_After="1"), Answer(), Answer()])
        api.rule = lambda asked: next(turns)
        store = InfluxMetricStore(connection(api), Now())
        store.write(scored(several(3)), "detection/0", 1)
        store.flush()
        store.close()
        bodies = [asked.body for asked in api.asked if asked.path == "/api/v2/write"]
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[3].startswith(b"telassure_writers,writer=detection/0 applied=1i ")


def test_the_marker_of_an_offset_follows_its_points() -> None:
    with serving() as api:
        store = InfluxMetricStore(connection(api), Now())
        store.write(scored(several(BATCH + 5)), "detection/0", 1)
        store.flush()
        store.close()
        written = api.written
    assert [line.split(b",")[0] for line in written[-2:]] == [b"telassure_writers", b"telassure_newest"]
    assert sum(line.startswith(POINTS.encode()) for line in written[:-2]) == BATCH + 5


def test_a_full_queue_pushes_back_and_keeps_the_order() -> None:
    class Stuck:
        def __init__(self) -> None:
            self.open, self.taken = Event(), []

        def write(self, batch: list[bytes]) -> int:
            self.open.wait(30)
            self.taken += batch
            return 0

    server = Stuck()
    sender = Sender(server, waiting=2, patience=0.05)
    sender.put([b"1"])
    sender.put([b"2"])
    with pytest.raises(TransientError, match="slower than they come"):
        sender.put([b"3"])
    server.open.set()
    sender.put([b"3"])
    sender.drain()
    sender.close()
    assert server.taken == [b"1", b"2", b"3"]


def test_a_bucket_of_another_schema_is_a_wrong_setting() -> None:
    conflict = 'partial write: field type conflict: input field "value" is type float, already exists as type integer'
    with serving() as api:
        api.rule = lambda asked: refusal(422, f"failure writing points to database: {conflict} dropped=3")
        store = InfluxMetricStore(connection(api), Now())
        store.write(scored(several(3)), "detection/0", 1)
        with pytest.raises(ConfigurationError, match="holds another schema"):
            store.flush()
        with pytest.raises(ConfigurationError):
            store.close()


def test_names_too_long_for_the_server_come_back_and_the_rest_is_sent() -> None:
    rows = scored({("x" * 70_000, "load", START): 1.0, ("cell-1", "load", START): 2.0})
    with serving() as api:
        store = InfluxMetricStore(connection(api), Now())
        refused = store.write(rows, "detection/0", 1)
        store.flush()
        store.close()
        sent = [line for line in api.written if line.startswith(POINTS.encode())]
    assert refused is not None
    assert refused.value.tolist() == [1.0]
    assert [line.split(b",")[1] for line in sent] == [b"managed_object=cell-1"]


def test_a_recorded_answer_reads_as_the_columns_it_holds() -> None:
    with serving() as api:
        api.rule = lambda asked: Answer(200, (RECORDED / "range.csv").read_bytes())
        store = InfluxMetricStore(connection(api), Now(), read_only=True)
        frame = store.read("cell-1", "load", EARLIEST, LATEST)
        store.close()
    assert frame["time"].tolist() == [START, START + 1, START + 2]
    np.testing.assert_array_equal(frame["value"], [0.1, np.nan, np.inf])
    np.testing.assert_array_equal(frame["score"], [np.float64(np.float32(1.1)), np.nan, np.inf])


def test_an_error_in_the_middle_of_an_answer_is_no_answer() -> None:
    with serving() as api:
        broken = (RECORDED / "range.csv").read_bytes() + b"\r\nerror,reference\r\nengine: closed,\r\n\r\n"
        api.rule = lambda asked: Answer(200, broken)
        store = InfluxMetricStore(connection(api), Now(), read_only=True)
        with pytest.raises(TransientError, match="engine: closed"):
            store.read("cell-1", "load", EARLIEST, LATEST)
        store.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate of its own authority for localhost, made for this run, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    place = tmp_path_factory.mktemp("tls")
    words = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-addext", "subjectAltName=DNS:localhost"]
    made = [
        "openssl",
        "req",
        "-x509",
        "-subj",
        "/CN=localhost",
        *words,
        "-keyout",
        str(place / "key.pem"),
        "-out",
        str(place / "ca.pem"),
    ]
    subprocess.run(made, check=True, capture_output=True)
    return str(place / "ca.pem"), str(place / "key.pem")


def test_points_travel_over_tls_to_a_server_whose_authority_is_named(certificate: tuple[str, str]) -> None:
    with serving(certificate) as api:
        server = InfluxServer(connection(api, ca_file=Path(certificate[0])))
        server.write([b"cpu value=1 1"])
        server.close()
        assert api.written == [b"cpu value=1 1"]


def test_a_server_of_an_unknown_authority_gets_nothing(certificate: tuple[str, str]) -> None:
    with serving(certificate) as api:
        server = InfluxServer(connection(api, patience=0.1))
        with pytest.raises(ConfigurationError, match=r"set influx\.ca_file"):
            server.write([b"cpu value=1 1"])
        server.close()
        assert api.asked == []


def test_a_missing_authority_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"influx\.ca_file .*absent\.pem: no such file"):
        InfluxServer(InfluxConnection("https://localhost:1", "o", "b", "t", ca_file=tmp_path / "absent.pem"))
