"""`telassure doctor` on a bucket of InfluxDB: its token, retention, clock and whose offsets it remembers."""

import json
from collections.abc import Iterator

import pytest

from telassure.kernel.instant import SECOND
from telassure.wiring.settings import Settings
from tests.influx.api import TOKEN, Answer, Api, Asked, refusal, serving
from tests.system.test_doctor import PASSWORD, diagnosis, embedded, wrongs  # noqa: F401 - a fixture


@pytest.fixture
def influx() -> Iterator[Api]:
    with serving() as api:
        yield api


def bucket(asked: Asked, seconds: int) -> Answer:
    """What the API says to a ping and to the search for a bucket that forgets after `seconds`."""
    if asked.path == "/ping":
        return Answer(204, headers={"X-Influxdb-Version": "v2.7.12"})
    rule = {"type": "expire", "everySeconds": seconds}
    named = [{"id": "1", "name": "points", "orgID": "2", "retentionRules": [rule]}]
    return Answer(200, json.dumps({"buckets": named}).encode(), {"Content-Type": "application/json"})


def with_influx(settings: Settings, api: Api, token: str = TOKEN) -> Settings:
    here = settings.influx.model_copy(update={"url": api.url, "bucket": "points"})
    return settings.model_copy(update={"influx": type(here)(**{**here.model_dump(), "token": token})})


def test_a_bucket_that_forgets_too_soon(embedded: Settings, influx: Api) -> None:  # noqa: F811
    influx.rule = lambda asked: bucket(asked, 86_400) if asked.path != "/api/v2/query" else Answer(200, b"\r\n")
    found = diagnosis(with_influx(embedded, influx))
    assert wrongs(found) == ["influxdb"]
    assert found["influxdb"].found == "bucket points forgets after 1.0 days, the settings say 400"


def test_a_token_that_influxdb_refuses_is_not_repeated(embedded: Settings, influx: Api) -> None:  # noqa: F811
    found = diagnosis(with_influx(embedded, influx, PASSWORD))
    assert "TELASSURE_INFLUX__TOKEN" in found["influxdb"].mend
    assert PASSWORD not in repr(found)


def test_the_clock_of_influxdb_beside_ours(embedded: Settings, influx: Api) -> None:  # noqa: F811
    influx.rule = lambda asked: bucket(asked, 0) if asked.path != "/api/v2/query" else Answer(200, b"\r\n")
    settings = with_influx(embedded, influx)
    well, fast, slow = (diagnosis(settings, ahead) for ahead in (0, 30 * SECOND, -30 * SECOND))
    assert well["influxdb clock"].ok
    assert not fast["influxdb clock"].ok
    assert not slow["influxdb clock"].ok
    assert "behind ours" in fast["influxdb clock"].found


def test_a_bucket_that_remembers_an_earlier_installation(embedded: Settings, influx: Api) -> None:  # noqa: F811
    influx.answer = lambda asked: (  # type: ignore[method-assign]
        Answer(200, b",result,table,_value\r\n,_result,0,99\r\n\r\n")
        if asked.path == "/api/v2/query"
        else bucket(asked, 0)
    )
    found = diagnosis(with_influx(embedded, influx))
    assert wrongs(found) == ["influxdb offsets"]
    assert "TELASSURE_INFLUX__BUCKET" in found["influxdb offsets"].mend


def test_an_influxdb_that_is_away(embedded: Settings, influx: Api) -> None:  # noqa: F811
    influx.rule = lambda asked: refusal(503, "starting")
    found = diagnosis(with_influx(embedded, influx))
    assert "influxdb" in wrongs(found)
    assert found["influxdb"].mend.startswith(f"start InfluxDB at {influx.url}, or mend TELASSURE_INFLUX__URL")
