"""A silence: that objects raise no ticket and no notice for a while, since somebody said so."""

from dataclasses import dataclass
from typing import Final

from telassure.kernel.instant import Instant
from telassure.kernel.kept import BusinessRecord, Kept
from telassure.kernel.rights import VIEW


@dataclass(frozen=True, slots=True)
class Silence(BusinessRecord):
    """`objects` is a managed object, or with "*" at its end all whose names begin so.

    State: "active" until `until`, then "over"; `ended_by` is who took it back or gave another, "" where it ended by
    itself.
    """

    silence_id: str
    domain: str
    objects: str
    state: str
    user: str
    why: str
    began_at: Instant
    until: Instant
    ended_by: str

    def covers(self, managed_object: str) -> bool:
        return covers(self.objects, managed_object)


SILENCES: Final = Kept(
    Silence,
    "silence",
    time="until",
    order=("-began_at",),
    filters=("state", "domain", "objects", "until"),
    indexes=(("state", "until"),),
    closed=("over",),
    shown_to=(VIEW,),
)


def covers(objects: str, managed_object: str) -> bool:
    """Whether a silence of these objects is one of this object.

    >>> covers("site-7*", "site-7/olt-3"), covers("site-7", "site-7/olt-3")
    (True, False)
    """
    if objects.endswith("*"):
        return managed_object.startswith(objects[:-1])
    return managed_object == objects
