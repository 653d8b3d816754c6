"""The channel to customers."""

from typing import Protocol

from telassure.kernel.events import Notification


class Notifier(Protocol):
    """Takes a notice to its channel, once per id as far as the channel allows; TransientError to retry."""

    def notify(self, notification: Notification) -> None: ...
