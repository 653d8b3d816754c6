"""TMF678: the bills that the billing system has said, and the charges that a bill should show."""

from typing import Any, Final

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice, Caller
from bss_sync.tmf.documents import DocumentBacking
from bss_sync.tmf.face import READ, TASK, Backing, Face, ResourceFace
from bss_sync.tmf.ledger_lines import ledger_key, line_name, line_text, service_named
from bss_sync.tmf.records import Column, Projection, RecordBacking, as_instant
from bss_sync.tmf.refusal import bad
from telassure.kernel.events import Account, Charge, CustomerBill
from telassure.kernel.instant import iso
from telassure.kernel.ports import AnyOf
from telassure.kernel.rights import BILL

_MICROS: Final = 1_000_000
_BILL: Final = "customerBill"
_BILLS: Final = Attributes.of(
    "billDate:t billNo:s category:s lastUpdate:t nextBillDate:t paymentDueDate:t runType:s amountDue:o "
    "appliedPayment:a billDocument:a billingAccount:o billingPeriod:o financialAccount:o paymentMethod:o "
    "relatedParty:a remainingAmount:o state:w taxExcludedAmount:o taxIncludedAmount:o taxItem:a",
    state=("new", "onHold", "validated", "sent", "partiallyPaid", "settled"),
)
_RATES: Final = Attributes.of(
    "date:t description:s isBilled:b name:s type:s appliedTax:a bill:o billingAccount:o characteristic:a "
    "periodCoverage:o product:o taxExcludedAmount:o taxIncludedAmount:o"
)
_DEMANDS: Final = Attributes.of(
    "description:s lastUpdate:t name:s billingAccount:o customerBill:o relatedParty:o state:w",
    state=("inProgress", "rejected", "done", "terminatedWithError"),
)


def _account(name: str) -> dict[str, Any]:
    return {"id": name, "@referredType": "BillingAccount"}


def _shown(bill: CustomerBill, office: BackOffice) -> dict[str, Any]:
    amount = {"unit": bill.amount.currency, "value": bill.amount.micros / _MICROS}
    account = office.stated.get(Account, bill.account)
    customer = [] if account is None else [{"id": account.customer, "role": "customer", "@referredType": "Customer"}]
    return {
        "billNo": bill.bill_id,
        "billDate": iso(bill.issued_at),
        "lastUpdate": iso(bill.issued_at),
        "category": "normal",
        "runType": "onCycle",
        "billingAccount": _account(bill.account),
        "billingPeriod": {"startDateTime": iso(bill.period_start), "endDateTime": iso(bill.period_end)},
        "taxExcludedAmount": amount,
        "relatedParty": customer,
        "@type": "CustomerBill",
    }


def _rate(charge: Charge) -> dict[str, Any]:
    return {
        "date": iso(charge.time),
        "name": line_name(charge),
        "description": line_text(charge),
        "type": "recharge" if charge.amount_micros < 0 else "usage" if charge.service else "adjustment",
        "billingAccount": _account(charge.account),
        "taxExcludedAmount": {"unit": charge.currency, "value": charge.amount_micros / _MICROS},
        "characteristic": [
            {"name": "recordId", "value": charge.record_id},
            {"name": "tariff", "value": charge.tariff},
            {"name": "amountMicros", "value": charge.amount_micros},
        ],
        "@type": "AppliedCustomerBillingRate",
    }


_RATE_PROJECTION: Final = Projection(
    Charge,
    "appliedCustomerBillingRate",
    _rate,
    {
        "date": Column("time", as_instant),
        "name": Column("service", service_named),
        "billingAccount.id": Column("account"),
    },
    key=ledger_key,
)


def _bills(office: BackOffice) -> Backing:
    """Their state is as others say it: who pays what is nothing that this system sees."""
    projection = Projection(
        CustomerBill,
        _BILL,
        lambda bill: _shown(bill, office),
        {
            "id": Column("customer_bill_id"),
            "billNo": Column("bill_id"),
            "billDate": Column("issued_at", as_instant),
            "billingAccount.id": Column("account"),
        },
        otherwise={"state": "new"},
    )
    return RecordBacking(office, projection)


def _rates(office: BackOffice) -> Backing:
    return RecordBacking(office, _RATE_PROJECTION)


def _answered(body: dict[str, Any], office: BackOffice, caller: Caller) -> None:
    """The newest bill of the account that the billing system has said; none is made here."""
    del caller
    account = body["billingAccount"].get("id")
    if not isinstance(account, str) or office.stated.get(Account, account) is None:
        raise bad("billingAccount names no account that is known")
    newest = office.reader.find(CustomerBill, {"account": AnyOf([account])}, ("-issued_at",), 1).rows
    body |= {"lastUpdate": iso(office.now()), "state": "done" if newest else "rejected"}
    if newest:
        body["customerBill"] = {"id": newest[0].customer_bill_id, "@referredType": "CustomerBill"}
    else:
        body.setdefault("description", "the billing system has said no bill of this account")


def _demands(office: BackOffice) -> Backing:
    return DocumentBacking(office, "customerBillOnDemand", made=_answered)


TMF678: Final = Face(
    "TMF678",
    "Customer Bill Management",
    ("/tmf-api/customerBillManagement/v4",),
    (
        ResourceFace(_BILL, "CustomerBill", _BILLS, _bills, READ | {"patch"}),
        ResourceFace("appliedCustomerBillingRate", "AppliedCustomerBillingRate", _RATES, _rates),
        ResourceFace(
            "customerBillOnDemand", "CustomerBillOnDemand", _DEMANDS, _demands, TASK, ("billingAccount",), ("state",)
        ),
    ),
    writes=BILL,
)
