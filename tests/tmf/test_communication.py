"""TMF681 on a running installation: what a customer was told can be found by the customer and by its ticket."""

from telassure.kernel.events import Notification

PLACE = "/tmf-api/communicationManagement/v4/communicationMessage"


def test_what_a_customer_was_told_is_found_by_the_customer(installation):
    (notice,) = installation.reader.every(Notification)
    found = installation.api.get(PLACE, params={"receiver.id": "c-1"})
    assert found.headers["x-total-count"] == "1"
    (message,) = found.json()
    assert (message["id"], message["content"]) == (notice.notification_id, notice.body)
    assert message["characteristic"] == [{"name": "troubleTicket", "value": notice.ticket_id}]
    assert installation.api.get(PLACE, params={"receiver.id": "c-2"}).json() == []


def test_what_a_customer_was_told_cannot_be_changed_or_taken_back(installation):
    (notice,) = installation.reader.every(Notification)
    answer = installation.api.patch(f"{PLACE}/{notice.notification_id}", json={"content": "all is well"})
    assert (answer.status_code, "content" in answer.json()["reason"]) == (400, True)


def test_what_another_system_posts_waits(installation):
    body = {"content": "x", "messageType": "SMS", "receiver": [{"id": "c-1"}], "sender": {"id": "crm"}}
    assert installation.api.post(PLACE, json=body).json()["state"] == "initial"
