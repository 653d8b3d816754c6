"""What a host is given: the ports of an assigned partition, how to run partitions, and the threads to run them in."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field

from streams.hosts.pace import nobody, undoubted
from streams.hosts.partition.world import TurnLimits, World


def _nothing() -> None:
    pass


def _nobody() -> Callable[[float], bool]:
    return nobody


@dataclass(frozen=True, slots=True)
class Premises:
    """What an assigned partition works with: its ports (`World.log` publishes), and how to give them back."""

    world: World
    close: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class HostSettings:
    """How partitions are run. `live`: a tick a second into each. `threads`: turns at a time in this process.

    `unapplied_bytes` bounds what is received of a partition and not yet durable, `held_bytes` that of all partitions
    together, each of which may then hold its share. A partition with input that moves
    neither its position nor its durable offset for `stuck_seconds` ends the process. One that lost its place to another
    owner takes it up again `stale_seconds` later, if it is still assigned. `release_seconds`: how long a revoked one
    may take to settle. `positions`: source positions that a partition remembers, counted back from its durable offset.
    `confirmed` makes what a partition asks whether a person has said that the clock is right, `doubted` says whether it
    has jumped and is not believed yet (`Pace`).
    """

    live: bool = True
    limits: TurnLimits = field(default_factory=TurnLimits)
    threads: int = 4
    unapplied_bytes: int = 64 << 20
    held_bytes: int = 512 << 20
    stuck_seconds: float = 120.0
    stale_seconds: float = 10.0
    release_seconds: float = 30.0
    positions: int = 5_000_000
    confirmed: Callable[[], Callable[[float], bool]] = _nobody
    doubted: Callable[[], bool] = undoubted


@dataclass(frozen=True, slots=True)
class Pools:
    """`turns` runs partitions, `chores` what goes on beside them: so neither waits for the other's store."""

    turns: Executor
    chores: Executor
