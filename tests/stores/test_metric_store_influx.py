"""What InfluxDB makes special: names, retention, windows, settings, a server that goes away; on a real influxd."""

from pathlib import Path

import numpy as np
import pytest

from telassure.kernel.errors import ConfigurationError, TransientError
from telassure.kernel.instant import EARLIEST, HOUR, LATEST, MINUTE, SECOND
from telassure.store.metrics_embedded.store import EmbeddedMetricStore
from telassure.store.metrics_influx.server import InfluxConnection, InfluxServer
from telassure.store.metrics_influx.store import InfluxMetricStore
from tests.conftest import free_port
from tests.influx.influxd import ORG, Influxd, Now, influx_store, influxd, influxd_or_skip, running  # noqa: F401
from tests.stores.test_metric_store_laws import START, contents, scored

ODD = ("", " ", "  lead and trail  ", "a,b=c d", "back\\slash", "ends\\", "\\", 'quo"ted', "'", "line\nbreak", "\r\n\n")
CONTROLS = ("\t", "\x00", "\x7f", "\u2028", "%", "%25;", "%;", "100%", "a;b", "-", "#comment", "x" * 5000)
MEANT = (
    "${1 + 1}",
    '" |> drop() //',
    '") or true',
    "/re.*gex/",
    "(?i)x",
    "[a",
    "{",
    "<b>",
    "a|b",
    "^",
    "a&b~c#",
    "\\d",
)
ELSEWHERE = ("ü", "日本", "\U0001f4f6", "e\u0301", "_measurement", "true", "1i", "NaN", "null")
NASTY = [*ODD, *CONTROLS, *MEANT, *ELSEWHERE]


def test_any_name_comes_back_as_it_was(influxd: Influxd, tmp_path: Path) -> None:  # noqa: F811
    store = influx_store(influxd, tmp_path)
    rows = {(name, name[::-1], START + n * HOUR): float(n) for n, name in enumerate(NASTY)}
    store.write(scored(rows), "detection/0", 1)
    store.flush()
    found, read = contents(store), [store.read(name, name[::-1], EARLIEST, LATEST) for name in NASTY]
    searched = [(name, name[::-1]) in store.series(name) for name in NASTY]
    store.close()
    assert found == rows
    assert [list(frame["value"]) for frame in read] == [[float(n)] for n in range(len(NASTY))]
    assert all(searched)


def test_a_search_for_what_only_an_escape_spells_finds_nothing(influxd: Influxd, tmp_path: Path) -> None:  # noqa: F811
    store = influx_store(influxd, tmp_path)
    store.write(scored({("100%", "load", START): 1.0, ("25;", "load", START): 1.0}), "detection/0", 1)
    store.flush()
    found = store.series("25;", limit=1)
    store.close()
    assert found == [("25;", "load")]


def test_the_digest_is_that_of_the_embedded_store(influxd: Influxd, tmp_path: Path) -> None:  # noqa: F811
    rows = {(f"cell-{n % 7}", "load", START + n * MINUTE): float(n) if n % 5 else np.nan for n in range(50)}
    stores = [influx_store(influxd, tmp_path), EmbeddedMetricStore(tmp_path)]
    digests = set()
    for store in stores:
        store.write(scored(rows, band=0.1), "detection/0", 1)
        store.flush()
        digests.add(store.digest())
        store.close()
    assert len(digests) == 1


def test_a_window_summarises_what_stands_and_not_what_was_replaced(influxd: Influxd, tmp_path: Path) -> None:  # noqa: F811
    store = influx_store(influxd, tmp_path)
    rows = {("cell-1", "load", START + n * 20 * MINUTE): float(n) for n in range(6)}
    store.write(scored(rows), "detection/0", 1)
    store.write(scored({("cell-1", "load", START): np.nan}), "detection/0", 2)
    store.flush()
    mean = store.read_window(("cell-1", "load"), START, START + 2 * HOUR, HOUR, "mean")
    count = store.read_window(("cell-1", "load"), START, START + 2 * HOUR, HOUR, "count")
    nothing = store.read_window(("cell-2", "load"), START, START + 2 * HOUR, HOUR, "mean")
    store.close()
    assert mean.to_dict("list") == {"time": [START, START + HOUR], "value": [1.5, 4.0]}
    assert count["value"].to_list() == [2, 3]
    assert nothing.empty


def test_points_older_than_the_bucket_keeps_are_let_go_and_the_rest_stays(influxd: Influxd) -> None:  # noqa: F811
    store = InfluxMetricStore(influxd.connection("an hour", retention_seconds=3600), Now())
    now = Now().now()
    store.write(scored({("cell-1", "load", now - 3 * HOUR): 1.0, ("cell-1", "load", now): 2.0}), "detection/0", 1)
    store.flush()
    found, applied = contents(store), store.applied("detection/0")
    store.close()
    assert (found, applied) == ({("cell-1", "load", now): 2.0}, 1)


@pytest.mark.parametrize(
    ("changed", "told"),
    [({"token": "a wrong one"}, "TELASSURE_INFLUX__TOKEN"), ({"bucket": "none"}, "influx bucket create --name none")],
)
def test_wrong_settings_are_named_with_what_to_do(influxd: Influxd, changed: dict[str, str], told: str) -> None:  # noqa: F811
    right = {"url": influxd.url, "org": ORG, "bucket": "first", "token": influxd.token}
    store = InfluxMetricStore(InfluxConnection(**{**right, **changed}), Now())
    with pytest.raises(ConfigurationError, match=told) as refused:
        store.write(scored({("cell-1", "load", START): 1.0}), "detection/0", 1)
    assert "a wrong one" not in str(refused.value)


def test_a_server_states_its_version_clock_and_retention(influxd: Influxd) -> None:  # noqa: F811
    server = InfluxServer(influxd.connection("two hours", retention_seconds=7200))
    state = server.state()
    server.close()
    assert state.retention_seconds == 7200
    assert state.version
    assert state.clock is not None
    assert abs(state.clock - Now().now()) < 60 * SECOND


def test_nothing_is_lost_while_the_server_is_away(tmp_path: Path) -> None:
    program, port = influxd_or_skip(), free_port()
    with running(program, tmp_path, port) as server:
        first = server.connection("points")
        connection = InfluxConnection(first.url, ORG, "points", first.token, patience=0.5)
        store = InfluxMetricStore(connection, Now())
        store.write(scored({("cell-1", "load", START): 1.0}), "detection/0", 1)
        store.flush()
    store.write(scored({("cell-2", "load", START): 2.0}), "detection/0", 2)
    with pytest.raises(TransientError, match="tried again"):
        store.flush()
    with running(program, tmp_path, port, server.token):
        store.write(scored({("cell-2", "load", START): 2.0}), "detection/0", 2)  # as the host replays it
        store.flush()
        found, applied = contents(store), store.applied("detection/0")
        store.close()
    assert (found, applied) == ({("cell-1", "load", START): 1.0, ("cell-2", "load", START): 2.0}, 2)
