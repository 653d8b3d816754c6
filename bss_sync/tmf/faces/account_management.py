"""TMF666: the accounts that are charged, and what others state of other accounts and of how bills look."""

from typing import Any, Final

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice
from bss_sync.tmf.documents import kept_face
from bss_sync.tmf.entries import EntryBacking, EntryForm
from bss_sync.tmf.face import ALL, Backing, Face, ResourceFace
from telassure.kernel.events import Account

_ATTRIBUTES: Final = Attributes.of(
    "accountType:s description:s lastModified:t name:s paymentStatus:s state:s accountBalance:a accountRelationship:a "
    "billStructure:o contact:a creditLimit:o defaultPaymentMethod:o financialAccount:o paymentPlan:a relatedParty:a "
    "taxExemption:a"
)
_FINANCIAL: Final = Attributes.of(
    "accountType:s description:s lastModified:t name:s state:s accountBalance:a accountRelationship:a contact:a "
    "creditLimit:o relatedParty:a taxExemption:a"
)
_CYCLE: Final = Attributes.of(
    "billingDateShift:i billingPeriod:s chargeDateOffset:i creditDateOffset:i description:s frequency:s "
    "mailingDateOffset:i name:s paymentDueDateOffset:i validFor:o"
)
_NAMED: Final = Attributes.of("description:s name:s")


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
    (
        ResourceFace("billingAccount", "BillingAccount", _ATTRIBUTES, _backing, ALL, ("name", "relatedParty")),
        kept_face("partyAccount", _ATTRIBUTES, ("name", "relatedParty")),
        kept_face("settlementAccount", _ATTRIBUTES, ("name", "relatedParty")),
        kept_face("financialAccount", _FINANCIAL, ("name",)),
        kept_face("billingCycleSpecification", _CYCLE, ("name",)),
        kept_face("billFormat", _NAMED, ("name",)),
        kept_face("billPresentationMedia", _NAMED, ("name",)),
    ),
)
