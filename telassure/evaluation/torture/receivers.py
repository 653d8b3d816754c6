"""Receivers of notices: they fail, they are slow, and they take what they do not answer for."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from telassure.evaluation.torture.trouble import Trouble, Troubles
from telassure.evaluation.torture.wire import Life
from telassure.kernel.events import Notification
from telassure.kernel.ports import Answer, Delivered, Postponed

_OFTEN: Final = 0.1


@dataclass(slots=True)
class Mailbox:
    """What one receiver has got, in order, repeats too."""

    name: str
    troubles: Troubles
    got: list[Notification] = field(default_factory=list)

    def first(self) -> Sequence[Notification]:
        """Each once, as a receiver has them that knows them by their ids."""
        found: dict[str, Notification] = {}
        for notice in self.got:
            found.setdefault(notice.notification_id, notice)
        return list(found.values())


@dataclass(slots=True)
class PostedChannel:
    """ports.Channel from one life of the delivery to a receiver."""

    life: Life
    mailbox: Mailbox

    async def send(self, notice: Notification) -> Answer:
        box, troubles = self.mailbox, self.mailbox.troubles
        if troubles.throws(Trouble.RECEIVER_DOWN, box.name, _OFTEN):
            return Postponed("the receiver answered 503")
        if troubles.throws(Trouble.RECEIVER_SLOW, box.name, _OFTEN):
            await asyncio.sleep(troubles.dice.uniform(0.1, 20))
        if self.life.ended:
            return Postponed("nobody sends any more")
        box.got.append(notice)
        if troubles.throws(Trouble.RECEIVER_MUTE, box.name, _OFTEN):
            return Postponed("the receiver did not answer")
        return Delivered()
