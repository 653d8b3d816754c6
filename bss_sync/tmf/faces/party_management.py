"""TMF632: the organisations that customers are, and parties as others state them."""

from typing import Any, Final

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice
from bss_sync.tmf.documents import DocumentBacking
from bss_sync.tmf.entries import EntryBacking, EntryForm
from bss_sync.tmf.face import ALL, Backing, Face, ResourceFace
from telassure.kernel.events import Customer

_BOTH: Final = (
    "contactMedium:a creditRating:a externalReference:a otherName:a partyCharacteristic:a relatedParty:a "
    "taxExemptionCertificate:a "
)
_INDIVIDUAL: Final = Attributes.of(
    _BOTH + "aristocraticTitle:s birthDate:t countryOfBirth:s deathDate:t familyName:s familyNamePrefix:s "
    "formattedName:s fullName:s gender:s generation:s givenName:s legalName:s location:s maritalStatus:s middleName:s "
    "nationality:s placeOfBirth:s preferredGivenName:s title:s disability:a individualIdentification:a "
    "languageAbility:a skill:a status:w",
    status=("initialized", "validated", "deceaded"),
)
_ORGANIZATION: Final = Attributes.of(
    _BOTH + "isHeadOffice:b isLegalEntity:b name:s nameType:s organizationType:s tradingName:s existsDuring:o "
    "organizationChildRelationship:a organizationIdentification:a organizationParentRelationship:o status:w",
    status=("initialized", "validated", "closed"),
)


def _shown(customer: Customer) -> dict[str, Any]:
    return {
        "name": customer.name,
        "tradingName": customer.name,
        "organizationType": customer.segment or "customer",
        "status": "validated",
        "@type": "Organization",
    }


def _individuals(office: BackOffice) -> Backing:
    return DocumentBacking(office, "individual")


def _organizations(office: BackOffice) -> Backing:
    return EntryBacking(office, EntryForm(Customer, "organization", "customers", _shown, lambda *stated: None))


TMF632: Final = Face(
    "TMF632",
    "Party Management",
    ("/tmf-api/party/v4",),
    (
        ResourceFace("individual", "Individual", _INDIVIDUAL, _individuals, ALL, ("givenName", "familyName")),
        ResourceFace("organization", "Organization", _ORGANIZATION, _organizations, ALL, ("tradingName",)),
    ),
)
