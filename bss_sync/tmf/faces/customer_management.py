"""TMF629: customers. How to reach them is not told here."""

from collections.abc import Mapping
from typing import Any, Final

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice
from bss_sync.tmf.entries import EntryBacking, EntryForm, characteristic
from bss_sync.tmf.face import ALL, Backing, Face, ResourceFace, Wire
from telassure.kernel.events import Customer

_ATTRIBUTES: Final = Attributes.of(
    "name:s status:s statusReason:s account:a agreement:a characteristic:a contactMedium:a creditProfile:a "
    "engagedParty:o paymentMethod:a relatedParty:a validFor:o"
)


def _shown(customer: Customer) -> dict[str, Any]:
    return {
        "name": customer.name,
        "characteristic": [{"name": "segment", "valueType": "string", "value": customer.segment}],
        "@type": "Customer",
    }


def _row(identity: str, body: Wire, known: Customer | None) -> Mapping[str, Any]:
    segment = characteristic(body, "segment", "characteristic")
    contact = _mail(body) or (known.contact if known else "")
    return {"customer_id": identity, "name": body.get("name"), "segment": segment, "contact": contact}


def _mail(body: Wire) -> str:
    """The first e-mail address of its contact media."""
    several = body.get("contactMedium")
    for each in several if isinstance(several, list) else ():
        found = each.get("characteristic") if isinstance(each, dict) else None
        if isinstance(found, dict) and isinstance(found.get("emailAddress"), str):
            return str(found["emailAddress"])
    return ""


def _otherwise(customer: Customer) -> dict[str, Any]:
    """One that was loaded is a party of the same id."""
    party = {"id": customer.customer_id, "name": customer.name, "@referredType": "Organization"}
    return {"status": "active", "engagedParty": party}


_FORM: Final = EntryForm(
    Customer,
    "customer",
    "customers",
    _shown,
    _row,
    otherwise=_otherwise,
    settable=frozenset({"name", "characteristic"}),
    joined=("characteristic",),
)


def _backing(office: BackOffice) -> Backing:
    return EntryBacking(office, _FORM)


TMF629: Final = Face(
    "TMF629",
    "Customer Management",
    ("/tmf-api/customerManagement/v4",),
    (ResourceFace("customer", "Customer", _ATTRIBUTES, _backing, ALL, ("name", "engagedParty")),),
)
