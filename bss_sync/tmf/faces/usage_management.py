"""TMF635: usage as it was charged; what is posted with an account goes the way of all usage."""

from typing import Any, Final
from uuid import uuid4

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice, Caller, Pending
from bss_sync.tmf.documents import DocumentBacking, dated, kept_face
from bss_sync.tmf.entries import characteristic
from bss_sync.tmf.face import ALL, Backing, Face, ResourceFace, Wire
from bss_sync.tmf.ledger_lines import ledger_key, line_name, line_text, service_named
from bss_sync.tmf.records import Column, Projection, RecordBacking, as_instant
from bss_sync.tmf.refusal import FaceRefusal, bad
from telassure.kernel.events import Charge
from telassure.kernel.instant import iso

_USAGE: Final = "usage"
_OF: Final = "usageCharacteristic"
_STATES: Final = ("received", "rejected", "recycled", "guided", "rated", "rerated", "billed")
_ATTRIBUTES: Final = Attributes.of(
    "description:s usageDate:t usageType:s ratedProductUsage:a relatedParty:a status:w usageCharacteristic:a "
    "usageSpecification:o",
    status=_STATES,
)
_SPECIFICATION: Final = Attributes.of(
    "description:s isBundle:b lastUpdate:t lifecycleStatus:s name:s version:s attachment:a constraint:a "
    "entitySpecRelationship:a relatedParty:a specCharacteristic:a targetEntitySchema:o validFor:o"
)
_MICROS: Final = 1_000_000


def _shown(charge: Charge) -> dict[str, Any]:
    amount = {"unit": charge.currency, "value": charge.amount_micros / _MICROS}
    values = {
        "recordId": charge.record_id,
        "account": charge.account,
        "volume": charge.volume,
        "amountMicros": charge.amount_micros,
        "balanceMicros": charge.balance_micros,
    }
    return {
        "usageDate": iso(charge.time),
        "usageType": line_name(charge),
        "description": line_text(charge),
        "status": "rerated" if charge.correction else "rated",
        "usageSpecification": {"id": line_name(charge), "name": line_name(charge)},
        _OF: [{"name": name, "value": value} for name, value in values.items()],
        "ratedProductUsage": [{"usageRatingTag": charge.tariff, "taxExcludedRatingAmount": amount}],
        "relatedParty": [{"id": charge.account, "role": "billingAccount", "@referredType": "BillingAccount"}],
        "@type": "Usage",
    }


_PROJECTION: Final = Projection(
    Charge,
    _USAGE,
    _shown,
    {"usageDate": Column("time", as_instant), "usageType": Column("service", service_named)},
    key=ledger_key,
)


class UsageBacking(RecordBacking[Charge]):
    """What names an account and a volume is usage to be charged, answered 202: its line appears once it is. What does
    not is kept as it was sent."""

    def __init__(self, office: BackOffice) -> None:
        super().__init__(office, _PROJECTION, DocumentBacking(office, _USAGE, made=_received))

    def create(self, body: Wire, caller: Caller) -> Wire:
        account = characteristic(body, "account", _OF)
        volume = characteristic(body, "volume", _OF)
        if not account or not volume:
            return super().create(body, caller)
        if not body.get("usageType") or not body.get("usageDate"):
            raise bad("usage to be charged needs usageType and usageDate")
        row = {
            "record_id": characteristic(body, "recordId", _OF) or str(uuid4()),
            "account": account,
            "service": body["usageType"],
            "time": body["usageDate"],
            "volume": int(volume) if volume.isascii() and volume.isdigit() else volume,
            "destination": characteristic(body, "destination", _OF),
        }
        self.office.submit("usage", [{name: value for name, value in row.items() if value != ""}], caller)
        raise Pending

    def remove(self, identity: str, caller: Caller) -> None:
        if self.foreign is None or self.foreign.get(identity) is None:
            raise FaceRefusal(409, "a line of the ledger stays")
        super().remove(identity, caller)


def _received(body: dict[str, Any], office: BackOffice, caller: Caller) -> None:
    del office, caller
    body.setdefault("status", "received")


def _backing(office: BackOffice) -> Backing:
    return UsageBacking(office)


TMF635: Final = Face(
    "TMF635",
    "Usage Management",
    ("/tmf-api/usageManagement/v4",),
    (
        ResourceFace(_USAGE, "Usage", _ATTRIBUTES, _backing, ALL),
        kept_face("usageSpecification", _SPECIFICATION, finish=dated),
    ),
)
