"""The alarm list as resources: what is raised, changed and cleared over a face is a message or a command."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice, Caller, Pending
from bss_sync.tmf.face import Wire
from bss_sync.tmf.records import UNFOUND, Column, Projection, RecordBacking, as_instant
from bss_sync.tmf.refusal import FaceRefusal, bad, missing
from telassure.kernel.events import Alarm, PerceivedSeverity
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import HOUR, iso, parse_instant
from telassure.kernel.ports import Beginning, Value

ALARM: Final = "alarm"
SEVERITIES: Final = tuple(each.name.lower() for each in sorted(PerceivedSeverity, reverse=True))
_STATES: Final = ("raised", "updated", "cleared")
_ACKS: Final = ("acknowledged", "unacknowledged")
_RECENT: Final = HOUR
_WITH: Final = {"ackUserId": "ackState", "alarmClearedTime": "state", "alarmChangedTime": "state"}
"""What may be sent beside a change that it follows from: who acts is the token's own, and when is now."""
ATTRIBUTES: Final = Attributes.of(
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
    otherwise={"sourceSystemId": "telassure", "alarmType": "other", "probableCause": "indeterminate", "@type": "Alarm"},
)


class AlarmBacking(RecordBacking[Alarm]):
    """What is created goes through the gateway into the alarm list; what is changed is a message or a command."""

    def __init__(self, office: BackOffice) -> None:
        super().__init__(office, _PROJECTION)

    def create(self, body: Wire, caller: Caller) -> Wire:
        alarm = self._raised(body, caller)
        own = _shown(alarm)
        self.overlay.keep(alarm.alarm_id, own, body)
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
        for name, act in _WITH.items():
            if name in touched and act not in touched:
                raise bad(f"{name} follows from a change of {act}, and cannot be set by itself")
        message = {name: after.get(name) for name in touched & {"perceivedSeverity", "alarmDetails"}}
        if "ackState" in touched:
            self.office.give("ack" if after.get("ackState") == "acknowledged" else "unack", identity, caller)
        if "state" in touched and after.get("state") == "cleared" and alarm.state != "cleared":
            self.office.give("clear", identity, caller, why="cleared over TMF642")
        elif "state" in touched and alarm.state == "cleared":
            raise bad("a cleared alarm is raised again by a new alarm")
        elif message:
            self._send(alarm, after, caller)
        self.overlay.keep(identity, _shown(alarm), after)
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
        self.overlay.keep(identity, _shown(record), {**whole, "comment": said[-100:]})

    def relate(self, identity: str, name: str, refs: Sequence[Mapping[str, Any]], related: bool) -> None:
        """Say, or say no more, that other alarms belong to this one."""
        record, whole = self.record(identity), self.get(identity)
        if record is None or whole is None:
            raise missing("Alarm")
        ids = {each["id"] for each in refs}
        kept = [each for each in whole.get(name, []) if each.get("id") not in ids]
        self.overlay.keep(identity, _shown(record), {**whole, name: [*kept, *refs] if related else kept})

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
