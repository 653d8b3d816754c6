"""Systems that are broken on purpose, one seam each: torture that finds nothing in them is worth nothing."""

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import pytest

from streams.hosts.partition.intake import Intake
from telassure.evaluation.torture.ports import WiredLedger, WiredLog, WiredState
from telassure.evaluation.torture.receivers import PostedChannel
from telassure.evaluation.torture.trouble import Temper, Trouble
from telassure.kernel.errors import TransientError
from telassure.kernel.events import Notification
from telassure.kernel.ports import Answer, Appended, Delivered, Entry, Turn
from telassure.store.kafka.claimed_log import ClaimedLog

Breaking = Callable[[pytest.MonkeyPatch], None]


def _position(turn: Turn) -> Turn:
    """What a turn says of where it is, and nothing else."""
    return Turn(turn.topology, turn.partition, turn.expected, turn.offset, turn.clocks)


def effects_before_the_checkpoint(patch: pytest.MonkeyPatch) -> None:
    """Two transactions where there is one: a crash between them applies the effects again."""

    def commit(self: WiredState, turn: Turn) -> None:
        clocks = self.state.checkpoint(turn.topology, turn.partition).clocks
        self.wire.write(lambda: self.state.commit(replace(turn, offset=turn.expected, clocks=clocks)))
        self.wire.write(lambda: self.state.commit(_position(turn)))

    patch.setattr(WiredState, "commit", commit)


def checkpoint_before_its_effects(patch: pytest.MonkeyPatch) -> None:
    """A crash between the two loses the effects."""

    def commit(self: WiredState, turn: Turn) -> None:
        self.wire.write(lambda: self.state.commit(_position(turn)))
        self.wire.write(lambda: self.state.commit(replace(turn, expected=turn.offset)))

    patch.setattr(WiredState, "commit", commit)


def no_compare_and_swap(patch: pytest.MonkeyPatch) -> None:
    """An owner that was replaced commits all the same."""

    def commit(self: WiredState, turn: Turn) -> None:
        stored = self.state.checkpoint(turn.topology, turn.partition).offset
        self.wire.write(lambda: self.state.commit(replace(turn, expected=stored)))

    patch.setattr(WiredState, "commit", commit)


def acknowledged_before_it_is_durable(patch: pytest.MonkeyPatch) -> None:
    """The log says that it has what its disk has refused."""
    for kind in (WiredLog, ClaimedLog):

        def append(self: object, entries: Sequence[Entry], whole: Callable[..., Appended] = kind.append) -> Appended:
            try:
                return whole(self, entries)
            except TransientError:
                return Appended(len(entries), 0)

        patch.setattr(kind, "append", append)


def positions_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """What comes again is new."""
    append, claiming = WiredLog.append, WiredLedger.claiming

    def forgetful(self: WiredLog, entries: Sequence[Entry]) -> Appended:
        self.log._taken.clear()
        return append(self, entries)

    @contextmanager
    def unclaimed(self: WiredLedger, batches):
        self.ledger._taken.clear()
        with claiming(self, batches) as claim:
            yield claim

    patch.setattr(WiredLog, "append", forgetful)
    patch.setattr(WiredLedger, "claiming", unclaimed)


def hops_are_taken_again(patch: pytest.MonkeyPatch) -> None:
    """The receiver of a hop does not look at what it has seen of the producer."""
    patch.setattr(Intake, "_repeated", lambda self, record: False)


def notices_are_settled_before_they_are_taken(patch: pytest.MonkeyPatch) -> None:
    """A receiver that is down has had them."""
    send = PostedChannel.send

    async def told(self: PostedChannel, notice: Notification) -> Answer:
        await send(self, notice)
        return Delivered()

    patch.setattr(PostedChannel, "send", told)


_CRASHES: Final = (Trouble.CRASH_BEFORE, Trouble.CRASH_AFTER, Trouble.UNANSWERED)

BROKEN: Final[Sequence[tuple[Breaking, Sequence[Trouble]]]] = (
    (effects_before_the_checkpoint, _CRASHES),
    (checkpoint_before_its_effects, _CRASHES),
    (no_compare_and_swap, (Trouble.SECOND_OWNER,)),
    (acknowledged_before_it_is_durable, (Trouble.REFUSED, Trouble.DISK_FULL)),
    (positions_are_forgotten, (Trouble.SENT_TWICE, Trouble.REQUEST_LOST)),
    (hops_are_taken_again, _CRASHES),
    (notices_are_settled_before_they_are_taken, (Trouble.RECEIVER_DOWN,)),
)
"""Each with the troubles that lead to what it does wrong."""


def only(kinds: Sequence[Trouble], patch: pytest.MonkeyPatch) -> None:
    """In every world these happen, often, and nothing else."""
    patch.setattr(Temper, "of", lambda seed: Temper(frozenset(kinds), 0.01, 10.0))
