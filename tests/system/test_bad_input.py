"""Bad input through the real endpoint, inbox and worker: a clear answer each, nothing lost, and the rest goes on."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from telassure import wiring
from telassure.kernel.codec import decode
from telassure.kernel.events import Alarm
from telassure.kernel.instant import DAY, Instant
from telassure.store.metrics_embedded.store import EmbeddedMetricStore
from telassure.wiring.home import Home
from telassure.wiring.settings import Settings
from tests.system.conftest import SERIES_LIMIT, Serving, most_memory
from tests.system.installation import until
from tests.system.recordings import PM_FILE

MEGABYTE = 1 << 20
USAGE = "record_id,account,service,time,volume\n"


def now() -> Instant:
    return time.time_ns() // 1_000


def point(managed_object: str, **fields: Any) -> dict[str, Any]:
    return {"time": now(), "managed_object": managed_object, "measurement": "load", "value": 1.0} | fields


def usage(record: str, account: str, **fields: Any) -> dict[str, Any]:
    return {"record_id": record, "account": account, "service": "voice", "time": now(), "volume": 60} | fields


def tariff_for(account: str) -> dict[str, Any]:
    """A catalogue in which this account pays ten cents for each voice call."""
    price = {"service": "voice", "prefix": "", "kind": "flat", "rate": "0.10"}
    tariff = {"tariff_id": account, "valid_from": "2020-01-01T00:00:00Z", "currency": "EUR", "prices": [price]}
    product = {"product_id": account, "name": account, "monthly_fee": "0", "currency": "EUR", "tariff": account}
    payer = {"account_id": account, "customer": "c-1", "product": account, "payment": "postpaid"}
    payer |= {"opening_balance": "0", "currency": "EUR"}
    return {"tariffs": [tariff], "products": [product], "accounts": [payer]}


def rejected(answer: Any) -> list[tuple[int, str]]:
    return [(each["index"], each["reason"]) for each in answer.json()["rejected"]]


def stored(serving: Serving, managed_object: str) -> list[float]:
    """The values of one object's series as a reader of the store sees them."""
    store = points_of(serving)
    try:
        found = store.read(managed_object, "load", now() - DAY, now() + DAY)
        return [float(value) for value in found["value"]]
    finally:
        store.close()


def points_of(serving: Serving) -> EmbeddedMetricStore:
    return wiring.metric_store(Settings.model_construct(home=serving.installation.home), read_only=True)


def drop(serving: Serving, name: str, content: bytes) -> None:
    """Put a file into the watched directory, and wait until it has been taken."""
    inbox = Home(serving.installation.home).inbox
    (inbox / name).write_bytes(content)
    until(lambda: any((inbox / end / name).exists() for end in ("done", "failed")), 30, f"{name} in done or failed")
    serving.settled("charging")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'[{"time": 1, "value": NaN}]', "NaN and Infinity are not JSON, write null"),
        (b'[{"time": 1', "unexpected end"),
        ('{"managed_object": "köln"}'.encode("latin-1"), "UTF-8"),
        ("[]".encode("utf-16"), "UTF-8"),
    ],
)
def test_a_body_that_is_no_json_is_refused_with_the_reason(serving: Serving, body: bytes, reason: str) -> None:
    answer = serving.post("measurements", body)
    assert answer.status_code == 400
    assert reason in answer.json()["error"]


def test_infinities_are_refused_by_row_and_the_other_rows_are_stored(serving: Serving) -> None:
    rows = [point("inf-1", value="inf"), point("inf-1"), point("inf-1", value="-Infinity"), point("inf-1", value=1e300)]
    rows[3]["time"] += 1
    answer = serving.post("measurements", rows)
    reason = "value is infinite; write null where there is no value"
    assert (answer.status_code, rejected(answer)) == (202, [(0, reason), (2, reason)])
    until(lambda: stored(serving, "inf-1") == [1.0, 1e300], 20, "the good rows in the store")


def test_a_missing_value_is_no_number_and_no_error(serving: Serving) -> None:
    answer = serving.post("measurements", [point("gap-1", value=None), point("gap-1", time=now() + 1)])
    assert (answer.status_code, rejected(answer)) == (202, [])
    until(lambda: len(stored(serving, "gap-1")) == 2, 20, "both rows in the store")
    assert np.isnan(stored(serving, "gap-1")).tolist() == [True, False]


def test_times_far_from_ours_are_refused_each_with_its_reason(serving: Serving) -> None:
    times = [0, "1900-01-01T00:00:00Z", "2200-01-01T00:00:00Z", now() + 2 * DAY, 10**30, "yesterday", now()]
    answer = serving.post("measurements", [point("time-1", time=each) for each in times])
    parts = ["before 1990", "before 1990", "after 2100", "ahead of the clock", "is not a time", "is not a time"]
    found = rejected(answer)
    assert answer.status_code == 202
    assert [index for index, _ in found] == [0, 1, 2, 3, 4, 5]
    assert all(part in reason for part, (_, reason) in zip(parts, found, strict=True))
    until(lambda: stored(serving, "time-1") == [1.0], 20, "the good row in the store")


def test_late_telemetry_is_stored_and_counted_as_late(serving: Serving) -> None:
    before = serving.reader.counters().get("late", 0)
    serving.post("measurements", [point("late-1")], X_Feed="late").raise_for_status()
    serving.post("measurements", [point("late-1", time=now() - DAY // 2, value=7.0)], X_Feed="late").raise_for_status()
    until(lambda: stored(serving, "late-1") == [7.0, 1.0], 20, "both rows in the store")
    until(lambda: serving.reader.counters().get("late", 0) == before + 1, 20, "the count of the late row")


def test_objects_that_nobody_knows_are_taken_under_the_default_domain(serving: Serving) -> None:
    alarm = {"managed_object": "stranger-1", "perceived_severity": "major", "time": now()}
    assert serving.post("alarms", alarm).status_code == 202
    serving.settled("assurance")
    found = [
        alarm for alarm in serving.reader.every(Alarm, {"state": "active"}) if alarm.managed_object == "stranger-1"
    ]
    assert [alarm.domain for alarm in found] == ["unassigned"]


def test_usage_that_nobody_pays_for_is_kept_as_a_dead_letter_and_the_rest_is_charged(serving: Serving) -> None:
    serving.post("catalogue", tariff_for("payer-1")).raise_for_status()
    rows = [usage("u-1", "payer-1"), usage("u-2", "nobody-1"), {**usage("u-3", ""), "subscriber": "491719999999"}]
    del rows[2]["account"]
    assert serving.post("usage", rows).status_code == 202
    serving.settled("charging")
    assert charges(serving, "payer-1") == {"u-1"}
    reasons = [reason for _, reason in serving.letters("record u-2") + serving.letters("record u-3")]
    assert ["account nobody-1 is not in the catalogue" in reasons[0], "unknown subscriber" in reasons[1]] == [True] * 2


def test_the_identity_of_a_refused_subscriber_is_not_kept_in_clear(serving: Serving) -> None:
    row = {**usage("u-9", "", volume=-1), "subscriber": "491710000042"}
    assert serving.post("usage", [row]).status_code == 422
    kept = [letter.payload for letter in serving.reader.letters(limit=10_000).rows]
    assert kept
    assert not any(b"491710000042" in payload for payload in kept)


def test_a_negative_volume_is_refused_and_the_rest_is_charged(serving: Serving) -> None:
    serving.post("catalogue", tariff_for("payer-2")).raise_for_status()
    answer = serving.post("usage", [usage("n-1", "payer-2", volume=-5), usage("n-2", "payer-2")])
    assert (answer.status_code, rejected(answer)) == (202, [(0, "volume -5 is negative; give 0 or more")])
    serving.settled("charging")
    assert charges(serving, "payer-2") == {"n-2"}


def test_a_usage_record_with_the_id_of_another_is_a_dead_letter_and_charged_once(serving: Serving) -> None:
    serving.post("catalogue", tariff_for("payer-3")).raise_for_status()
    at = now()
    serving.post("usage", [usage("d-1", "payer-3", time=at)]).raise_for_status()
    serving.post("usage", [usage("d-1", "payer-3", time=at, volume=999)]).raise_for_status()
    serving.settled("charging")
    assert charges(serving, "payer-3") == {"d-1"}
    assert len(serving.letters("record d-1")) == 1


def test_a_recharge_with_the_id_of_another_is_refused_by_name(serving: Serving) -> None:
    recharge = {"recharge_id": "r-1", "account": "payer-4", "amount": "5.00", "currency": "EUR", "time": now()}
    assert serving.post("recharges", [recharge]).status_code == 202
    answer = serving.post("recharges", [recharge | {"amount": "500.00"}])
    reason = "recharge_id 'r-1' was taken before with other content; the first one stands"
    assert (answer.status_code, rejected(answer)) == (422, [(0, reason)])


def test_an_idempotency_key_with_another_body_is_a_conflict(serving: Serving) -> None:
    rows = [point("key-1")]
    assert serving.post("measurements", rows, Idempotency_Key="k-1").status_code == 202
    assert serving.post("measurements", rows, Idempotency_Key="k-1").json()["duplicates"] == 1
    assert serving.post("measurements", [point("key-2")], Idempotency_Key="k-1").status_code == 409


def test_a_file_cut_short_is_set_aside_with_the_line_of_the_cut(serving: Serving) -> None:
    text = PM_FILE.format(element="cut")
    drop(serving, "cut.xml", text[: text.index("cell-2") + 9].encode())
    ((place, reason),) = serving.letters("cut.xml")
    assert place == "cut.xml:9"
    assert "not well-formed" in reason
    failed = Home(serving.installation.home).inbox / "failed" / "cut.xml.reason.txt"
    assert failed.read_text().startswith("cut.xml:9: not well-formed")


def test_files_in_other_encodings_are_read_or_refused_by_line_and_whole_ones_go_on(serving: Serving) -> None:
    serving.post("catalogue", tariff_for("payer-5")).raise_for_status()
    lines = [f"{name},payer-5,voice,{now()},60\n" for name in ("l-1", "l-ä", "l-3")]
    drop(serving, "usage-latin.csv", (USAGE + "".join(lines)).encode("latin-1"))
    drop(serving, "lies.xml", PM_FILE.format(element="ü").encode("latin-1"))
    wide = PM_FILE.format(element="wide").replace("UTF-8", "UTF-16")
    drop(serving, "wide.xml", wide.encode("utf-16"))
    assert charges(serving, "payer-5") == {"l-1", "l-3"}
    assert [place for place, _ in serving.letters("usage-latin.csv")] == ["usage-latin.csv:3"]
    assert [place for place, _ in serving.letters("lies.xml")] == ["lies.xml:5"]
    assert serving.letters("wide.xml") == []


def test_a_file_of_no_known_kind_is_set_aside_with_its_reason(serving: Serving) -> None:
    drop(serving, "notes.doc", b"\0\1\2")
    ((_, reason),) = serving.letters("notes.doc")
    assert 'files named ".doc" are not known' in reason


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_a_body_of_100_megabytes_is_refused_without_being_held(serving: Serving, chunked: bool) -> None:
    before = most_memory(serving.api_pid)

    def stream() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * MEGABYTE

    length = {} if chunked else {"Content-Length": str(100 * MEGABYTE)}
    answer = serving.client.post("/v1/ingest/measurements", content=stream(), headers=length)
    assert answer.status_code == 413
    assert "send it in smaller batches" in answer.json()["error"]
    assert most_memory(serving.api_pid) - before < 64 * MEGABYTE
    assert serving.post("measurements", [point("after-1")]).status_code == 202


def test_series_without_end_stop_at_the_limits_and_every_row_beyond_them_is_kept(serving: Serving) -> None:
    limit = {"area": "detection", "name": "series_limit", "value": str(SERIES_LIMIT), "selector": "unassigned"}
    serving.post("catalogue", {"policies": [limit]}).raise_for_status()
    sent = endless(serving, 0, 4_000)
    held = most_memory(serving.worker_pid)
    sent |= endless(serving, 4_000, 24_000)
    assert most_memory(serving.worker_pid) - held < 48 * MEGABYTE
    store = points_of(serving)
    kept = {name for name, _ in store.series("endless-", 100_000)}
    assert store.stats().series <= SERIES_LIMIT
    store.close()
    not_stored, not_scored = refused_objects(serving, "metric_store"), refused_objects(serving, "anomaly")
    assert kept | not_stored == sent
    assert not kept & not_stored
    assert len(sent - not_scored) <= SERIES_LIMIT


def endless(serving: Serving, start: int, end: int) -> set[str]:
    """Send one point of each of so many new series, and wait until all of it is applied; their names."""
    for first in range(start, end, 2_000):
        rows = [point(f"endless-{number}") for number in range(first, first + 2_000)]
        assert serving.post("measurements", rows, X_Feed="endless").json()["accepted"] == 2_000
    serving.settled("detection")
    return {f"endless-{number}" for number in range(start, end)}


def refused_objects(serving: Serving, operator: str) -> set[str]:
    """The objects whose rows this operator has put into dead letters."""
    found: set[str] = set()
    for letter in serving.reader.letters(limit=10_000).rows:
        if letter.source == "endless" and letter.operator == operator:
            rows = decode("measurements", letter.payload)
            found |= {rows.objects[code] for code in rows.measured_object}
    return found


def charges(serving: Serving, account: str) -> set[str]:
    """The records charged to an account; a record charged twice is an error here."""
    found = serving.installation.charged(account)
    assert len(found) == len(set(found))
    return set(found)
