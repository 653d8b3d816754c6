"""TMF681: what customers were told of their disruptions, and messages that other systems keep here."""

from typing import Any, Final

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice, Caller
from bss_sync.tmf.documents import DocumentBacking
from bss_sync.tmf.face import ALL, Backing, Face, ResourceFace
from bss_sync.tmf.records import Column, Projection, RecordBacking, as_instant
from telassure.kernel.events import Notification
from telassure.kernel.instant import iso
from telassure.kernel.rights import OPERATE

_MESSAGE: Final = "communicationMessage"
_ATTRIBUTES: Final = Attributes.of(
    "content:s description:s logFlag:b messageType:s priority:s scheduledSendTime:t sendTime:t sendTimeComplete:t "
    "subject:s tryTimes:i attachment:a characteristic:a receiver:a sender:o state:w",
    state=("initial", "inProgress", "completed", "cancelled", "failed"),
)


def _shown(notice: Notification) -> dict[str, Any]:
    return {
        "subject": notice.subject,
        "content": notice.body,
        "messageType": "disruption",
        "sendTime": iso(notice.time),
        "logFlag": True,
        "sender": {"id": "telassure", "name": "Telassure"},
        "receiver": [{"id": notice.customer, "party": {"id": notice.customer, "@referredType": "Customer"}}],
        "characteristic": [{"name": "troubleTicket", "value": notice.ticket_id}],
        "@type": "CommunicationMessage",
    }


_PROJECTION: Final = Projection(
    Notification,
    _MESSAGE,
    _shown,
    {
        "id": Column("notification_id"),
        "sendTime": Column("time", as_instant),
        "receiver.id": Column("customer"),
    },
)


def _kept(body: dict[str, Any], office: BackOffice, caller: Caller) -> None:
    """It waits: nothing of ours sends what another system has written."""
    del office, caller
    body.setdefault("state", "initial")


def _backing(office: BackOffice) -> Backing:
    return RecordBacking(office, _PROJECTION, DocumentBacking(office, _MESSAGE, made=_kept))


TMF681: Final = Face(
    "TMF681",
    "Communication Management",
    ("/tmf-api/communicationManagement/v4",),
    (
        ResourceFace(
            _MESSAGE,
            "CommunicationMessage",
            _ATTRIBUTES,
            _backing,
            ALL,
            ("content", "messageType", "receiver", "sender"),
        ),
    ),
    writes=OPERATE,
)
