"""TMF666: the accounts that are charged."""

from typing import Any, Final

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice
from bss_sync.tmf.entries import EntryBacking, EntryForm
from bss_sync.tmf.face import ALL, Backing, Face, ResourceFace
from telassure.kernel.events import Account

_ATTRIBUTES: Final = Attributes.of(
    "accountType:s description:s lastModified:t name:s paymentStatus:s state:s accountBalance:a accountRelationship:a "
    "billStructure:o contact:a creditLimit:o defaultPaymentMethod:o financialAccount:o paymentPlan:a relatedParty:a "
    "taxExemption:a"
)


def _shown(account: Account) -> dict[str, Any]:
    return {
        "name": account.account_id,
        "accountType": account.payment,
        "state": "active",
        "relatedParty": [{"id": account.customer, "role": "customer", "@referredType": "Customer"}],
        "@type": "BillingAccount",
    }


def _backing(office: BackOffice) -> Backing:
    return EntryBacking(office, EntryForm(Account, "billingAccount", "accounts", _shown, lambda *stated: None))


TMF666: Final = Face(
    "TMF666",
    "Account Management",
    ("/tmf-api/accountManagement/v4",),
    (ResourceFace("billingAccount", "BillingAccount", _ATTRIBUTES, _backing, ALL, ("name", "relatedParty")),),
)
