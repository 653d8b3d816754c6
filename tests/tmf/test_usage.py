"""TMF635 on a running installation: usage with an account is charged, other usage is kept."""

from telassure.kernel.events import UsageRecords
from telassure.kernel.instant import iso
from telassure.wiring import WallClock

PLACE = "/tmf-api/usageManagement/v4/usage"


def usage(**values: object) -> dict[str, object]:
    several = [{"name": name, "value": value} for name, value in values.items()]
    return {"usageType": "data", "usageDate": iso(WallClock().now() - 1_000_000), "usageCharacteristic": several}


def test_usage_of_an_account_is_durable_in_the_log_of_charging(installation):
    answer = installation.api.post(PLACE, json=usage(account="a-1", volume=7, recordId="tmf-1"))
    assert answer.status_code == 202
    assert [event.record_id for event in installation.logged("charging", UsageRecords)] == [("tmf-1",)]


def test_usage_of_an_account_that_cannot_be_charged_is_refused(installation):
    for wrong in (usage(account="a-1", volume="much"), {**usage(account="a-1", volume=1), "usageDate": None}):
        assert installation.api.post(PLACE, json=wrong).status_code == 400


def test_usage_without_an_account_is_kept_as_received(installation):
    made = installation.api.post(PLACE, json=usage(colour="red"))
    assert (made.status_code, made.json()["status"]) == (201, "received")
