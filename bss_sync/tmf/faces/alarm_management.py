"""TMF642: alarms as elements and other systems raise them, and what people do to them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bss_sync.tmf.alarms import ALARM, ATTRIBUTES, AlarmBacking
from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice, Caller, ids_of
from bss_sync.tmf.documents import DocumentBacking
from bss_sync.tmf.face import ALL, TASK, Backing, Face, ResourceFace, Wire
from bss_sync.tmf.query import ListQuery, read_query
from bss_sync.tmf.refusal import FaceRefusal, bad
from telassure.kernel.instant import iso
from telassure.kernel.rights import OPERATE

_MOST: Final = 1_000

_Act = Callable[[AlarmBacking, Wire, str, Caller], None]


class AlarmTasks(DocumentBacking):
    """A task on every alarm that one of its patterns fits: `done` at each, `told` is where they are listed."""

    def __init__(self, office: BackOffice, resource: str, told: str, done: _Act) -> None:
        super().__init__(office, resource, made=self._do)
        self._alarms, self._told, self._done = AlarmBacking(office), told, done

    def _do(self, task: dict[str, Any], office: BackOffice, caller: Caller) -> None:
        del office
        found = self._fitting(task["alarmPattern"])
        reached, refused = [], []
        for identity in found:
            try:
                self._done(self._alarms, task, identity, caller)
            except FaceRefusal as reason:
                refused.append({"id": identity, "reason": reason.reason})
            else:
                reached.append({"id": identity, "href": f"/tmf-api/alarmManagement/v4/alarm/{identity}"})
        if found and not reached:
            raise FaceRefusal(409, refused[0]["reason"])
        task |= {self._told: reached, "state": "done", **({"refused": refused} if refused else {})}

    def _fitting(self, patterns: Sequence[object]) -> list[str]:
        found: dict[str, None] = {}
        for pattern in patterns:
            if not isinstance(pattern, dict) or not pattern:
                raise bad("alarmPattern is not an array of objects with attributes of alarms")
            page = self._alarms.listed(replace(_asked(pattern), limit=_MOST))
            if page.total > _MOST:
                raise bad(f"a pattern fits {page.total:,} alarms; at most {_MOST:,} in one task")
            found |= dict.fromkeys(str(each["id"]) for each in page.rows)
        if not found:
            raise bad("no alarm fits the pattern")
        return list(found)


def _asked(pattern: Mapping[str, Any]) -> ListQuery:
    """The alarms that have these attributes."""
    pairs = []
    for name, value in pattern.items():
        if isinstance(value, dict):
            pairs += [(f"{name}.{part}", str(each)) for part, each in value.items() if not part.startswith("@")]
        elif isinstance(value, list):
            raise bad(f"alarmPattern.{name} is an array; name a value")
        elif name not in ("href", "@type", "@baseType", "@schemaLocation"):
            pairs.append((name, str(value)))
    return read_query(pairs, ATTRIBUTES)


def _acked(alarms: AlarmBacking, task: Wire, identity: str, caller: Caller) -> None:
    alarms.office.give("ack", identity, caller)


def _unacked(alarms: AlarmBacking, task: Wire, identity: str, caller: Caller) -> None:
    alarms.office.give("unack", identity, caller)


def _cleared(alarms: AlarmBacking, task: Wire, identity: str, caller: Caller) -> None:
    alarms.office.give("clear", identity, caller, why="cleared over TMF642")


def _commented(alarms: AlarmBacking, task: Wire, identity: str, caller: Caller) -> None:
    comment = task["comment"]
    alarms.comment(identity, {"time": iso(alarms.office.now()), **comment, "userId": caller.name})


class GroupTasks(DocumentBacking):
    """Puts alarms under a parent, or takes them from it."""

    def __init__(self, office: BackOffice, resource: str, told: str, related: bool) -> None:
        super().__init__(office, resource, made=self._do)
        self._alarms, self._told, self._related = AlarmBacking(office), told, related

    def _do(self, task: dict[str, Any], office: BackOffice, caller: Caller) -> None:
        del office, caller
        (parent,) = ids_of([task["parentAlarm"]], "parentAlarm")
        children = ids_of(task["correlatedAlarm"], "correlatedAlarm")
        for identity in (parent, *children):
            if self._alarms.get(identity) is None:
                raise bad("parentAlarm or correlatedAlarm names an alarm that is not there")
        refs = [{"id": each, "href": f"/tmf-api/alarmManagement/v4/alarm/{each}"} for each in (parent, *children)]
        self._alarms.relate(parent, "correlatedAlarm", refs[1:], self._related)
        for child in children:
            self._alarms.relate(child, "parentAlarm", refs[:1], self._related)
        task |= {self._told: refs[1:], "state": "done"}


def _task(path: str, told: str, done: _Act, text: str, mandatory: tuple[str, ...]) -> ResourceFace:
    def made(office: BackOffice) -> Backing:
        return AlarmTasks(office, path, told, done)

    name = path[0].upper() + path[1:]
    attributes = Attributes.of(f"state:s alarmPattern:a {told}:a {text}")
    return ResourceFace(path, name, attributes, made, TASK, (*mandatory, "alarmPattern"))


def _grouping(path: str, told: str, related: bool) -> ResourceFace:
    def made(office: BackOffice) -> Backing:
        return GroupTasks(office, path, told, related)

    attributes = Attributes.of(f"state:s alarmChangedTime:t sourceSystemId:s correlatedAlarm:a {told}:a parentAlarm:o")
    mandatory = ("sourceSystemId", "alarmChangedTime", "parentAlarm", "correlatedAlarm")
    return ResourceFace(path, path[0].upper() + path[1:], attributes, made, TASK, mandatory)


_ACK: Final = "ackSystemId:s ackTime:t ackUserId:s"
TMF642: Final = Face(
    "TMF642",
    "Alarm Management",
    ("/tmf-api/alarmManagement/v4", "/tmf-api/alarm/v4"),
    (
        ResourceFace(
            ALARM,
            "Alarm",
            ATTRIBUTES,
            AlarmBacking,
            ALL,
            (
                "alarmType",
                "perceivedSeverity",
                "probableCause",
                "alarmedObject",
                "sourceSystemId",
                "state",
                "alarmRaisedTime",
            ),
            ("alarmRaisedTime", "sourceSystemId"),
        ),
        _task("ackAlarms", "ackedAlarm", _acked, _ACK, ("ackSystemId", "ackUserId")),
        _task("unAckAlarms", "unAckedAlarm", _unacked, _ACK, ("ackSystemId", "ackUserId")),
        _task(
            "clearAlarms",
            "clearedAlarm",
            _cleared,
            "alarmClearedTime:t clearSystemId:s clearUserId:s",
            ("clearSystemId", "clearUserId", "alarmClearedTime"),
        ),
        _task("commentAlarms", "commentedAlarm", _commented, "comment:o", ("comment",)),
        _grouping("groupAlarms", "groupedAlarm", related=True),
        _grouping("unGroupAlarms", "unGroupedAlarm", related=False),
    ),
    writes=OPERATE,
)
