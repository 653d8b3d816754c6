"""TMF656: incidents with their ranked causes; in version 4 and in that of older kits."""

from collections.abc import Sequence
from typing import Any, Final

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice, Caller, ids_of
from bss_sync.tmf.documents import DocumentBacking
from bss_sync.tmf.face import ALL, Backing, Face, ResourceFace
from bss_sync.tmf.records import UNFOUND, Column, Projection, RecordBacking, as_instant
from bss_sync.tmf.refusal import FaceRefusal, bad
from telassure.kernel.commands import PROBLEM
from telassure.kernel.events import ActOutcome, PerceivedSeverity, ServiceProblem
from telassure.kernel.instant import iso
from telassure.kernel.ports import Value
from telassure.kernel.rights import OPERATE

_PROBLEM: Final = "serviceProblem"
_BASE: Final = "/tmf-api/serviceProblemManagement/v4"
_STATUS: Final = {"open": "inProgress", "cleared": "resolved", "absorbed": "closed"}
_STATES: Final = ("acknowledged", "rejected", "pending", "held", "inProgress", "resolved", "cancelled", "closed")
_FEW: Final = 100
_ATTRIBUTES: Final = Attributes.of(
    "affectedNumberOfServices:i category:s creationDate:t description:s impactImportanceFactor:s lastUpdate:t name:s "
    "originatingSystem:s priority:i problemEscalation:s reason:s resolutionDate:t statusChangeDate:t "
    "statusChangeReason:s affectedLocation:a affectedResource:a affectedService:a characteristic:a "
    "externalIdentifier:a firstAlert:o impactPattern:o note:a originatorParty:o parentProblem:a relatedEntity:a "
    "relatedEvent:a relatedParty:a responsibleParty:o rootCauseResource:a rootCauseService:a slaViolation:a status:w "
    "trackingRecord:a troubleTicket:a underlyingAlarm:a underlyingProblem:a correlationId:s timeChanged:t timeRaised:t "
    "associatedSLAViolation:a associatedTroubleTicket:a comment:a extensionInfo:a impactPatterns:a relatedObject:a",
    status=_STATES,
)


def _shown(problem: ServiceProblem) -> dict[str, Any]:
    causes = problem.root_causes
    found: dict[str, Any] = {
        "name": f"{causes[0].managed_object}" if causes else problem.problem_id,
        "category": "serviceProvider.declared",
        "description": causes[0].evidence if causes else "a problem without a known cause",
        "reason": causes[0].managed_object if causes else "undetermined",
        "priority": max(1, 6 - int(problem.perceived_severity)),
        "status": _STATUS[problem.state],
        "originatingSystem": "telassure",
        "originatorParty": {"id": "telassure", "role": "system", "@referredType": "Organization"},
        "creationDate": iso(problem.opened_at),
        "timeRaised": iso(problem.opened_at),
        "lastUpdate": iso(problem.changed_at),
        "timeChanged": iso(problem.changed_at),
        "statusChangeDate": iso(problem.changed_at),
        "resolutionDate": None if problem.cleared_at is None else iso(problem.cleared_at),
        "affectedNumberOfServices": len(problem.affected_services),
        "affectedService": _refs(problem.affected_services, "/tmf-api/serviceInventory/v4/service"),
        "rootCauseResource": [
            {
                "id": each.managed_object,
                "href": f"/tmf-api/resourceInventoryManagement/v4/resource/{each.managed_object}",
                "confidence": round(each.score, 3),
                "evidence": each.evidence,
            }
            for each in causes
        ],
        "underlyingAlarm": _refs(problem.members, "/tmf-api/alarmManagement/v4/alarm"),
        "parentProblem": _refs([problem.absorbed_by] if problem.absorbed_by else [], f"{_BASE}/{_PROBLEM}"),
        "characteristic": [{"name": "domain", "value": problem.domain}],
        "@type": "ServiceProblem",
    }
    return {name: value for name, value in found.items() if value is not None}


def _refs(identities: Sequence[str], place: str) -> list[dict[str, str]]:
    return [{"id": each, "href": f"{place}/{each}"} for each in identities[:_FEW]]


def _state(word: str) -> Value:
    return next((state for state, status in _STATUS.items() if status == word), UNFOUND)


def _priority(text: str) -> Value:
    return PerceivedSeverity(6 - int(text)) if text in ("1", "2", "3", "4", "5") else -1


_PROJECTION: Final = Projection(
    ServiceProblem,
    _PROBLEM,
    _shown,
    {
        "id": Column("problem_id"),
        "status": Column("state", _state),
        "priority": Column("perceived_severity", _priority),
        "creationDate": Column("opened_at", as_instant),
        "lastUpdate": Column("changed_at", as_instant),
    },
)


def _opened(body: dict[str, Any], office: BackOffice, caller: Caller) -> None:
    at = iso(office.now())
    stated = {"status": "acknowledged", "originatingSystem": caller.name, **body}
    begun = dict.fromkeys(("creationDate", "timeRaised", "lastUpdate", "timeChanged", "statusChangeDate"), at)
    body |= {**stated, **begun}


def _updated(body: dict[str, Any], office: BackOffice, caller: Caller) -> None:
    del caller
    body |= dict.fromkeys(("lastUpdate", "timeChanged"), iso(office.now()))


def _problems(office: BackOffice) -> Backing:
    return RecordBacking(office, _PROJECTION, DocumentBacking(office, _PROBLEM, _opened, _updated))


def _event(outcome: ActOutcome) -> dict[str, Any]:
    said = {"outcome": outcome.outcome, "reason": outcome.reason, "user": outcome.user, "why": outcome.why}
    return {
        "eventType": outcome.command,
        "eventTime": iso(outcome.given_at),
        "recordTime": iso(outcome.given_at),
        "notification": {name: text for name, text in said.items() if text},
        "serviceProblem": {"id": outcome.object_id, "href": f"{_BASE}/{_PROBLEM}/{outcome.object_id}"},
        "@type": "ServiceProblemEventRecord",
    }


_EVENT_PROJECTION: Final = Projection(
    ActOutcome,
    "serviceProblemEventRecord",
    _event,
    {
        "id": Column("act_id"),
        "eventType": Column("command"),
        "eventTime": Column("given_at", as_instant),
        "serviceProblem.id": Column("object_id"),
    },
    only={"object_type": PROBLEM.name},
)


def _events(office: BackOffice) -> Backing:
    """What people and other systems have done to our problems."""
    return RecordBacking(office, _EVENT_PROJECTION)


class AcknowledgementTasks(DocumentBacking):
    """Acknowledges every alarm of problems, or takes it back."""

    def __init__(self, office: BackOffice, resource: str, command: str, told: str) -> None:
        super().__init__(office, resource, made=self._do)
        self._known, self._command, self._told = _problems(office), command, told

    def _do(self, task: dict[str, Any], office: BackOffice, caller: Caller) -> None:
        reached, refused = list[str](), list[FaceRefusal]()
        for identity in ids_of(task["problem"], "problem"):
            if self._known.get(identity) is None:
                raise bad("problem names one that is not there")
            if office.reader.get(ServiceProblem, identity) is None:
                reached.append(identity)
                continue
            try:
                office.give(self._command, identity, caller)
            except FaceRefusal as reason:
                refused.append(reason)
            else:
                reached.append(identity)
        if not reached:
            raise refused[0]
        task[self._told] = _refs(reached, f"{_BASE}/{_PROBLEM}")


def _task(path: str, command: str, told: str) -> ResourceFace:
    def made(office: BackOffice) -> Backing:
        return AcknowledgementTasks(office, path, command, told)

    attributes = Attributes.of(f"problem:a {told}:a trackingRecord:o")
    return ResourceFace(path, path[0].upper() + path[1:], attributes, made, frozenset({"create"}), ("problem",))


TMF656: Final = Face(
    "TMF656",
    "Service Problem Management",
    (_BASE, "/tmf-api/serviceProblemManagement/v3"),
    (
        ResourceFace(
            _PROBLEM,
            "ServiceProblem",
            _ATTRIBUTES,
            _problems,
            ALL,
            ("category", "priority", "description", "reason", "originatorParty"),
            ("originatingSystem", "creationDate", "lastUpdate"),
        ),
        ResourceFace(
            "serviceProblemEventRecord",
            "ServiceProblemEventRecord",
            Attributes.of("eventTime:t eventType:s recordTime:t notification:o serviceProblem:o"),
            _events,
        ),
        _task("problemAcknowledgement", "ack", "ackProblem"),
        _task("problemUnacknowledgement", "unack", "unackProblem"),
    ),
    writes=OPERATE,
)
