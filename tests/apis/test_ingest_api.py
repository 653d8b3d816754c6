"""The endpoint: who may, how much, what is answered, and that an acknowledgement means durable."""

import gzip
import json
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from ingestion.gateway import Gateway
from ingestion.sources.http.api import Limits
from telassure.access.principal import Principal
from telassure.access.tokens import Tokens
from telassure.kernel.errors import ConfigurationError, TransientError

AT = "2026-06-01T11:00:00Z"
POINT = {"time": AT, "managed_object": "c-1", "measurement": "m", "value": 1}
ALARM = {"managed_object": "c-1", "perceived_severity": "major", "time": AT}
USAGE = {"record_id": "r-1", "subscriber": "491711234567", "service": "sms", "time": AT, "volume": 1}
PERIOD = {"period_start": "2026-05-01", "period_end": "2026-05-02"}
MONEY = {"amount": "1.25", "currency": "EUR", "time": AT}
HEAD = "POST /v1/ingest/alarms HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer the-token-of-an-operator\r\n"
BODIES = {
    "measurements": POINT,
    "alarms": ALARM,
    "usage": USAGE,
    "bills": {"line_id": "l", "bill_id": "b", "account": "a", "service": "sms", "quantity": 1, **PERIOD, **MONEY},
    "counts": {"switch": "s", "service": "sms", "records": 1, "volume": 1, **PERIOD},
    "recharges": {"recharge_id": "x", "account": "a", **MONEY},
    "actions": {"action_id": "1", "alarm_id": "2", "action": "clear", "user": "operator", "time": AT},
}


def test_every_kind_is_taken_single_and_batched_and_a_repeat_is_a_duplicate(serving):
    with serving() as server, server.client() as client:
        answers = {kind: client.post(f"/v1/ingest/{kind}", json=body) for kind, body in BODIES.items()}
        again = {kind: client.post(f"/v1/ingest/{kind}", json=body) for kind, body in BODIES.items()}
        entry = {"resource_id": "r", "kind": "cell", "domain": "east"}
        catalogue = client.post("/v1/ingest/catalogue", json={"resources": [entry]})
    totals = {"new": 1, "repeat": 0, "changed": 0, "refused": 0}
    items = [{"index": 0, "outcome": "new"}]
    taken = {"accepted": 1, "duplicates": 0, "rejected": [], "totals": totals, "items": items}
    assert {kind: (a.status_code, a.json()) for kind, a in answers.items()} == dict.fromkeys(BODIES, (202, taken))
    assert {kind: a.json()["duplicates"] for kind, a in again.items()} == dict.fromkeys(BODIES, 1)
    assert (catalogue.status_code, catalogue.json()) == (202, taken)


def test_a_policy_that_nobody_knows_is_answered_with_the_nearest(serving):
    row = {"area": "leakage", "name": "bill_delay_hour", "value": 12}
    with serving() as server, server.client() as client:
        answer = client.post("/v1/ingest/catalogue", json={"policies": [row]})
    assert answer.status_code == 422
    assert "did you mean leakage.bill_delay_hours?" in answer.json()["rejected"][0]["reason"]


def test_what_was_acknowledged_is_there_after_a_restart_and_its_repeat_refused(serving):
    with serving() as server, server.client() as client:
        client.post("/v1/ingest/alarms", json=[ALARM, ALARM], headers={"Idempotency-Key": "k"})
        ends = server.ends()
    with serving() as server, server.client() as client:
        again = client.post("/v1/ingest/alarms", json=[ALARM, ALARM], headers={"Idempotency-Key": "k"})
        assert (server.ends(), again.json()["duplicates"]) == (ends, 2)


@pytest.mark.parametrize("number", ["+491715550123", "262015550123456", "550e8400-e29b-41d4-a716-446655440000"])
def test_a_key_that_holds_a_number_is_a_key_and_is_nowhere(serving, tmp_path, number):
    with serving() as server, server.client() as client:
        first = client.post("/v1/ingest/alarms", json=ALARM, headers={"Idempotency-Key": number})
        again = client.post("/v1/ingest/alarms", json=ALARM, headers={"Idempotency-Key": number})
        other = client.post("/v1/ingest/alarms", json=ALARM, headers={"Idempotency-Key": number[:-1] + "9"})
        kept = b"".join(place.read_bytes() for place in tmp_path.glob("log.db*"))
    told = [(each.json()["accepted"], each.json()["duplicates"]) for each in (first, again, other)]
    assert (told, number.encode() in kept) == ([(1, 0), (0, 1), (1, 0)], False)


@pytest.mark.parametrize("feed", ["+491715550123", "pm-262015550123456", "replay:491715550123"])
def test_a_feed_that_holds_a_number_is_refused_and_not_said_again(serving, feed):
    with serving() as server, server.client() as client:
        answer = client.post("/v1/ingest/alarms", json=ALARM, headers={"X-Feed": feed})
    assert (answer.status_code, "5550123" in answer.text) == (422, False)


def test_a_key_with_another_body_is_a_conflict(serving):
    with serving() as server, server.client() as client:
        client.post("/v1/ingest/alarms", json=ALARM, headers={"Idempotency-Key": "k"})
        ends = server.ends()
        answer = client.post("/v1/ingest/alarms", json=[ALARM, ALARM], headers={"Idempotency-Key": "k"})
        assert (answer.status_code, server.ends()) == (409, ends)


@pytest.mark.parametrize(
    ("token", "kind", "feed", "status"),
    [
        ("", "alarms", "http", 401),
        ("the-token-of-nobody-here", "alarms", "http", 401),
        ("the-token-of-a-sensor-12", "alarms", "http", 202),
        ("the-token-of-a-sensor-12", "alarms", "other", 403),
        ("the-token-of-a-sensor-12", "actions", "http", 403),
        ("the-token-of-a-sensor-12", "catalogue", "http", 403),
        ("the-token-of-an-operator", "gossip", "http", 404),
        ("the-token-of-an-operator", "alarms", "x" * 65, 422),
    ],
)
def test_a_token_may_what_its_roles_and_feeds_allow(serving, token, kind, feed, status):
    with serving() as server, server.client(token) as client:
        answer = client.post(f"/v1/ingest/{kind}", json=BODIES.get(kind, ALARM), headers={"X-Feed": feed})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("kind", "content", "status", "said"),
    [
        ("measurements", b"{", 400, "not JSON"),
        ("measurements", b'{"value": NaN}', 400, "write null"),
        ("measurements", b'"\xff"', 400, "not JSON in UTF-8"),
        ("measurements", b"[" * 100_000, 400, "not JSON"),
        ("measurements", b"5", 422, "send an object or an array"),
        ("measurements", b'{"time": [1], "value": []}', 422, "managed_object is missing"),
        ("usage", json.dumps({**USAGE, "volume": -1}).encode(), 422, "volume -1 is negative"),
        ("usage", json.dumps({**USAGE, "subscriber": "49171\u0000"}).encode(), 422, "subscriber is no MSISDN"),
        ("alarms", b"[]", 422, "accepted"),
    ],
)
def test_bad_input_has_a_clear_answer(serving, kind, content, status, said):
    with serving() as server, server.client() as client:
        answer = client.post(f"/v1/ingest/{kind}", content=content)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert "49171" not in answer.text


def test_the_good_rows_of_a_batch_are_taken_and_the_bad_ones_named(serving):
    with serving() as server, server.client() as client:
        answer = client.post(
            "/v1/ingest/measurements", json=[POINT, {**POINT, "value": "x"}, {**POINT, "measurement": "n"}]
        )
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 2
    assert answer.json()["rejected"] == [{"index": 1, "reason": 'value "x" is not a number'}]


def outcomes(answer: httpx.Response) -> list[str]:
    return [item["outcome"] for item in answer.json()["items"]]


def test_each_item_is_told_what_became_of_it(serving):
    recharge, other = BODIES["recharges"], {**BODIES["recharges"], "amount": "9.00"}
    with serving() as server, server.client() as client:
        client.post("/v1/ingest/recharges", json=recharge)
        batch = [recharge, other, {**recharge, "recharge_id": "y"}, {**recharge, "amount": "x"}]
        answer = client.post("/v1/ingest/recharges", json=batch)
    assert outcomes(answer) == ["repeat", "refused", "new", "refused"]
    assert "taken before with other content" in answer.json()["items"][1]["reason"]
    assert answer.json()["totals"] == {"new": 1, "repeat": 1, "changed": 0, "refused": 2}


@pytest.mark.parametrize(
    ("row", "outcome"),
    [(POINT, "repeat"), ({**POINT, "value": 2}, "changed"), ({**POINT, "granularity_s": 60}, "new")],
    ids=["the same", "another value", "another granularity"],
)
def test_a_row_that_names_the_series_and_time_of_an_earlier_one_is_told_so(serving, row, outcome):
    with serving() as server, server.client() as client:
        answer = client.post("/v1/ingest/measurements", json=[POINT, {**POINT, "managed_object": "c-2"}, row])
    assert outcomes(answer) == ["new", "new", outcome]
    assert answer.json()["accepted"] == (2 if outcome == "repeat" else 3)


def test_a_usage_record_said_twice_in_a_batch_is_accepted_once(serving):
    with serving() as server, server.client() as client:
        answer = client.post("/v1/ingest/usage", json=[USAGE, {**USAGE, "record_id": "r-2"}, USAGE])
    assert (outcomes(answer), answer.json()["accepted"]) == (["new", "new", "repeat"], 2)


def by_column(values: list[object], times: list[str] | None = None) -> dict[str, object]:
    rows = range(len(values))
    return {
        "managed_objects": [f"c-{row}" for row in rows],
        "measurements": ["m"],
        "managed_object": list(rows),
        "measurement": [0 for _ in rows],
        "time": times or [AT for _ in rows],
        "value": values,
    }


def test_the_rows_of_a_columnar_body_are_told_in_ranges(serving):
    body = by_column([1, 2, "x", "y", 5])
    with serving() as server, server.client() as client:
        first = client.post("/v1/ingest/measurements", json=body).json()
        again = client.post("/v1/ingest/measurements", json=body).json()
    assert first["ranges"] == [
        {"first": 0, "last": 1, "outcome": "new"},
        {"first": 2, "last": 3, "outcome": "refused"},
        {"first": 4, "last": 4, "outcome": "new"},
    ]
    assert again["totals"] == {"new": 0, "repeat": 3, "changed": 0, "refused": 2}


def test_what_is_cut_from_an_answer_is_counted(serving):
    good = [{**ALARM, "managed_object": f"c-{n}"} for n in range(1_500)]
    bad = [{**ALARM, "perceived_severity": "x"}] * 1_200
    broken = by_column([1 if n % 2 else "x" for n in range(2_400)])
    with serving() as server, server.client() as client:
        rows = client.post("/v1/ingest/alarms", json=good + bad).json()
        columns = client.post("/v1/ingest/measurements", json=broken).json()
    assert (len(rows["items"]), rows["items_total"], len(rows["rejected"]), rows["rejected_total"]) == (
        1_000,
        2_700,
        1_000,
        1_200,
    )
    assert rows["totals"] == {"new": 1_500, "repeat": 0, "changed": 0, "refused": 1_200}
    assert (len(columns["ranges"]), columns["ranges_total"]) == (1_000, 2_400)


def test_a_columnar_body_that_straddles_domains_is_told_row_by_row_when_a_part_repeats(serving):
    first, moved = by_column([1, 2, 3]), [{"resource_id": "c-1", "kind": "cell", "domain": "east"}]
    with serving() as server, server.client() as client:
        client.post("/v1/ingest/measurements", json=first)
        client.post("/v1/ingest/catalogue", json={"resources": moved})
        again = client.post("/v1/ingest/measurements", json=first).json()
    assert again["totals"]["new"] + again["totals"]["repeat"] == 3
    assert sum(r["last"] - r["first"] + 1 for r in again["ranges"]) == 3


def test_no_answer_repeats_a_subscribers_number(serving):
    number = "491711234567"
    wrong = [
        {**USAGE, "volume": number + "x"},
        {**USAGE, "time": number + "x"},
        {**USAGE, number: 1},
        {"record_id": number},
    ]
    columns = {"time": [AT], number: [1], "record_id": ["r"], "service": ["sms"], "volume": [1]}
    with serving() as server, server.client() as client:
        answers = [client.post("/v1/ingest/usage", json=body) for body in (wrong, columns, number)]
        answers.append(client.post("/v1/ingest/alarms", json={**ALARM, number: 1}))
        answers.append(
            client.post("/v1/ingest/catalogue", json={"subscribers": [{"msisdn": int(number), number: "a"}]})
        )
    assert {answer.status_code for answer in answers} == {422}
    assert not any(number in answer.text for answer in answers)


def test_a_zipped_body_is_taken_and_a_bomb_is_not(serving):
    limits = Limits(body_bytes=1 << 20)
    zipped = {"Content-Encoding": "gzip"}
    with serving(limits) as server, server.client() as client:
        good = client.post("/v1/ingest/alarms", content=gzip.compress(json.dumps(ALARM).encode()), headers=zipped)
        bomb = client.post("/v1/ingest/alarms", content=gzip.compress(b" " * (64 << 20)), headers=zipped)
        cut = client.post("/v1/ingest/alarms", content=gzip.compress(b"[]" * 999)[:-9], headers=zipped)
        odd = client.post("/v1/ingest/alarms", content=b"x", headers={"Content-Encoding": "br"})
    assert [answer.status_code for answer in (good, bomb, cut, odd)] == [202, 413, 400, 415]


def chunks(size: int):
    yield from (b" " * (1 << 16) for _ in range(size >> 16))


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
def test_a_body_of_100_megabytes_is_refused_without_being_held(serving, declared):
    headers = {"Content-Length": str(100 << 20)} if declared else {}
    with serving() as server, server.client() as client:
        tracemalloc.start()
        answer = client.post("/v1/ingest/measurements", content=chunks(100 << 20), headers=headers)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert client.post("/v1/ingest/measurements", json=POINT).status_code == 202
    assert answer.status_code == 413
    assert peak < (40 << 20)


def test_a_body_beyond_all_measure_is_refused_before_it_is_sent(serving):
    with serving() as server, server.connection() as raw:
        raw.sendall(f"{HEAD}Content-Length: {10**12}\r\n\r\n".encode())
        assert raw.recv(100).startswith(b"HTTP/1.1 413")


def test_a_content_length_that_promises_too_much_is_let_go(serving):
    with serving(Limits(patience=0.2)) as server:
        with server.connection() as raw:
            raw.sendall(f"{HEAD}Content-Length: 50\r\n\r\n[".encode())
            assert raw.recv(100).startswith(b"HTTP/1.1 408")
        assert server.ends() == [0, 0, 0]


def test_too_many_rows_are_refused(serving):
    with serving(Limits(rows=10)) as server, server.client() as client:
        assert client.post("/v1/ingest/alarms", json=[ALARM] * 11).status_code == 413


def test_where_all_places_are_taken_the_next_is_told_to_come_again(serving):
    with serving(Limits(concurrency=1)) as server, server.client() as client, server.connection() as slow:
        slow.sendall(f"{HEAD}Content-Length: 50\r\n\r\n[".encode())
        while "telassure_ingest_under_way 1.0" not in client.get("/metrics").text:
            pass
        answer = client.post("/v1/ingest/alarms", json=ALARM)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_while_the_log_is_not_to_be_had_nothing_is_acknowledged(serving, monkeypatch):
    def gone(*_):
        raise TransientError("the disk of 491711234567 is full")

    monkeypatch.setattr(Gateway, "submit", gone)
    with serving() as server, server.client() as client:
        answer = client.post("/v1/ingest/usage", json=USAGE)
    assert (answer.status_code, answer.headers["Retry-After"], "491711234567" in answer.text) == (503, "1", False)


def test_the_figures_are_for_loopback_and_for_those_with_a_token(serving):
    with serving() as server, server.client() as client, server.client("") as stranger:
        client.post("/v1/ingest/alarms", json=ALARM)
        passed_on = {"X-Forwarded-For": "203.0.113.9"}
        assert 'telassure_ingested_rows_total{kind="alarms",outcome="accepted"} 1.0' in stranger.get("/metrics").text
        assert stranger.get("/metrics", headers=passed_on).status_code == 401
        assert client.get("/metrics", headers=passed_on).status_code == 200


def test_it_says_that_it_lives_and_is_ready_and_serves_no_pages(serving):
    with serving() as server, server.client("") as client:
        found = [client.get(path).status_code for path in ("/healthz", "/readyz", "/docs", "/openapi.json", "/redoc")]
    assert found == [200, 200, 404, 404, 404]


def test_a_token_short_enough_to_guess_is_refused_at_the_start():
    with pytest.raises(ConfigurationError, match="shorter than 16"):
        Tokens({"secret": Principal("x", frozenset({"source"}))})


def test_many_senders_at_once_lose_nothing(serving):
    with serving() as server:

        def send(number: int) -> httpx.Response:
            with server.client() as client:
                return client.post("/v1/ingest/alarms", json={**ALARM, "managed_object": f"c-{number}"})

        with ThreadPoolExecutor(8) as senders:
            answers = [answer.status_code for answer in senders.map(send, range(64))]
        assert (set(answers), server.ends()) == ({202}, [0, 64, 0])


def test_of_a_catalogue_a_then_b_then_a_again_the_third_is_a_change_and_a_fourth_a_repeat(serving):
    def stated(client, account):
        body = {"subscribers": [{"msisdn": "+491711", "account": account}]}
        return client.post("/v1/ingest/catalogue", json=body).json()["items"][0]["outcome"]

    with serving() as server, server.client() as client:
        assert [stated(client, account) for account in "abaa"] == ["new", "changed", "changed", "repeat"]


def test_the_reason_of_a_verdict_may_take_several_lines_and_must_be_there(serving):
    verdict = dict.fromkeys(("verdict_id", "domain", "feed", "managed_object", "measurement"), "x")
    verdict |= {"started_at": AT, "given_at": AT, "verdict": "false_positive"}
    with serving() as server, server.client() as client:
        answers = [client.post("/v1/ingest/verdicts", json={**verdict, "why": why}) for why in ("a\nb", " ", None)]
    assert [answer.status_code for answer in answers] == [202, 422, 422]
    assert all("why" in answer.text for answer in answers[1:])


@pytest.mark.parametrize("spelling", ["x9 ", " x9", "x9\u200b", "x\ufeff9", "x9\u00a0"])
def test_an_id_that_looks_the_same_is_the_same(serving, spelling):
    with serving() as server, server.client() as client:
        first = client.post("/v1/ingest/usage", json={**USAGE, "record_id": "x9"}, headers={"Idempotency-Key": "a"})
        rows = [{**USAGE, "record_id": "x9"}, {**USAGE, "record_id": spelling}]
        both = client.post("/v1/ingest/usage", json=rows, headers={"Idempotency-Key": "b"})
    assert (first.json()["accepted"], both.json()["totals"]["repeat"]) == (1, 1)


def test_a_composed_and_a_decomposed_letter_are_one_id(serving):
    rows = [{**USAGE, "record_id": f"caf{letter}"} for letter in ("\u00e9", "e\u0301")]
    with serving() as server, server.client() as client:
        assert client.post("/v1/ingest/usage", json=rows).json()["totals"]["repeat"] == 1


@pytest.mark.parametrize(
    ("kind", "body", "key"),
    [
        ("alarms", '{"managed_object":"c-1","text":"a","text":"b"}', "text"),
        ("usage", '[{"record_id":"a","volume":1,"volume":1000}]', "volume"),
        ("catalogue", '{"policies":[],"policies":[]}', "policies"),
    ],
)
def test_a_key_that_stands_twice_is_refused_and_named(serving, kind, body, key):
    with serving() as server, server.client() as client:
        answer = client.post(f"/v1/ingest/{kind}", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert f'the key "{key}" twice' in answer.json()["error"]
