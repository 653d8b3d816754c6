"""TMF639: the network's managed objects and what they depend on."""

from collections.abc import Mapping
from typing import Any, Final

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice
from bss_sync.tmf.documents import kept_face
from bss_sync.tmf.entries import EntryBacking, EntryForm, characteristic
from bss_sync.tmf.face import ALL, Backing, Face, ResourceFace, Wire
from bss_sync.tmf.refusal import bad
from telassure.kernel.events import Resource

_BASE: Final = "/tmf-api/resourceInventoryManagement/v4"
_UNKNOWN: Final = "unassigned"
_DEPENDS: Final = "dependsOn"
_ADJACENT: Final = "adjacentTo"


def _attributes(more: str) -> Attributes:
    return Attributes.of(
        "category:s description:s endOperatingDate:t name:s resourceVersion:s startOperatingDate:t "
        "administrativeState:w attachment:a note:a operationalState:w place:o relatedParty:a resourceCharacteristic:a "
        f"resourceRelationship:a resourceSpecification:o resourceStatus:w usageState:w activationFeature:a {more}",
        administrativeState=("locked", "unlocked", "shutdown"),
        operationalState=("enable", "disable"),
        resourceStatus=("standby", "alarm", "available", "reserved", "unknown", "suspended"),
        usageState=("idle", "active", "busy"),
    )


def _shown(resource: Resource) -> dict[str, Any]:
    links = [(_DEPENDS, each) for each in resource.depends_on] + [(_ADJACENT, each) for each in resource.adjacent]
    found: dict[str, Any] = {
        "name": resource.name,
        "category": resource.kind,
        "operationalState": "enable" if resource.in_service else "disable",
        "resourceStatus": "available" if resource.in_service else "suspended",
        "resourceCharacteristic": [{"name": "domain", "valueType": "string", "value": resource.domain}],
        "resourceRelationship": [
            {"relationshipType": kind, "resource": {"id": each, "href": f"{_BASE}/resource/{each}"}}
            for kind, each in links
        ],
        "@type": "Resource",
    }
    if resource.latitude is not None and resource.longitude is not None:
        where = {"type": "Point", "coordinates": [resource.longitude, resource.latitude]}
        found["place"] = {"@type": "GeographicPoint", "geoJson": where}
    return found


def _row(identity: str, body: Wire, known: Resource | None) -> Mapping[str, Any]:
    row: dict[str, Any] = {
        "resource_id": identity,
        "kind": body.get("category") or str(body.get("@type", "resource")),
        "name": body.get("name") or identity,
        "domain": characteristic(body, "domain", "resourceCharacteristic") or (known.domain if known else _UNKNOWN),
        "depends_on": _related(body, _DEPENDS),
        "adjacent": _related(body, _ADJACENT),
        "in_service": body.get("operationalState") != "disable" and body.get("resourceStatus") != "suspended",
    }
    place = body.get("place")
    point = place.get("geoJson") if isinstance(place, dict) else None
    coordinates = point.get("coordinates") if isinstance(point, dict) else None
    if isinstance(coordinates, list) and len(coordinates) >= 2:
        row |= {"longitude": coordinates[0], "latitude": coordinates[1]}
    return row


def _related(body: Wire, kind: str) -> list[str]:
    found = []
    for each in body.get("resourceRelationship", []):
        if not isinstance(each, dict):
            raise bad("resourceRelationship is not an array of objects")
        resource = each.get("resource")
        if each.get("relationshipType") == kind and isinstance(resource, dict) and resource.get("id"):
            found.append(str(resource["id"]))
    return found


def _ended(resource: Resource) -> Mapping[str, Any]:
    return _row(resource.resource_id, {**_shown(resource), "operationalState": "disable"}, resource)


_FORM: Final = EntryForm(
    Resource,
    "resource",
    "resources",
    _shown,
    _row,
    _ended,
    settable=frozenset(
        {
            "name",
            "category",
            "operationalState",
            "resourceStatus",
            "resourceCharacteristic",
            "resourceRelationship",
            "place",
        }
    ),
    stated=("@type",),
    joined=("resourceCharacteristic",),
)


def _backing(office: BackOffice) -> Backing:
    return EntryBacking(office, _FORM)


TMF639: Final = Face(
    "TMF639",
    "Resource Inventory Management",
    (_BASE,),
    (
        ResourceFace("resource", "Resource", _attributes(""), _backing, ALL, ("name",)),
        kept_face(
            "physicalResource", _attributes("manufactureDate:t powerState:s serialNumber:s versionNumber:s"), ("name",)
        ),
        kept_face("logicalResource", _attributes("value:s")),
    ),
)
