"""TMF638: customer-facing services and the resources that carry them, in version 4 and in that of older kits."""

from collections.abc import Mapping
from typing import Any, Final

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice
from bss_sync.tmf.entries import EntryBacking, EntryForm, characteristic
from bss_sync.tmf.face import ALL, Backing, Face, ResourceFace, Wire
from telassure.kernel.events import Service

_ACCOUNT: Final = "billingAccount"
_STATES: Final = ("feasibilityChecked", "designed", "reserved", "inactive", "active", "terminated")
_ATTRIBUTES: Final = Attributes.of(
    "category:s description:s endDate:t hasStarted:b isBundle:b isServiceEnabled:b isStateful:b name:s serviceDate:s "
    "serviceType:s startDate:t startMode:s feature:a note:a place:a relatedEntity:a relatedParty:a "
    "serviceCharacteristic:a serviceOrder:a serviceOrderItem:a serviceRelationship:a serviceSpecification:o state:w "
    "supportingResource:a supportingService:a",
    state=_STATES,
)


def _shown(service: Service) -> dict[str, Any]:
    resources = "/tmf-api/resourceInventoryManagement/v4/resource"
    return {
        "name": service.service_id,
        "serviceType": service.kind,
        "state": "active" if service.active else "terminated",
        "serviceSpecification": {"id": service.kind, "name": service.kind, "@type": "ServiceSpecificationRef"},
        "serviceCharacteristic": [{"name": "product", "valueType": "string", "value": service.product}],
        "relatedParty": [{"id": service.account, "role": _ACCOUNT, "@referredType": "BillingAccount"}],
        "supportingResource": [
            {"id": each, "href": f"{resources}/{each}", "@referredType": "Resource"} for each in service.supported_by
        ],
        "@type": "Service",
    }


def _row(identity: str, body: Wire, known: Service | None) -> Mapping[str, Any] | None:
    """A service of an account that names its product; other services are kept as they are sent."""
    parties = [each for each in body.get("relatedParty", []) if isinstance(each, dict)]
    account = next((str(each["id"]) for each in parties if each.get("role") == _ACCOUNT and each.get("id")), "")
    product = characteristic(body, "product", "serviceCharacteristic")
    if not account or not product:
        return None
    specification = body.get("serviceSpecification")
    named = specification.get("name") or specification.get("id") if isinstance(specification, dict) else ""
    supporting = body.get("supportingResource", [])
    return {
        "service_id": identity,
        "kind": body.get("serviceType") or named or (known.kind if known else "service"),
        "account": account,
        "product": product,
        "supported_by": [str(each["id"]) for each in supporting if isinstance(each, dict) and each.get("id")],
        "active": body.get("state") == "active",
    }


def _ended(service: Service) -> Mapping[str, Any] | None:
    return _row(service.service_id, {**_shown(service), "state": "terminated"}, service)


_FORM: Final = EntryForm(
    Service,
    "service",
    "services",
    _shown,
    _row,
    _ended,
    settable=frozenset({"serviceType", "state", "serviceCharacteristic", "relatedParty", "supportingResource"}),
    stated=("name", "serviceSpecification", "@type"),
    joined=("serviceCharacteristic",),
)


def _backing(office: BackOffice) -> Backing:
    return EntryBacking(office, _FORM)


TMF638: Final = Face(
    "TMF638",
    "Service Inventory Management",
    ("/tmf-api/serviceInventory/v4", "/tmf-api/serviceInventory/v3"),
    (ResourceFace("service", "Service", _ATTRIBUTES, _backing, ALL, ("state", "serviceSpecification")),),
)
