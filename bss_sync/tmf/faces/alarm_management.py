"""TMF642: alarms as elements and other systems raise them, and what people do to them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice, Caller, Pending, ids_of
from bss_sync.tmf.documents import DocumentBacking
from bss_sync.tmf.face import ALL, TASK, Backing, Face, ResourceFace, Wire
from bss_sync.tmf.query import ListQuery, read_query
from bss_sync.tmf.records import UNFOUND, Column, Projection, RecordBacking, as_instant
from bss_sync.tmf.refusal import FaceRefusal, bad, missing
from telassure.kernel.events import Alarm, PerceivedSeverity
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import HOUR, iso, parse_instant
from telassure.kernel.ports import Beginning, Value
from telassure.kernel.rights import OPERATE

ALARM: Final = "alarm"
SEVERITIES: Final = tuple(each.name.lower() for each in sorted(PerceivedSeverity, reverse=True))
_STATES: Final = ("raised", "updated", "cleared")
_ACKS: Final = ("acknowledged", "unacknowledged")
_MOST: Final = 1_000
_RECENT: Final = HOUR
_ATTRIBUTES: Final = Attributes.of(
    "ackState:w ackSystemId:s ackUserId:s alarmChangedTime:t alarmClearedTime:t alarmDetails:s alarmEscalation:b "
    "alarmRaisedTime:t alarmReportingTime:t alarmType:s alarmedObjectType:s clearSystemId:s clearUserId:s "
    "externalAlarmId:s isRootCause:b perceivedSeverity:w plannedOutageIndicator:s probableCause:s "
    "proposedRepairedActions:s reportingSystemId:s serviceAffecting:b sourceSystemId:s specificProblem:s state:w "
    "affectedService:a alarmedObject:o comment:a correlatedAlarm:a crossedThresholdInformation:o parentAlarm:a place:a",
    ackState=_ACKS,
    perceivedSeverity=SEVERITIES,
    state=_STATES,
)


def _shown(alarm: Alarm) -> dict[str, Any]:
    """The attributes that the alarm list decides. One that it knows nothing of is left out."""
    own = {
        "alarmType": alarm.event_type,
        "probableCause": alarm.probable_cause,
        "specificProblem": alarm.specific_problem,
        "perceivedSeverity": alarm.perceived_severity.name.lower(),
        "state": "cleared" if alarm.state == "cleared" else "raised" if alarm.occurrences <= 1 else "updated",
        "ackState": alarm.ack_state,
        "ackUserId": alarm.ack_user or None,
        "alarmedObject": {"id": alarm.managed_object, "@type": "AlarmedObject"},
        "alarmRaisedTime": iso(alarm.raised_at),
        "alarmChangedTime": iso(alarm.changed_at),
        "alarmClearedTime": None if alarm.cleared_at is None else iso(alarm.cleared_at),
        "alarmDetails": alarm.text or None,
    }
    return {name: value for name, value in own.items() if value not in (None, "")}


def _severity(word: str) -> Value:
    return PerceivedSeverity[word.upper()] if word in SEVERITIES else -1


def _ack(word: str) -> Value:
    return word if word in _ACKS else UNFOUND


_PROJECTION: Final = Projection(
    Alarm,
    ALARM,
    _shown,
    {
        "id": Column("alarm_id"),
        "alarmedObject.id": Column("managed_object"),
        "perceivedSeverity": Column("perceived_severity", _severity),
        "ackState": Column("ack_state", _ack),
        "alarmChangedTime": Column("changed_at", as_instant),
    },
    stated=("alarmRaisedTime",),
)


class AlarmBacking(RecordBacking[Alarm]):
    """What is created goes through the gateway into the alarm list; what is changed is a message or a command."""

    def __init__(self, office: BackOffice) -> None:
        super().__init__(office, _PROJECTION)

    def get(self, identity: str) -> Wire | None:
        found = super().get(identity)
        return None if found is None else {"sourceSystemId": "telassure", "@type": "Alarm", **found}

    def create(self, body: Wire, caller: Caller) -> Wire:
        alarm = self._raised(body, caller)
        own = _shown(alarm)
        self.keep(alarm.alarm_id, own, body)
        if body.get("ackState") == "acknowledged" and alarm.ack_state != "acknowledged":
            self.office.give("ack", alarm.alarm_id, caller)
        return self._whole_of(alarm.alarm_id)

    def change(self, before: Wire, after: Wire, caller: Caller) -> Wire:
        identity = str(before["id"])
        alarm = self.record(identity)
        if alarm is None:
            raise missing("Alarm")
        touched = {name for name in {*before, *after} if before.get(name) != after.get(name)}
        for name in touched & {"alarmType", "probableCause", "specificProblem", "alarmedObject"}:
            raise bad(f"{name} is what the alarm is known by, and cannot be changed")
        message = {name: after.get(name) for name in touched & {"perceivedSeverity", "alarmDetails"}}
        if "ackState" in touched:
            self.office.give("ack" if after.get("ackState") == "acknowledged" else "unack", identity, caller)
        if "state" in touched and after.get("state") == "cleared" and alarm.state != "cleared":
            self.office.give("clear", identity, caller, why="cleared over TMF642")
        elif "state" in touched and alarm.state == "cleared":
            raise bad("a cleared alarm is raised again by a new alarm")
        elif message:
            self._send(alarm, after, caller)
        self.keep(identity, _shown(alarm), after)
        return self._whole_of(identity)

    def remove(self, identity: str, caller: Caller) -> None:
        """It is cleared where it is active, and not shown any more."""
        alarm = self.record(identity)
        if alarm is not None and alarm.state != "cleared":
            self.office.give("clear", identity, caller, why="deleted over TMF642")
        super().remove(identity, caller)

    def comment(self, identity: str, comment: Mapping[str, Any]) -> None:
        """Add what a person has said of it."""
        record, whole = self.record(identity), self.get(identity)
        if record is None or whole is None:
            raise missing("Alarm")
        said = [*whole.get("comment", []), comment]
        self.keep(identity, _shown(record), {**whole, "comment": said[-100:]})

    def relate(self, identity: str, name: str, refs: Sequence[Mapping[str, Any]], related: bool) -> None:
        """Say, or say no more, that other alarms belong to this one."""
        record, whole = self.record(identity), self.get(identity)
        if record is None or whole is None:
            raise missing("Alarm")
        ids = {each["id"] for each in refs}
        kept = [each for each in whole.get(name, []) if each.get("id") not in ids]
        self.keep(identity, _shown(record), {**whole, name: [*kept, *refs] if related else kept})

    def _raised(self, body: Wire, caller: Caller) -> Alarm:
        named = body["alarmedObject"].get("id")
        if not isinstance(named, str) or not named:
            raise bad("alarmedObject names no id")
        cleared = body["state"] == "cleared" or body["perceivedSeverity"] == "cleared"
        row = {
            "managed_object": named,
            "event_type": body["alarmType"],
            "probable_cause": body["probableCause"],
            "specific_problem": body.get("specificProblem", ""),
            "perceived_severity": "cleared" if cleared else body["perceivedSeverity"],
            "time": body["alarmRaisedTime"],
            "text": body.get("alarmDetails", ""),
        }
        start = derive_id(named, row["event_type"], row["probable_cause"], _one_line(row["specific_problem"])) + "-"
        newest = self._newest(start)
        if cleared and (newest is None or newest.state == "cleared"):
            raise FaceRefusal(409, "no such alarm is active that this could clear")
        now = self.office.now()
        at = min(parse_instant(body["alarmRaisedTime"]), now)
        over = newest is not None and newest.cleared_at is not None and newest.cleared_at >= at
        if over or now - at > _RECENT:  # it is active now, whenever it began and whatever was cleared meanwhile
            at, row["time"] = now, iso(now)
        self.office.submit("alarms", [row], caller)

        def applied() -> Alarm | None:
            found = self._newest(start)
            there = found is not None and found.changed_at >= at and (found.state == "cleared") is cleared
            return found if there else None

        return self.office.awaited(applied)

    def _newest(self, start: str) -> Alarm | None:
        """The newest activation of an alarm, by what its id begins with."""
        rows = self.office.reader.find(Alarm, {"alarm_id": Beginning(start)}, ("-changed_at",), 1).rows
        return rows[0] if rows else None

    def _send(self, alarm: Alarm, after: Wire, caller: Caller) -> None:
        row = {
            "managed_object": alarm.managed_object,
            "event_type": alarm.event_type,
            "probable_cause": alarm.probable_cause,
            "specific_problem": alarm.specific_problem,
            "perceived_severity": after.get("perceivedSeverity", "indeterminate"),
            "time": iso(max(self.office.now(), alarm.changed_at + 1)),
            "text": after.get("alarmDetails", ""),
        }
        self.office.submit("alarms", [row], caller)
        wanted = (row["perceived_severity"], row["text"])

        def applied() -> bool | None:
            found = self.office.reader.get(Alarm, alarm.alarm_id)
            is_so = found is not None and (found.perceived_severity.name.lower(), found.text) == wanted
            return True if is_so else None

        self.office.awaited(applied, alarm.alarm_id)

    def _whole_of(self, identity: str) -> Wire:
        found = self.get(identity)
        if found is None:
            raise Pending(identity)
        return found


def _one_line(text: str) -> str:
    return " ".join(text.split())


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
    return read_query(pairs, _ATTRIBUTES)


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
            _ATTRIBUTES,
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
