"""TMF620: the offerings that accounts have, and what others state of catalogues, prices and specifications."""

from typing import Any, Final

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice
from bss_sync.tmf.documents import dated, kept_face
from bss_sync.tmf.entries import EntryBacking, EntryForm
from bss_sync.tmf.face import ALL, Backing, Face, ResourceFace
from telassure.kernel.events import Product

_ATTRIBUTES: Final = Attributes.of(
    "description:s isBundle:b isSellable:b lastUpdate:t lifecycleStatus:s name:s statusReason:s version:s agreement:a "
    "attachment:a bundledProductOffering:a category:a channel:a marketSegment:a place:a prodSpecCharValueUse:a "
    "productOfferingPrice:a productOfferingRelationship:a productOfferingTerm:a productSpecification:o "
    "resourceCandidate:o serviceCandidate:o serviceLevelAgreement:o validFor:o"
)
_CATALOG: Final = Attributes.of(
    "catalogType:s description:s lastUpdate:t lifecycleStatus:s name:s version:s category:a relatedParty:a validFor:o"
)
_CATEGORY: Final = Attributes.of(
    "description:s isRoot:b lastUpdate:t lifecycleStatus:s name:s parentId:s version:s productOffering:a subCategory:a "
    "validFor:o"
)
_PRICE: Final = Attributes.of(
    "description:s isBundle:b lastUpdate:t lifecycleStatus:s name:s percentage:n priceType:s "
    "recurringChargePeriodLength:i recurringChargePeriodType:s version:s bundledPopRelationship:a constraint:a place:a "
    "popRelationship:a price:o pricingLogicAlgorithm:a prodSpecCharValueUse:a productOfferingTerm:a tax:a "
    "unitOfMeasure:o validFor:o"
)
_SPECIFICATION: Final = Attributes.of(
    "brand:s description:s isBundle:b lastUpdate:t lifecycleStatus:s name:s productNumber:s version:s attachment:a "
    "bundledProductSpecification:a productSpecCharacteristic:a productSpecificationRelationship:a relatedParty:a "
    "resourceSpecification:a serviceSpecification:a targetProductSchema:o validFor:o"
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
    (
        ResourceFace("productOffering", "ProductOffering", _ATTRIBUTES, _backing, ALL, ("name",)),
        kept_face("catalog", _CATALOG, ("name",), dated),
        kept_face("category", _CATEGORY, ("name",), dated),
        kept_face("productOfferingPrice", _PRICE, ("name",), dated),
        kept_face("productSpecification", _SPECIFICATION, ("name",), dated),
    ),
)
