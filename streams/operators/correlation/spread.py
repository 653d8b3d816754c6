"""How the alarmed objects and the causes of a domain lie under their supports: counted as they come and go."""

from streams.operators.correlation.reach import Reach


class Spread:
    """A derived index over one domain under one version of the catalogue, never stored.

    `alarmed[s]` is how many objects of the problems depend on s (itself counted), as `Reach.dependants` sees them;
    `under[s]` holds the centres that depend on s.
    """

    __slots__ = ("_domain", "_reach", "_version", "alarmed", "under")

    def __init__(self, domain: str, reach: Reach) -> None:
        self._domain = domain
        self._reach = reach
        self._version = reach.version
        self.alarmed: dict[str, int] = {}
        self.under: dict[str, dict[str, None]] = {}

    def valid(self) -> bool:
        """Does the network still look as it did?"""
        return self._version == self._reach.version

    def alarm(self, managed_object: str, change: int) -> None:
        """An object has its first alarms in any problem (1), or no problem has it any more (-1)."""
        alarmed = self.alarmed
        for support in self._reach.within(self._domain, managed_object):
            count = alarmed.get(support, 0) + change
            if count:
                alarmed[support] = count
            else:
                del alarmed[support]

    def centre(self, managed_object: str) -> None:
        """It has become the centre of a problem."""
        for support in self._reach.supports(managed_object):
            self.under.setdefault(support, {})[managed_object] = None

    def uncentre(self, managed_object: str) -> None:
        """It is no problem's centre any more."""
        for support in self._reach.supports(managed_object):
            centres = self.under[support]
            del centres[managed_object]
            if not centres:
                del self.under[support]
