"""TMF620: the offerings that accounts have."""

from typing import Any, Final

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice
from bss_sync.tmf.entries import EntryBacking, EntryForm
from bss_sync.tmf.face import ALL, Backing, Face, ResourceFace
from telassure.kernel.events import Product

_ATTRIBUTES: Final = Attributes.of(
    "description:s isBundle:b isSellable:b lastUpdate:t lifecycleStatus:s name:s statusReason:s version:s agreement:a "
    "attachment:a bundledProductOffering:a category:a channel:a marketSegment:a place:a prodSpecCharValueUse:a "
    "productOfferingPrice:a productOfferingRelationship:a productOfferingTerm:a productSpecification:o "
    "resourceCandidate:o serviceCandidate:o serviceLevelAgreement:o validFor:o"
)


def _shown(product: Product) -> dict[str, Any]:
    return {
        "name": product.name,
        "isBundle": False,
        "isSellable": True,
        "lifecycleStatus": "Active",
        "productOfferingPrice": [{"id": f"{product.product_id}/monthly", "name": "monthly fee"}],
        "@type": "ProductOffering",
    }


def _backing(office: BackOffice) -> Backing:
    return EntryBacking(office, EntryForm(Product, "productOffering", "products", _shown, lambda *stated: None))


TMF620: Final = Face(
    "TMF620",
    "Product Catalog Management",
    ("/tmf-api/productCatalogManagement/v4",),
    (ResourceFace("productOffering", "ProductOffering", _ATTRIBUTES, _backing, ALL, ("name",)),),
)
