"""What a client may bring in a second: the rate is kept, and one feed's flood costs no other feed its place."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.sources.edge.allowance import BURST, SILENT, Allowance, Rates
from ingestion.sources.http.api import Limits

ALARM = {"managed_object": "c-1", "perceived_severity": "major", "time": "2026-06-01T11:00:00Z"}
FEW_ROWS = Limits(rates=Rates(rows=2))
FEW_BYTES = Limits(rates=Rates(octets=100))


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def alarms(count: int) -> list[dict[str, str]]:
    return [{**ALARM, "managed_object": f"c-{number}"} for number in range(count)]


@pytest.mark.parametrize(("limits", "count"), [(FEW_ROWS, 100), (FEW_BYTES, 100)])
def test_a_feed_over_its_rate_is_told_when_to_come_again(serving, limits, count):
    with serving(limits) as server, server.client() as client:
        first = client.post("/v1/ingest/alarms", json=alarms(count), headers={"X-Feed": "flood"})
        again = client.post("/v1/ingest/alarms", json=ALARM, headers={"X-Feed": "flood"})
    assert (first.status_code, again.status_code) == (202, 429)
    assert int(again.headers["Retry-After"]) >= 1
    assert "feed flood is over its rate" in again.json()["error"]


def test_what_a_packed_body_unpacks_to_is_counted(serving):
    packed = gzip.compress(json.dumps(alarms(100)).encode())
    sent = {"X-Feed": "flood", "Content-Encoding": "gzip"}
    with serving(FEW_BYTES) as server, server.client() as client:
        codes = [client.post("/v1/ingest/alarms", content=packed, headers=sent).status_code for _ in range(2)]
    assert codes == [202, 429]


def test_rows_that_are_refused_count_as_well(serving):
    with serving(FEW_ROWS) as server, server.client() as client:
        codes = [client.post("/v1/ingest/alarms", json=[{}] * 100).status_code for _ in range(2)]
    assert codes == [422, 429]


def test_one_feed_s_flood_costs_no_other_feed_its_place(serving):
    with serving(FEW_ROWS) as server, server.client() as client:
        client.post("/v1/ingest/alarms", json=alarms(70), headers={"X-Feed": "flood"})
        flood = client.post("/v1/ingest/alarms", json=ALARM, headers={"X-Feed": "flood"})
        other = client.post("/v1/ingest/alarms", json=ALARM, headers={"X-Feed": "site"})
    assert (flood.status_code, other.status_code) == (429, 202)


def test_one_client_s_flood_costs_no_other_client_its_place(serving):
    with serving(FEW_ROWS) as server, server.client() as one, server.client("the-token-of-a-sensor-12") as other:
        one.post("/v1/ingest/alarms", json=alarms(1_000))
        sent = other.post("/v1/ingest/alarms", json=ALARM, headers={"X-Feed": "http"})
    assert sent.status_code == 202


def test_a_client_speaks_for_so_many_feeds(serving):
    with serving(Limits(rates=Rates(feeds=3))) as server, server.client() as client:
        sent = [client.post("/v1/ingest/alarms", json=ALARM, headers={"X-Feed": f"f{n}"}) for n in (1, 2, 3, 4, 1)]
    assert [answer.status_code for answer in sent] == [202, 202, 202, 429, 202]
    assert "speaks for 3 feeds already" in sent[3].json()["error"]


def test_a_silent_feed_makes_room_for_another():
    clock = Hand()
    allowance = Allowance(Rates(feeds=1), clock)
    assert allowance.refusal("c", "first") is None
    assert allowance.refusal("c", "second") is not None
    clock.at = SILENT
    assert allowance.refusal("c", "second") is None


@given(asked=st.lists(st.tuples(st.floats(0, 30), st.integers(0, 500), st.sampled_from("ab")), max_size=80))
def test_no_more_comes_in_than_the_rate_allows(asked):
    clock, rate, most = Hand(), 10, 500
    allowance, taken = Allowance(Rates(rows=rate), clock), 0
    for pause, rows, feed in asked:
        clock.at += pause
        if allowance.refusal("c", feed) is None:
            allowance.spend("c", feed, rows=rows)
            taken += rows
    assert taken <= rate * (clock.at + BURST) + most


@given(rows=st.lists(st.integers(1, 10_000), min_size=1, max_size=20))
def test_who_waits_as_long_as_told_is_welcome(rows):
    clock = Hand()
    allowance = Allowance(Rates(rows=7), clock)
    for count in rows:
        if (over := allowance.refusal("c", "f")) is not None:
            clock.at += over[1]
            assert allowance.refusal("c", "f") is None
        allowance.spend("c", "f", rows=count)


@pytest.mark.parametrize("strangers", [3, 4, 50])
def test_a_feed_that_is_known_has_a_place_however_many_strangers_came_before_it(strangers):
    allowance = Allowance(Rates(feeds=3, known=frozenset({"ems", "cdr"})), Hand())
    refusals = [allowance.refusal("c", f"ghost-{number}") is not None for number in range(strangers)]
    assert refusals == [number >= 3 for number in range(strangers)]
    assert [allowance.refusal("c", feed) for feed in ("ems", "cdr", "ems")] == [None, None, None]


def test_feeds_that_are_known_take_no_stranger_s_place():
    allowance = Allowance(Rates(feeds=1, known=frozenset({"ems", "cdr"})), Hand())
    assert [allowance.refusal("c", feed) for feed in ("ems", "cdr", "site")] == [None, None, None]
