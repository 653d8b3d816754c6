"""TMF621: our tickets, and those that other systems open here; in version 4 and in that of older kits."""

from typing import Any, Final

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice, Caller
from bss_sync.tmf.documents import DocumentBacking
from bss_sync.tmf.face import ALL, Backing, Face, ResourceFace, Wire
from bss_sync.tmf.records import Column, Projection, RecordBacking, as_instant
from bss_sync.tmf.refusal import bad, missing
from telassure.kernel.events import PerceivedSeverity, TroubleTicket
from telassure.kernel.instant import iso
from telassure.kernel.ports import Value
from telassure.kernel.rights import OPERATE

_TICKET: Final = "troubleTicket"
_STATES: Final = ("acknowledged", "rejected", "pending", "held", "inProgress", "cancelled", "closed", "resolved")
_ASSIGNEE: Final = "assignee"
_ATTRIBUTES: Final = Attributes.of(
    "creationDate:t description:s expectedResolutionDate:t externalId:s lastUpdate:t name:s priority:s "
    "requestedResolutionDate:t resolutionDate:t severity:s statusChangeDate:t statusChangeReason:s ticketType:s "
    "attachment:a channel:o note:a relatedEntity:a relatedParty:a status:w statusChange:a troubleTicketRelationship:a "
    "ticketRelationship:a",
    status=_STATES,
)


def _shown(ticket: TroubleTicket) -> dict[str, Any]:
    problem = f"/tmf-api/serviceProblemManagement/v4/serviceProblem/{ticket.problem_id}"
    found: dict[str, Any] = {
        "name": ticket.title,
        "description": f"{ticket.title}: {ticket.root_cause}" if ticket.root_cause else ticket.title,
        "severity": ticket.severity.name.lower(),
        "ticketType": "assurance",
        "status": ticket.state,
        "creationDate": iso(ticket.opened_at),
        "lastUpdate": iso(ticket.changed_at),
        "statusChangeDate": iso(ticket.changed_at),
        "resolutionDate": None if ticket.closed_at is None else iso(ticket.closed_at),
        "note": [{"id": str(number), "text": text} for number, text in enumerate(ticket.notes, 1)],
        "relatedEntity": [{"id": ticket.problem_id, "href": problem, "@referredType": "ServiceProblem"}],
        "relatedParty": [
            *({"id": each, "role": "affectedCustomer", "@referredType": "Customer"} for each in _few(ticket)),
            *([{"id": ticket.assignee, "name": ticket.assignee, "role": _ASSIGNEE}] if ticket.assignee else []),
        ],
        "@type": "TroubleTicket",
    }
    return {name: value for name, value in found.items() if value is not None}


def _few(ticket: TroubleTicket) -> tuple[str, ...]:
    return ticket.affected_customers[:100]


def _severity(word: str) -> Value:
    return PerceivedSeverity[word.upper()] if word.upper() in PerceivedSeverity.__members__ else -1


_PROJECTION: Final = Projection(
    TroubleTicket,
    _TICKET,
    _shown,
    {
        "id": Column("ticket_id"),
        "status": Column("state"),
        "severity": Column("severity", _severity),
        "creationDate": Column("opened_at", as_instant),
        "lastUpdate": Column("changed_at", as_instant),
    },
)


class TicketBacking(RecordBacking[TroubleTicket]):
    """On a ticket of ours notes and the assignee are commands; its status follows its problem."""

    def __init__(self, office: BackOffice) -> None:
        super().__init__(office, _PROJECTION, DocumentBacking(office, _TICKET, _opened, _updated))

    def change(self, before: Wire, after: Wire, caller: Caller) -> Wire:
        identity = str(before["id"])
        if self.foreign is None or self.foreign.get(identity) is not None:
            return super().change(before, after, caller)
        ticket = self.record(identity)
        if ticket is None:
            raise missing("TroubleTicket")
        own = _shown(ticket)
        touched = {name for name in own if after.get(name) != before.get(name)}
        if refused := touched - {"note", "relatedParty"}:
            raise bad(f"{', '.join(sorted(refused))}: a ticket of the system follows its problem, and cannot be set so")
        if "note" in touched:
            for text in _new_notes(own["note"], after.get("note")):
                self.office.give("note", identity, caller, text=text)
        if "relatedParty" in touched:
            self.office.give("assign", identity, caller, to=_assignee(after.get("relatedParty")))
        self.overlay.keep(identity, own, after)
        found = self.get(identity)
        if found is None:
            raise missing("TroubleTicket")
        return found


def _new_notes(known: list[dict[str, Any]], stated: object) -> list[str]:
    several = stated if isinstance(stated, list) else []
    texts = [each.get("text") for each in several if isinstance(each, dict)]
    old = [each["text"] for each in known]
    new = [text for text in texts if isinstance(text, str) and text not in old]
    if not set(old) <= set(texts) or not new:
        raise bad("note: what was written stays; send all notes and one more, each with a text")
    return new


def _assignee(stated: object) -> str:
    several = stated if isinstance(stated, list) else []
    named = [each for each in several if isinstance(each, dict) and each.get("role") == _ASSIGNEE]
    if len(named) != 1 or not (named[0].get("name") or named[0].get("id")):
        raise bad(f"relatedParty: name one party of the role {_ASSIGNEE}")
    return str(named[0].get("name") or named[0]["id"])


def _opened(body: dict[str, Any], office: BackOffice, caller: Caller) -> None:
    del caller
    at = iso(office.now())
    body |= {"status": body.get("status", "acknowledged"), "creationDate": at, "lastUpdate": at}
    body["statusChange"] = [{"status": body["status"], "changeDate": at}]


def _updated(body: dict[str, Any], office: BackOffice, caller: Caller) -> None:
    del caller
    at, changes = iso(office.now()), list(body.get("statusChange", []))
    body["lastUpdate"] = at
    if not changes or changes[-1].get("status") != body.get("status"):
        body |= {"statusChangeDate": at, "statusChange": [*changes, {"status": body.get("status"), "changeDate": at}]}
    if body.get("status") in ("closed", "resolved") and "resolutionDate" not in body:
        body["resolutionDate"] = at


def _backing(office: BackOffice) -> Backing:
    return TicketBacking(office)


TMF621: Final = Face(
    "TMF621",
    "Trouble Ticket Management",
    ("/tmf-api/troubleTicket/v4", "/tmf-api/troubleTicket/v2"),
    (
        ResourceFace(
            _TICKET,
            "TroubleTicket",
            _ATTRIBUTES,
            _backing,
            ALL,
            ("description", "severity", "ticketType"),
            ("creationDate", "lastUpdate", "statusChange", "statusChangeDate"),
        ),
    ),
    writes=OPERATE,
)
