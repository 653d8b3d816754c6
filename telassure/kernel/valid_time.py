"""What an identity was linked to, from which moment on: looked up at the time of the event that asks."""

from bisect import bisect_right
from typing import Final, Generic, TypeVar

from telassure.kernel.instant import Instant

V = TypeVar("V")
ALWAYS: Final[Instant] = -(2**62)
"""From when a link holds that names no beginning."""


class ValidTimes(Generic[V]):
    """Links by identity, each from its beginning until the next one begins.

    Law: the order in which they are stated is without effect.

    >>> owners = ValidTimes[str]()
    >>> owners.put("sim-1", None, "ann")
    >>> owners.put("sim-1", 100, "bob")
    >>> owners.at("sim-1", 99), owners.at("sim-1", 100), owners.at("sim-2", 100)
    ('ann', 'bob', None)
    """

    __slots__ = ("_dated", "_undated")

    def __init__(self) -> None:
        self._undated: dict[str, V] = {}
        self._dated: dict[str, list[tuple[Instant, V]]] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ValidTimes) and (self._undated, self._dated) == (other._undated, other._dated)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def put(self, identity: str, since: Instant | None, value: V) -> None:
        """Replaces a link of the same beginning."""
        if since is None and identity not in self._dated:
            self._undated[identity] = value
            return
        known = self.links(identity)
        begins = ALWAYS if since is None else since
        kept = [link for link in known if link[0] != begins]
        self._dated[identity] = sorted([*kept, (begins, value)], key=lambda link: link[0])
        self._undated.pop(identity, None)

    def links(self, identity: str) -> list[tuple[Instant, V]]:
        """All of them with their beginnings, ascending."""
        if identity in self._undated:
            return [(ALWAYS, self._undated[identity])]
        return self._dated.get(identity, [])

    def dated(self, identity: str) -> bool:
        """Whether it matters when one asks."""
        return identity in self._dated

    def at(self, identity: str, time: Instant) -> V | None:
        """What it was linked to at a time, None before its first link."""
        if identity in self._undated:
            return self._undated[identity]
        known = self._dated.get(identity, [])
        place = bisect_right(known, time, key=lambda link: link[0])
        return known[place - 1][1] if place else None

    def newest(self, identity: str) -> V | None:
        """The link that begins last."""
        known = self.links(identity)
        return known[-1][1] if known else None
