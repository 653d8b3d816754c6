"""The operator: a keyed, deterministic step, and the state the host hands to it."""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol, TypeVar, runtime_checkable

from telassure.kernel.instant import Duration, Instant

Cell = TypeVar("Cell")
Cell_co = TypeVar("Cell_co", covariant=True)
In_contra = TypeVar("In_contra", contravariant=True)
Out_co = TypeVar("Out_co", covariant=True)

SEPARATOR: Final = "\x1f"


def cell_key(partition_key: str, *detail: str | int) -> str:
    """A cell's key: the partition key (domain, account, switch) alone or with a detail after it.

    >>> owner(cell_key("account-7", 86_400))
    'account-7'
    """
    if len(detail) == 1:  # nearly every key, and one of the commonest calls of all
        return f"{partition_key}{SEPARATOR}{detail[0]!s}"
    return SEPARATOR.join((partition_key, *map(str, detail)))


def owner(key: str) -> str:
    """The partition key whose clock drives this cell's timer."""
    return key.partition(SEPARATOR)[0]


class KeyedState(Protocol[Cell_co]):
    """The cells of one operator in one partition. A cell may be changed in place once `of` has returned it."""

    def of(self, key: str) -> Cell_co:
        """The cell, made by `fresh` where there is none; marks it dirty."""
        ...

    def peek(self, key: str) -> Cell_co | None:
        """The cell to look at only."""
        ...

    def wake(self, key: str, at: Instant | None) -> None:
        """Set (or with None drop) the one timer of an existing cell."""
        ...

    def due(self, watermark: Instant) -> Iterable[tuple[str, Cell_co]]:
        """The cells whose timer has passed, by (timer, key); each is marked dirty and its timer dropped."""
        ...

    def forget(self, key: str) -> None:
        """Delete the cell and its timer."""
        ...


@runtime_checkable
class Operator(Protocol[Cell, In_contra, Out_co]):
    """A keyed, deterministic step: what it emits depends only on what it was given.

    No I/O, no clock, no randomness. The host calls `step` with a batch and an unchanging catalogue, and, when timers of
    one instant have fallen due, with an empty batch and that instant as `watermark`; only then does `due` yield.
    Records of instant t come before timers of t. Events are not changed. Every cell key starts with the partition
    key of the event that touches it (`cell_key`).

    `accepts`: the event types it takes. `shortest_timer`: no timer is set nearer than this after the owner's clock;
    None where it sets none, 0 where it cannot say (the host then steps record by record). `key` is the cell of a single
    event (for an envelope, of its first row). `dump` writes cells of `state_version`; `reads` are the versions that
    `load` understands, that one among them. The host looks before it calls `load`, so that no operator checks.
    """

    name: str
    state_version: int
    reads: tuple[int, ...]
    accepts: tuple[type, ...]
    shortest_timer: Duration | None

    def key(self, event: In_contra) -> str: ...
    def fresh(self) -> Cell: ...
    def step(self, batch: Sequence[In_contra], state: KeyedState[Cell], watermark: Instant) -> Iterable[Out_co]: ...
    def dump(self, cell: Cell) -> bytes: ...
    def load(self, blob: bytes, version: int) -> Cell: ...
