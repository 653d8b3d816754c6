"""Commands: what a person or another system may ask of an operator, declared beside the operator that obeys.

The page, the HTTP endpoint and the command line offer what is declared and give it through one port (`CommandDesk`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Generic, Protocol, TypeVar

from telassure.kernel import fields
from telassure.kernel.declared import declared
from telassure.kernel.errors import ConfigurationError, InvalidInput
from telassure.kernel.events import (
    Act,
    ActOutcome,
    Alarm,
    KpiEpisode,
    PolicyValue,
    RevenueLeakage,
    ServiceProblem,
    TroubleTicket,
)
from telassure.kernel.kept import BusinessRecord
from telassure.kernel.money import MICRO, NO_CURRENCY, Money
from telassure.kernel.policies import Texts
from telassure.kernel.rights import OPERATE

LONGEST_WHY: Final = 500
MODULE: Final = "commands"
"""Where a room of operators declares its commands: a module or a package of this name."""
Cell_contra = TypeVar("Cell_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A type of thing that commands act on: the record by whose id it is known, and the topology that has its cell.

    `owner` is the record's field that is its partition key, `begun` the one that says since when it is: the time of the
    act's event. In one of `states` it may be acted on; none named: in any. `cell` are the fields by whose values the
    operators know it. Without a `record` it is named, not kept: its command (a `PolicyCommand`, a `ControlCommand`)
    knows its names, or where it is `keyed` the partition does whose key its name is.
    """

    name: str
    record: type[BusinessRecord] | None
    topology: str
    owner: str
    begun: str
    cell: tuple[str, ...]
    states: tuple[str, ...] = ()
    keyed: bool = False


ALARM: Final = ObjectType("alarm", Alarm, "assurance", "domain", "raised_at", ("alarm_id",), ("active",))
PROBLEM: Final = ObjectType("problem", ServiceProblem, "assurance", "domain", "opened_at", ("problem_id",), ("open",))
TICKET: Final = ObjectType(
    "ticket",
    TroubleTicket,
    "assurance",
    "domain",
    "opened_at",
    ("problem_id",),
    ("acknowledged", "inProgress", "resolved"),
)
ALARM_OBJECT: Final = ObjectType("alarm's object", Alarm, "assurance", "domain", "raised_at", ("managed_object",))
TICKET_OBJECT: Final = ObjectType("ticket's object", TroubleTicket, "assurance", "domain", "opened_at", ("root_cause",))
CASE: Final = ObjectType(
    "leakage case", RevenueLeakage, "charging", "subject", "period_start", ("leakage_id",), ("open",)
)
EPISODE: Final = ObjectType(
    "episode", KpiEpisode, "detection", "domain", "started_at", ("managed_object", "measurement")
)
ACCOUNT: Final = ObjectType("account", None, "charging", "", "", (), keyed=True)
PROFILE: Final = ObjectType("detection profile", None, "detection", "", "", ())
RANKING: Final = ObjectType("ranker", None, "detection", "", "", ())
PROMOTION: Final = ObjectType("promotion or ranker", None, "detection", "", "", ())
CAUSE_RULE: Final = ObjectType("rule of causes", None, "assurance", "", "", ())
CLOCK: Final = ObjectType("clock", None, "detection", "", "", ())


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a command: one of `words`, a whole number `within` two others, or where there is neither a text
    of at most `longest` characters.

    `default` None: it must be given.
    """

    name: str
    text: str
    words: tuple[str, ...] = ()
    default: str | None = None
    longest: int = fields.LONGEST_TEXT
    within: tuple[int, int] | None = None

    def read(self, value: str | None) -> str:
        """The value as it is kept. InvalidInput that names the argument.

        >>> Argument("to", "Who works on it.").read("eve")
        'eve'
        """
        if value is None or value == "":
            if self.default is None:
                raise InvalidInput(f"{self.name} is missing: {self.text}")
            return self.default
        if self.words:
            return fields.choice(value, self.name, self.words)
        if self.within is not None:
            return str(fields.whole(value, self.name, *self.within))
        return fields.text(value, self.name, self.longest)


@dataclass(frozen=True, slots=True)
class Prose(Argument):
    """An argument in the words of a person: its line breaks stay."""

    def read(self, value: str | None) -> str:
        """As `Argument.read`.

        >>> Prose("text", "What there is to say.").read("site is locked\\nkey at the farm")
        'site is locked\\nkey at the farm'
        """
        found = fields.prose(value, self.name, self.longest)
        if found:
            return found
        if self.default is None:
            raise InvalidInput(f"{self.name} is missing: {self.text}")
        return self.default


@dataclass(frozen=True, slots=True)
class MoneyArgument(Argument):
    """An amount in major units of the object's own currency, kept exactly."""

    def read(self, value: str | None) -> str:
        """As `Argument.read`.

        >>> MoneyArgument("amount", "How much.").read("2.50")
        '2.5'
        """
        found = Argument.read(self, value)
        return f"{Decimal(Money.of(found, NO_CURRENCY).micros) / MICRO:f}" if found else found


def micros_of(act: Act, name: str = "amount") -> int:
    """What a `MoneyArgument` of an act is in micro-units."""
    return Money.of(act.argument(name), NO_CURRENCY).micros


@dataclass(frozen=True)
class Command(Generic[Cell_contra]):
    """One act that may be asked for.

    `obey` is what the operator of its room does with the cell of the object: it changes the cell and gives "", or
    changes nothing and says why it has no effect. `alarms` are what alarms of a problem it concerns, by their fields.
    `needs_why`: nobody may give it without saying why. `example` is what comes after `telassure act NAME`.
    """

    name: str
    on: ObjectType
    text: str
    obey: Callable[[Cell_contra, Act], str]
    arguments: tuple[Argument, ...] = ()
    alarms: Mapping[str, str] = field(default_factory=dict)
    needs_why: bool = False
    right: str = OPERATE
    example: str = "ID"

    @property
    def identity(self) -> tuple[str, str]:
        return self.name, self.on.name

    def read(self, given: Mapping[str, str]) -> tuple[str, ...]:
        """The arguments as an act holds them. InvalidInput for one that is unknown, missing or out of its range."""
        known = [argument.name for argument in self.arguments]
        for name in given:
            if name not in known:
                takes = f"it takes {', '.join(known)}" if known else "it takes none"
                raise InvalidInput(f"{self.name} has no argument {fields.shown(name)}; {takes}")
        return tuple(f"{each.name}={each.read(given.get(each.name))}" for each in self.arguments)


Stating = Callable[[Texts, Act, Mapping[str, int]], Sequence[PolicyValue]]


def _states_nothing(policies: Texts, act: Act, figures: Mapping[str, int]) -> Sequence[PolicyValue]:
    return ()


def _obeyed(cell: object, act: Act) -> str:
    """What it states was in force before it came."""
    return ""


def _no_control(act: Act) -> object:
    raise NotImplementedError(f"{act.command} declares no control record")


@dataclass(frozen=True)
class PolicyCommand(Command[Any]):
    """A command on what rules the whole network: it is obeyed by policies, which every partition has from here on.

    `state` gives them from the policies in force, the act, and the figures of now; InvalidInput where it can have no
    effect. The topology of its objects keeps what became of it.
    """

    obey: Callable[[Any, Act], str] = _obeyed
    state: Stating = _states_nothing


@dataclass(frozen=True)
class ControlCommand(Command[Any]):
    """A command that every partition of every topology obeys: by the control record that its act is turned into.

    `control` gives it; InvalidInput where it can have no effect. The topology of its objects keeps what became of it.
    """

    obey: Callable[[Any, Act], str] = _obeyed
    control: Callable[[Act], object] = _no_control


def commands_of(package: str) -> Mapping[tuple[str, str], Command[Any]]:
    """The commands declared below a package, by (name, type of object). ConfigurationError where one is there twice."""
    found: dict[tuple[str, str], Command[Any]] = {}
    for command in declared(Command, package, MODULE):
        if command.identity in found:
            raise ConfigurationError(f"command {command.name} on {command.on.name} is declared twice in {package}")
        found[command.identity] = command
    return found


Permit = Callable[[str, str | None], str]
"""Why whoever asks may not use a right on what lies in a domain ("": on what is of no one domain; None: on anything at
all), "" where they may."""


def unpermitted(right: str, domain: str | None) -> str:
    """Nobody may do anything, until who asks is known."""
    return f"nobody is known to ask, so that the right {right} is nobody's"


def house_own(right: str, domain: str | None) -> str:
    """Whoever runs a process on the home itself may do all that its files let them."""
    return ""


@dataclass(frozen=True, slots=True)
class Instruction:
    """A command as it is given: its name, the id of its object, its arguments, who gives it and why.

    `stated`: the user is who they say they are, no credential proves it. `act_id` is the giver's own, so that giving it
    twice is giving it once; one is made where there is none. `permit` is what the giver may do, which the face that
    it came by has to say.
    """

    command: str
    object_id: str
    user: str
    why: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    face: str = ""
    stated: bool = True
    act_id: str = ""
    trace: str = ""
    permit: Permit = field(kw_only=True, compare=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of an instruction: it is durable under `act_id`. `outcome` is None while no worker has taken it."""

    act_id: str
    outcome: ActOutcome | None


class CommandDesk(Protocol):
    """The one port by which commands are given, whatever face they come through."""

    def give(self, instruction: Instruction) -> Reply:
        """Make it durable and wait a little for what becomes of it. InvalidInput, with what to do, where it can have no
        effect: an unknown command or object, a wrong argument, an object that is not open. TransientError where the log
        or a store is not to be had."""
        ...
