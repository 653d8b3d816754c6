"""TMF637: what customers have, a product an account."""

from typing import Any, Final

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice
from bss_sync.tmf.entries import EntryBacking, EntryForm
from bss_sync.tmf.face import ALL, Backing, Face, ResourceFace
from telassure.kernel.events import Account

_STATES: Final = (
    "created",
    "pendingActive",
    "cancelled",
    "active",
    "pendingTerminate",
    "terminated",
    "suspended",
    "aborted",
)
_ATTRIBUTES: Final = Attributes.of(
    "description:s isBundle:b isCustomerVisible:b name:s orderDate:t productSerialNumber:s startDate:t "
    "terminationDate:t agreement:a billingAccount:o place:a product:a productCharacteristic:a productOffering:o "
    "productOrderItem:a productPrice:a productRelationship:a productSpecification:o productTerm:a realizingResource:a "
    "realizingService:a relatedParty:a status:w",
    status=_STATES,
)


def _shown(account: Account) -> dict[str, Any]:
    accounts = "/tmf-api/accountManagement/v4/billingAccount"
    offerings = "/tmf-api/productCatalogManagement/v4/productOffering"
    return {
        "name": account.product,
        "isBundle": False,
        "status": "active",
        "productOffering": {"id": account.product, "href": f"{offerings}/{account.product}", "name": account.product},
        "billingAccount": {"id": account.account_id, "href": f"{accounts}/{account.account_id}"},
        "relatedParty": [{"id": account.customer, "role": "customer", "@referredType": "Customer"}],
        "@type": "Product",
    }


def _backing(office: BackOffice) -> Backing:
    return EntryBacking(office, EntryForm(Account, "product", "accounts", _shown, lambda *stated: None))


TMF637: Final = Face(
    "TMF637",
    "Product Inventory Management",
    ("/tmf-api/productInventory/v4",),
    (ResourceFace("product", "Product", _ATTRIBUTES, _backing, ALL, ("status",)),),
)
