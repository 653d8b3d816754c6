"""What can go wrong inside a turn, told apart: the operator's fault, the store's, or a batch that must be single."""

from typing import Final

from telassure.kernel.errors import StaleOwner, TransientError, UnknownSchema


class OperatorFailure(Exception):
    """An operator raised: the host goes back to the checkpoint and takes the records one by one."""

    def __init__(self, operator: str, reason: str) -> None:
        super().__init__(f"{operator}: {reason}")
        self.operator = operator
        self.reason = reason


class AmbiguousOrder(Exception):
    """In a batch, one operator was fed by two others, so that the order of single steps is lost: step singly."""


class StoreFailure(RuntimeError):
    """The store failed in a way it does not know as transient: the process ends before the acknowledgement."""


class UnreadableCell(UnknownSchema):
    """A stored cell that this release cannot read: no record is at fault, so the process ends before the
    acknowledgement, and the release that can read it goes on from the checkpoint."""


NOT_THE_OPERATOR: Final = (TransientError, StaleOwner, StoreFailure, UnreadableCell, MemoryError)
