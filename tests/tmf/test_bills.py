"""TMF678 on a running installation: bills as the billing system has said them."""

from contextlib import closing

import pytest

from telassure import wiring
from telassure.kernel.events import CustomerBill
from telassure.kernel.instant import DAY
from telassure.kernel.money import Money
from tests.stores.adapters import turn

PLACE = "/tmf-api/customerBillManagement/v4"
START = 20_000 * DAY


@pytest.fixture(scope="module")
def billed(installation):
    """Two bills of an account, as the worker of charging keeps them."""
    bills = [
        CustomerBill(f"cb-{n}", f"2026-0{n}", "a-1", "bills", START, START + DAY, 2, Money(1_500_000, "EUR"), START + n)
        for n in (5, 6)
    ]
    with closing(wiring.state_store(installation.settings, "charging")) as store:
        store.commit(turn(0, 1, partition=99, records=bills))  # one that no worker has
    return installation


def test_a_bill_is_found_by_its_account_and_number(billed):
    found = billed.api.get(f"{PLACE}/customerBill", params={"billingAccount.id": "a-1", "billNo": "2026-06"})
    (bill,) = found.json()
    assert (bill["id"], bill["taxExcludedAmount"]) == ("cb-6", {"unit": "EUR", "value": 1.5})
    assert bill["relatedParty"] == [{"id": "c-1", "role": "customer", "@referredType": "Customer"}]


def test_the_state_of_a_bill_is_set_and_its_amount_is_not(billed):
    place = f"{PLACE}/customerBill/cb-5"
    assert billed.api.get(place).json()["state"] == "new"
    assert billed.api.patch(place, json={"state": "settled"}).json()["state"] == "settled"
    assert billed.api.get(place).json()["state"] == "settled"
    assert billed.api.patch(place, json={"taxExcludedAmount": {"value": 0}}).status_code == 400
    assert billed.api.patch(place, json={"state": "paid"}).status_code == 400


def test_a_bill_on_demand_is_the_newest_that_there_is(billed):
    answer = billed.api.post(f"{PLACE}/customerBillOnDemand", json={"billingAccount": {"id": "a-1"}}).json()
    assert (answer["state"], answer["customerBill"]["id"]) == ("done", "cb-6")
    unknown = billed.api.post(f"{PLACE}/customerBillOnDemand", json={"billingAccount": {"id": "nobody"}})
    assert unknown.status_code == 400
