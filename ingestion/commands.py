"""The one way in for commands: looked up, judged by their object as it stands, made durable, and answered."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from hashlib import blake2b
from threading import Event
from typing import Any, Final, Protocol

from streams.operators.commands import commands
from telassure.access.trail import HOUSE
from telassure.kernel import fields
from telassure.kernel.codec import encode
from telassure.kernel.commands import (
    LONGEST_WHY,
    PROBLEM,
    Command,
    ControlCommand,
    Instruction,
    ObjectType,
    Permit,
    PolicyCommand,
    Reply,
)
from telassure.kernel.errors import ConflictingDuplicate, InvalidInput, NotPermitted
from telassure.kernel.events import Act, ActOutcome, Alarm, PolicyValue
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import Instant
from telassure.kernel.kept import BusinessRecord, kept_as
from telassure.kernel.policies import Texts
from telassure.kernel.ports import (
    AnyOf,
    Appended,
    AskedAct,
    Beginning,
    Clock,
    Deed,
    Entry,
    RecordReader,
    SecondLook,
    Where,
    one_is_enough,
)
from telassure.kernel.routing import partition_of

SOURCE: Final = "acts"
NETWORK: Final = "network"
"""The partition key of acts on no object of any partition."""
LONGEST_NAME: Final = 128
_SHORTEST_PREFIX: Final = 6
_MOST_ALARMS: Final = 1_000  # as many members a problem names
_PAUSE: Final = 0.05


class ActLog(Protocol):
    """What is needed of the event log; `append` returns only when the entries are durable."""

    def append(self, entries: Sequence[Entry]) -> Appended: ...


class NetworkPolicies(Protocol):
    """The policies of the whole network: as the log has them now, and how others are stated."""

    def texts(self) -> Texts: ...

    def figures(self) -> Mapping[str, int]:
        """How things stand, to be kept with a decision."""
        ...

    def state(self, entries: Sequence[PolicyValue], act_id: str, user: str) -> None:
        """Durable when it returns; stated twice under one act it is stated once. InvalidInput where one is refused."""
        ...


class LoggedCommands:
    """kernel.commands.CommandDesk over the event log, what is kept and the policies. Safe from several threads.

    `patience`: how many seconds it waits for a worker to obey before it answers that the command is durable.
    """

    def __init__(
        self,
        log: ActLog,
        partitions: Mapping[str, int],
        kept: tuple[RecordReader, NetworkPolicies],
        clock: Clock,
        patience: float,
        second: SecondLook = one_is_enough,
    ) -> None:
        self._second = second
        self._log, self._partitions, self._clock = log, partitions, clock
        self._reader, self._policies = kept
        self._patience = patience
        self._pause = Event()

    def give(self, instruction: Instruction) -> Reply:
        asked = _judged(instruction)
        _refuse_unpermitted(asked)
        known = self._reader.get(ActOutcome, asked.act_id) if asked.act_id else None
        if known is not None:
            return Reply(known.act_id, _same(known, asked))
        command, record = self._found(asked)
        act = self._act(asked, command, record)
        _refuse(asked.permit(command.right, act.owner if command.on.owner == "domain" else ""))
        self._second(_before(act))
        if isinstance(command, PolicyCommand):
            entries = command.state(self._policies.texts(), act, self._policies.figures())
            self._policies.state(entries, act.act_id, act.user)
        appended = self._log.append([*self._controls(act, command), self._entry(act, command)])
        if appended.conflicts:
            raise ConflictingDuplicate(f"act id {act.act_id} was given before with other content; choose a new one")
        return Reply(act.act_id, self._outcome(act.act_id))

    def _found(self, asked: Instruction) -> tuple[Command[Any], BusinessRecord | None]:
        """The command of this name on the type of object that has this id, and the object where it is kept."""
        named = [command for (name, _), command in commands().items() if name == asked.command]
        offered = [command for command in named if not asked.permit(command.right, None)]
        if not offered:
            raise InvalidInput(_unknown(asked.command))
        for command in sorted(offered, key=lambda each: each.on.record is None):  # any id may name what is not kept
            kind = command.on.record
            record = self._reader.get(kind, asked.object_id) if kind is not None else None
            if record is not None or kind is None:
                return command, record
        found = [(each, record) for each in offered for record in self._beginning(each, asked.object_id)]
        if len(found) == 1:
            return found[0]
        types = " or ".join(command.on.name for command in offered)
        wrong = "begins the ids of several" if found else f"is the id of no {types} that is kept"
        raise InvalidInput(f"{asked.object_id} {wrong}; give the whole id")

    def _beginning(self, command: Command[Any], start: str) -> Sequence[BusinessRecord]:
        kind = command.on.record
        if kind is None or len(start) < _SHORTEST_PREFIX:
            return ()
        return self._reader.find(kind, {kept_as(kind).identity: Beginning(start)}, limit=2).rows

    def _act(self, asked: Instruction, command: Command[Any], record: BusinessRecord | None) -> Act:
        """The act on this object. InvalidInput where it can have no effect on it as it stands."""
        if command.needs_why and not asked.why:
            raise InvalidInput(f"{command.name} needs a reason: say why")
        on, given_at = command.on, self._clock.now()
        object_id = asked.object_id if record is None else str(getattr(record, kept_as(type(record)).identity))
        state = str(getattr(record, "state", ""))
        if on.states and state not in on.states:
            able = " or ".join(on.states)
            raise InvalidInput(f"{on.name} {object_id} is {state}; {command.name} acts on one that is {able}")
        arguments = command.read(asked.arguments)
        return Act(
            act_id=asked.act_id or derive_id("act", command.name, object_id, asked.user, given_at, *arguments),
            command=command.name,
            object_type=on.name,
            object_id=object_id,
            owner=_owner(on, object_id, record),
            feed=str(getattr(record, "feed", "")),
            time=_time(on, given_at, record),
            targets=() if record is None else self._targets(command, record, asked.permit),
            arguments=arguments,
            user=asked.user,
            stated=asked.stated,
            why=asked.why,
            face=asked.face,
            given_at=given_at,
            trace=asked.trace,
        )

    def _targets(self, command: Command[Any], record: BusinessRecord, permit: Permit) -> tuple[str, ...]:
        """What it acts on; of a problem those of its alarms on whose domain the giver may act."""
        if command.on != PROBLEM:
            return tuple(str(getattr(record, name)) for name in command.on.cell)
        members = tuple(getattr(record, "members", ()))
        if not members or not command.alarms:
            return ()
        concerned: Where = {"alarm_id": AnyOf(members), **command.alarms}
        alarms = self._reader.find(Alarm, concerned, limit=_MOST_ALARMS).rows
        return tuple(alarm.alarm_id for alarm in alarms if not permit(command.right, alarm.domain))

    def _controls(self, act: Act, command: Command[Any]) -> Iterator[Entry]:
        """What every partition obeys, in one append with the act itself."""
        if not isinstance(command, ControlCommand):
            return
        kind, payload = encode(command.control(act))
        for topology, several in sorted(self._partitions.items()):
            for number in range(several):
                place = f"{act.act_id}@{topology}/{number}"
                yield Entry(topology, number, kind, payload, SOURCE, place, _asked(act), trace=act.trace)

    def _entry(self, act: Act, command: Command[Any]) -> Entry:
        kind, payload = encode(act)
        topology, digest = command.on.topology, _asked(act)
        partition = partition_of(act.owner, self._partitions[topology])
        deed = Deed(act.user, act.command, act.object_id, f"durable by {act.face or HOUSE}: act {act.act_id}")
        return Entry(topology, partition, kind, payload, SOURCE, act.act_id, digest, trace=act.trace, deed=deed)

    def _outcome(self, act_id: str) -> ActOutcome | None:
        for _ in range(int(self._patience / _PAUSE) + 1):
            found = self._reader.get(ActOutcome, act_id)
            if found is not None:
                return found
            self._pause.wait(_PAUSE)
        return None


def _owner(on: ObjectType, object_id: str, record: BusinessRecord | None) -> str:
    if record is not None:
        return str(getattr(record, on.owner))
    return object_id if on.keyed else NETWORK


def _time(on: ObjectType, given_at: Instant, record: BusinessRecord | None) -> Instant:
    if record is not None:
        return int(getattr(record, on.begun))
    return 0 if on.keyed else given_at  # the key has clocks of its own, which no act may move


def _judged(asked: Instruction) -> Instruction:
    """The instruction with its reason as it is kept, where its texts are such as are taken."""
    fields.text(asked.command, "command", LONGEST_NAME)
    fields.text(asked.object_id, "object", fields.LONGEST_TEXT)
    fields.text(asked.user, "user", LONGEST_NAME)
    fields.optional_text(asked.act_id, "id", LONGEST_NAME)
    return replace(asked, why=fields.prose(asked.why, "why", LONGEST_WHY))


def _refuse_unpermitted(asked: Instruction) -> None:
    """Before anything is looked up, so that nobody learns what is kept by asking for what they may not do."""
    rights = {command.right for (name, _), command in commands().items() if name == asked.command}
    refusals = [asked.permit(right, None) for right in sorted(rights)]
    _refuse(refusals[0] if refusals and all(refusals) else "")


def _refuse(reason: str) -> None:
    if reason:
        raise NotPermitted(reason)


def _before(act: Act) -> AskedAct:
    """The act as it is asked for: what another person asks for too, in whatever words."""
    said = json.dumps([act.command, act.object_type, act.object_id, act.arguments]).encode()
    person = "" if act.stated else act.user
    return AskedAct(act.command, act.object_id, blake2b(said, digest_size=16).digest(), person, act.act_id)


def _asked(act: Act) -> bytes:
    """The digest of what was asked, not of when: the same act given twice is one."""
    said = json.dumps([act.command, act.object_id, act.arguments, act.user, act.why]).encode()
    return blake2b(said, digest_size=16).digest()


def _same(known: ActOutcome, asked: Instruction) -> ActOutcome:
    given = {name: value for name, value in (text.split("=", 1) for text in known.arguments) if value}
    asked_for = {name: value for name, value in asked.arguments.items() if value}
    same = (known.command, known.user, known.why) == (asked.command, asked.user, asked.why)
    if not same or not asked_for.items() <= given.items() or not known.object_id.startswith(asked.object_id):
        raise ConflictingDuplicate(f"act id {known.act_id} was given before with other content; choose a new one")
    return known


def _unknown(name: str) -> str:
    names = sorted({known for known, _ in commands()})
    near = get_close_matches(name, names, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
    return f"there is no command {fields.shown(name)}; {hint}"
