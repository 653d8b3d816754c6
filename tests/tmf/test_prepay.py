"""TMF654 on a running installation: what is done to a balance is a command that charging obeys, once."""

import pytest

from bss_sync.tmf.back_office import BackOffice
from telassure.kernel.errors import TransientError
from telassure.kernel.events import Act

PLACE = "/tmf-api/prepayBalanceManagement/v4"


def asked(bucket: str, amount: object, **more: object) -> dict[str, object]:
    return {
        "bucket": {"id": bucket},
        "partyAccount": {"id": bucket},
        "usageType": "monetary",
        "amount": {"amount": amount, "units": "EUR"},
        **more,
    }


def transfer(origin: str, receiver: str, amount: object) -> dict[str, object]:
    return asked(
        origin,
        amount,
        reason="a gift",
        receiverBucket={"id": receiver},
        receiverBucketUsageType="monetary",
        receiverLogicalResource={"id": "sim-2"},
        logicalResource=[{"id": "sim-1"}],
        channel={"id": "shop"},
    )


def values(installation, bucket: str) -> tuple[float, float]:
    """What may be spent, and what is reserved."""
    found = installation.api.get(f"{PLACE}/bucket/{bucket}").json()
    return found["remainingValue"]["amount"], found["reservedValue"]["amount"]


def until(installation, bucket: str, remaining: float) -> float:
    for _ in range(2_000):
        if values(installation, bucket)[0] == remaining:
            break
    return values(installation, bucket)[0]


def test_a_top_up_is_an_act_in_the_log_with_its_actor_and_its_reason(installation):
    before, _ = values(installation, "p-3")
    made = installation.api.post(f"{PLACE}/topupBalance", json=asked("p-3", 12.34, reason="a voucher"))
    assert (made.status_code, made.json()["status"]) == (201, "completed")
    assert values(installation, "p-3")[0] == pytest.approx(before + 12.34)
    (act,) = [each for each in installation.logged("charging", Act) if each.act_id == made.json()["id"]]
    assert (act.command, act.object_id, act.why) == ("topup", "p-3", "a voucher")
    (told,) = installation.api.get(f"{PLACE}/balanceActionHistory", params={"id": act.act_id}).json()
    assert (told["status"], told["requestor"]["id"], told["receiverLogicalResource"]["id"]) == (
        "completed",
        act.user,
        "p-3",
    )


def test_a_request_repeated_under_its_key_tops_up_once(installation):
    before, _ = values(installation, "p-3")
    key = {"Idempotency-Key": "voucher-77"}
    answers = [installation.api.post(f"{PLACE}/topupBalance", json=asked("p-3", 5), headers=key) for _ in range(3)]
    other = installation.api.post(f"{PLACE}/topupBalance", json=asked("p-3", 6), headers=key)
    assert {each.json()["id"] for each in answers} == {answers[0].json()["id"]}
    assert other.status_code == 409
    assert values(installation, "p-3")[0] == pytest.approx(before + 5)


@pytest.mark.parametrize("path", ["adjustBalance", "reserveBalance", "transferBalance"])
def test_more_than_there_is_cannot_be_taken(installation, path):
    before = values(installation, "p-4")
    body = {
        "adjustBalance": asked("p-4", -before[0] - 0.01),
        "reserveBalance": asked("p-4", before[0] + 0.01),
        "transferBalance": transfer("p-4", "p-3", before[0] + 0.01),
    }[path]
    answer = installation.api.post(f"{PLACE}/{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "409")
    assert values(installation, "p-4") == before


def test_what_is_reserved_is_spent_by_nothing_else_until_it_is_released(installation):
    remaining, reserved = values(installation, "p-4")
    made = installation.api.post(f"{PLACE}/reserveBalance", json=asked("p-4", 100))
    assert (made.status_code, made.json()["status"]) == (201, "created")
    assert values(installation, "p-4") == (remaining - 100, reserved + 100)
    assert installation.api.post(f"{PLACE}/adjustBalance", json=asked("p-4", -remaining)).status_code == 409
    released = installation.api.patch(made.json()["href"], json={"status": "cancelled", "reason": "not used"})
    assert (released.status_code, released.json()["status"]) == (200, "cancelled")
    assert values(installation, "p-4") == (remaining, reserved)
    assert installation.api.patch(made.json()["href"], json={"status": "completed"}).status_code == 400


def test_a_reservation_that_is_completed_is_spent(installation):
    remaining, reserved = values(installation, "p-4")
    made = installation.api.post(f"{PLACE}/reserveBalance", json=asked("p-4", 7.5)).json()
    assert installation.api.patch(made["href"], json={"status": "completed"}).json()["status"] == "completed"
    assert installation.api.delete(made["href"]).status_code == 204
    assert values(installation, "p-4") == (remaining - 7.5, reserved)


def test_a_reservation_that_is_removed_is_released(installation):
    before = values(installation, "p-4")
    made = installation.api.post(f"{PLACE}/reserveBalance", json=asked("p-4", 3)).json()
    assert installation.api.delete(made["href"]).status_code == 204
    assert values(installation, "p-4") == before


def test_a_transfer_arrives_once_in_another_partition_too(installation):
    for receiver in ("p-1", "p-2", "p-4"):
        here, there = values(installation, "p-3")[0], values(installation, receiver)[0]
        made = installation.api.post(f"{PLACE}/transferBalance", json=transfer("p-3", receiver, 2.5))
        assert (made.status_code, made.json()["status"]) == (201, "completed")
        assert values(installation, "p-3")[0] == pytest.approx(here - 2.5)
        assert until(installation, receiver, there + 2.5) == pytest.approx(there + 2.5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"usageType": "data"},
        {"amount": {"amount": "much"}},
        {"amount": {"amount": 1, "units": "USD"}},
        {"amount": {"amount": 0}},
        {"amount": {"amount": 1e-9}},
        {"bucket": {"id": "a-1"}},
        {"bucket": {"id": "nobody"}},
        {"bucket": {"name": "p-1"}},
    ],
)
def test_what_cannot_be_topped_up_is_refused_and_kept_nowhere(installation, wrong):
    count = installation.api.get(f"{PLACE}/topupBalance?limit=1").headers["x-total-count"]
    answer = installation.api.post(f"{PLACE}/topupBalance", json=asked("p-1", 1) | wrong)
    assert answer.status_code == 400
    assert answer.json()["reason"]
    assert installation.api.get(f"{PLACE}/topupBalance?limit=1").headers["x-total-count"] == count


def test_buckets_are_filtered_and_total_balances_hold_all_of_them(installation):
    rows = installation.api.get(f"{PLACE}/bucket", params={"partyAccount.id": "p-2"}).json()
    assert [each["id"] for each in rows] == ["p-2"]
    assert len(installation.api.get(f"{PLACE}/bucket", params={"status": "active"}).json()) == 4
    (whole,) = installation.api.get(f"{PLACE}/accumulatedBalance", params={"bucket.id": "p-2"}).json()
    assert whole["totalBalance"]["amount"] == pytest.approx(sum(values(installation, "p-2")))


def unreachable(*_: object, **__: object) -> None:
    raise TransientError("the log is not to be had")


@pytest.mark.parametrize(("path", "moved"), [("topupBalance", (4, 0)), ("reserveBalance", (-4, 4))])
def test_what_was_kept_but_never_given_is_given_by_the_retry(installation, path, moved):
    remaining, reserved = values(installation, "p-2")
    key = {"Idempotency-Key": f"lost-{path}"}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BackOffice, "give", unreachable)
        assert installation.api.post(f"{PLACE}/{path}", json=asked("p-2", 4), headers=key).status_code == 503
    answers = [installation.api.post(f"{PLACE}/{path}", json=asked("p-2", 4), headers=key) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert values(installation, "p-2") == (remaining + moved[0], reserved + moved[1])


def test_an_amount_and_an_end_are_not_stated_together(installation):
    before = values(installation, "p-2")
    body = {name: value for name, value in asked("p-2", 1).items() if name != "amount"}
    made = installation.api.post(f"{PLACE}/reserveBalance", json=body).json()
    both = {"amount": {"amount": 1, "units": "EUR"}, "status": "completed"}
    assert installation.api.patch(made["href"], json=both).status_code == 400
    assert values(installation, "p-2") == before
    assert installation.api.get(made["href"]).status_code == 200


def test_what_was_reserved_and_removed_is_not_reserved_again_under_its_key(installation):
    before, key = values(installation, "p-2"), {"Idempotency-Key": "gone-1"}
    made = installation.api.post(f"{PLACE}/reserveBalance", json=asked("p-2", 2), headers=key).json()
    assert installation.api.delete(made["href"]).status_code == 204
    assert installation.api.post(f"{PLACE}/reserveBalance", json=asked("p-2", 2), headers=key).status_code == 409
    assert values(installation, "p-2") == before


def test_a_key_that_is_too_long_is_refused(installation):
    key = {"Idempotency-Key": "k" * 256}
    assert installation.api.post(f"{PLACE}/topupBalance", json=asked("p-2", 1), headers=key).status_code == 400
