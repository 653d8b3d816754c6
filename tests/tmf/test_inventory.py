"""What was loaded is read over the faces, and what is stated over them is in force."""

import pytest

from telassure.kernel.events import ActOutcome, Alarm, TroubleTicket

RESOURCES = "/tmf-api/resourceInventoryManagement/v4/resource"


def test_a_loaded_resource_says_what_it_depends_on(installation):
    found = installation.api.get(f"{RESOURCES}/splitter%2C7%2F1")
    assert (found.status_code, found.json()["href"]) == (200, f"{RESOURCES}/splitter%2C7%2F1")
    assert found.json()["resourceRelationship"][0]["resource"]["id"] == "olt-3"


def test_resources_are_filtered_by_what_they_are(installation):
    found = installation.api.get(RESOURCES, params={"category": "onu", "limit": 10})
    assert (found.headers["x-total-count"], len(found.json())) == ("120", 10)


def test_a_resource_taken_out_of_service_stays_in_the_inventory_as_such(installation):
    changed = installation.api.patch(f"{RESOURCES}/onu-099", json={"operationalState": "disable"})
    assert (changed.status_code, changed.json()["resourceStatus"]) == (200, "suspended")


def test_an_alarm_of_a_resource_that_was_posted_belongs_to_its_domain(installation):
    stated = {"name": "new", "category": "onu", "resourceCharacteristic": [{"name": "domain", "value": "south"}]}
    made = installation.api.post(RESOURCES, json=stated).json()
    alarm = installation.api.post("/tmf-api/alarm/v4/alarm", json=installation.alarm(made["id"]))
    assert installation.reader.get(Alarm, alarm.json()["id"]).domain == "south"


def test_who_has_what_is_linked_through_the_faces(installation):
    service = installation.api.get("/tmf-api/serviceInventory/v4/service/s-1").json()
    account = installation.api.get("/tmf-api/accountManagement/v4/billingAccount/a-1").json()
    customer = installation.api.get("/tmf-api/customerManagement/v4/customer/c-1").json()
    product = installation.api.get("/tmf-api/productInventory/v4/product/a-1").json()
    offering = installation.api.get("/tmf-api/productCatalogManagement/v4/productOffering/fibre").json()
    assert service["relatedParty"][0]["id"] == account["id"]
    assert account["relatedParty"][0]["id"] == customer["id"]
    assert (product["productOffering"]["id"], offering["name"]) == ("fibre", "Fibre 1000")
    assert customer["engagedParty"]["name"] == "Bakery Lane"


def test_how_to_reach_a_customer_is_not_told(installation):
    assert "example.com" not in installation.api.get("/tmf-api/customerManagement/v4/customer/c-1").text


def test_our_ticket_takes_notes_and_an_assignee_as_commands_and_nothing_else(installation):
    place = "/tmf-api/troubleTicket/v4/troubleTicket"
    ticket = installation.reader.find(TroubleTicket).rows[0]
    href = f"{place}/{ticket.ticket_id}"
    whole = installation.api.get(href).json()
    noted = installation.api.patch(href, json={"note": [*whole["note"], {"text": "called the site"}]})
    assert noted.status_code == 200, noted.text
    assert "called the site" in noted.json()["note"][-1]["text"]
    party = [*whole["relatedParty"], {"name": "field-3", "role": "assignee"}]
    assert installation.api.patch(href, json={"relatedParty": party}).json()["status"] == "inProgress"
    assert installation.api.patch(href, json={"status": "closed"}).status_code == 400
    acts = {each.command for each in installation.reader.find(ActOutcome, limit=1000).rows}
    assert {"note", "assign"} <= acts


def test_a_ticket_of_another_system_has_a_history_of_its_states(installation):
    place = "/tmf-api/troubleTicket/v2/troubleTicket"
    sent = {"description": "no picture", "severity": "minor", "ticketType": "complaint"}
    href = installation.api.post(place, json=sent).json()["href"]
    installation.api.patch(href, json={"status": "inProgress"})
    closed = installation.api.patch(href, json={"status": "closed"}).json()
    assert [each["status"] for each in closed["statusChange"]] == ["acknowledged", "inProgress", "closed"]
    assert "resolutionDate" in closed


def test_a_problem_names_its_ranked_causes(installation):
    place = "/tmf-api/serviceProblemManagement/v4/serviceProblem"
    found = installation.api.get(place, params={"originatingSystem": "telassure"}).json()
    assert any(each["rootCauseResource"][0]["id"] == "olt-3" for each in found)


LOADED = {
    "product": "/tmf-api/productInventory/v4/product/a-1",
    "account": "/tmf-api/accountManagement/v4/billingAccount/a-1",
    "offering": "/tmf-api/productCatalogManagement/v4/productOffering/fibre",
    "service": "/tmf-api/serviceInventory/v4/service/s-1",
    "customer": "/tmf-api/customerManagement/v4/customer/c-1",
    "resource": f"{RESOURCES}/onu-050",
}


@pytest.mark.parametrize("href", LOADED.values(), ids=LOADED)
def test_what_others_add_to_what_was_loaded_is_kept_and_changes_nothing_of_it(installation, href):
    before = installation.api.get(href).json()
    changed = installation.api.patch(href, json={"description": "seen on site", "tag": [1]})
    assert changed.status_code == 200, changed.text
    assert installation.api.get(href).json() == before | {"description": "seen on site", "tag": [1]}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("product", {"status": "terminated"}),
        ("account", {"state": "closed"}),
        ("offering", {"isSellable": False}),
    ],
)
def test_what_the_catalogue_says_is_not_set_in_silence(installation, name, change):
    before = installation.api.get(LOADED[name]).json()
    answer = installation.api.patch(LOADED[name], json=change)
    assert (answer.status_code, next(iter(change)) in answer.json()["reason"]) == (400, True)
    assert installation.api.get(LOADED[name]).json() == before


def test_characteristics_of_ones_own_stand_beside_those_of_the_catalogue(installation):
    several = [{"name": "vendor", "value": "Nokia"}, {"name": "domain", "value": "south"}]
    made = installation.api.post(RESOURCES, json={"name": "x", "resourceCharacteristic": several}).json()
    found = {
        each["name"]: each["value"] for each in installation.api.get(made["href"]).json()["resourceCharacteristic"]
    }
    assert found == {"vendor": "Nokia", "domain": "south"}
