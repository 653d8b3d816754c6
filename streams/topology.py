"""A topology is plain data: what it reads, the operators in order, what hops on, what is kept, when it checkpoints."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from streams.catalogue import Catalogue
from streams.operator import Operator
from telassure.kernel.instant import DAY, HOUR, Duration

FOREVER: Final[Duration] = 36_525 * DAY
AnyOperator = Operator[Any, Any, Any]  # the cell type is the operator's own affair


@dataclass(frozen=True, slots=True)
class Source:
    """An event type this topology reads.

    `keys` gives the partition key of a single event as a one-tuple with codes None, or for an envelope the dictionary
    of keys and the array of each row's code. `lateness` is how far behind its key's clock (per feed) an event may be.
    `late` says what then: "apply" (counted), "correct" (the envelope's `late` flags are set), "store" (only kept).
    """

    event: type
    keys: Callable[[Any], tuple[tuple[str, ...], Any]]
    lateness: Duration = HOUR
    late: str = "apply"
    lateness_by_feed: dict[str, Duration] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hop:
    """Outputs of this type become input of another topology (or this one), under another key."""

    event: type
    to: str
    key: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class CheckpointPolicy:
    """When the transaction comes. `paced` False: every turn. True: after `every_seconds` of work, cells in pieces of at
    most `piece` bytes; hops leave at once because replay makes them again."""

    paced: bool = False
    every_seconds: float = 5.0
    piece: int = 8 << 20


@dataclass(frozen=True, slots=True)
class Topology:
    """Operators run in order; an output goes to every later operator that accepts its type, is stored where it is a
    business record, hops where a Hop names its type, and leaves by the outbox where `notices` names its type. `quiet`
    is the most by which the end of a recorded feed advances the clocks that it touched."""

    name: str
    sources: Sequence[Source]
    operators: Callable[[Catalogue], Sequence[AnyOperator]]
    hops: Sequence[Hop] = ()
    notices: tuple[type, ...] = ()
    quiet: Duration = FOREVER
    checkpoint: CheckpointPolicy = CheckpointPolicy()
