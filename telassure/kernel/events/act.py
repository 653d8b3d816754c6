"""What a person or another system has asked of an operator, and what became of it: the record of acts."""

from dataclasses import dataclass, field
from typing import Final

from telassure.kernel.instant import Instant
from telassure.kernel.kept import BusinessRecord, Kept
from telassure.kernel.rights import VIEW

DONE: Final = "done"
REFUSED: Final = "refused"


@dataclass(frozen=True, slots=True)
class Act:
    """A command that was given (`telassure.kernel.commands`): a control record of the partition that owns its object.

    It is an event of its object's feed and time, so that it moves no clock; `given_at` is when it was given. `owner` is
    the object's partition key, `targets` are the ids under which operators know what it concerns, such as the active
    alarms of a problem. `arguments` are texts "name=value". `user` is who gave it as they said (`stated`), or as a
    credential proves. `face` is where it came in: "page", "api", "command line".
    """

    act_id: str
    command: str
    object_type: str
    object_id: str
    owner: str
    feed: str
    time: Instant
    targets: tuple[str, ...]
    arguments: tuple[str, ...]
    user: str
    stated: bool
    why: str
    face: str
    given_at: Instant
    trace: str = field(default="", compare=False)

    def argument(self, name: str) -> str:
        """The value of an argument, "" where it was not given.

        >>> ACT = Act("a", "note", "ticket", "t", "north", "", 0, (), ("text=a=b",), "eve", True, "", "page", 0)
        >>> ACT.argument("text"), ACT.argument("none")
        ('a=b', '')
        """
        found = (text.partition("=") for text in self.arguments)
        return next((value for known, _, value in found if known == name), "")


@dataclass(frozen=True, slots=True)
class ActOutcome(BusinessRecord):
    """What became of an act: DONE, or REFUSED with the reason. Who gave it, when and why stand beside it."""

    act_id: str
    command: str
    object_type: str
    object_id: str
    owner: str
    arguments: tuple[str, ...]
    user: str
    stated: bool
    why: str
    face: str
    given_at: Instant
    outcome: str
    reason: str
    trace: str = field(default="", compare=False)

    @property
    def time(self) -> Instant:
        return self.given_at


ACT_OUTCOMES: Final = Kept(
    ActOutcome,
    "act_outcome",
    time="given_at",
    order=("-given_at",),
    filters=("object_type", "object_id", "command", "user", "outcome", "given_at"),
    indexes=(("object_id",), ("given_at",)),
    archived=True,
    days=0,
    shown_to=(VIEW,),
)


def outcome_of(act: Act, reason: str) -> ActOutcome:
    """Of an act that took effect (no reason), or was refused for a reason."""
    return ActOutcome(
        act.act_id,
        act.command,
        act.object_type,
        act.object_id,
        act.owner,
        act.arguments,
        act.user,
        act.stated,
        act.why,
        act.face,
        act.given_at,
        REFUSED if reason else DONE,
        reason,
        act.trace,
    )
