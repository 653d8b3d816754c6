"""Where in a domain its problems are: by alarmed object and by centre, with how both lie under their supports."""

from bisect import insort

from streams.operators.correlation.reach import Reach
from streams.operators.correlation.spread import Spread

Index = dict[str, list[int]]


class Places:
    """A derived index over the problems of one `Domain`, by `seq`; never stored. A problem stands at every object that
    has alarmed in it, whether it still does or not."""

    __slots__ = ("_spread", "at", "centres", "says")

    def __init__(self) -> None:
        self.at: Index = {}
        self.centres: Index = {}
        self.says: Index = {}
        self._spread: Spread | None = None

    def spread(self, domain: str, reach: Reach) -> Spread:
        """How alarmed objects and centres lie under their supports; made anew where the catalogue has changed."""
        spread = self._kept_spread()
        if spread is None:
            spread = self._spread = Spread(domain, reach)
            for managed_object in self.at:
                spread.alarm(managed_object, 1)
            for centre in self.centres:
                spread.centre(centre)
        return spread

    def alarm(self, managed_object: str, seq: int) -> None:
        """The object has alarmed in this problem."""
        if _enter(self.at, managed_object, seq) and (spread := self._kept_spread()) is not None:
            spread.alarm(managed_object, 1)

    def quiet(self, managed_object: str, seq: int) -> None:
        """The problem that it had alarmed in is gone."""
        if _strike(self.at, managed_object, seq) and (spread := self._kept_spread()) is not None:
            spread.alarm(managed_object, -1)

    def say(self, says: str, seq: int) -> None:
        """This symptom belongs to the problem wherever it comes up."""
        _enter(self.says, says, seq)

    def unsay(self, says: str, seq: int) -> None:
        """The problem is gone."""
        _strike(self.says, says, seq)

    def centre(self, centre: str, seq: int) -> None:
        """The object is this problem's likeliest cause."""
        if _enter(self.centres, centre, seq) and (spread := self._kept_spread()) is not None:
            spread.centre(centre)

    def uncentre(self, centre: str, seq: int) -> None:
        """It is no longer."""
        if _strike(self.centres, centre, seq) and (spread := self._kept_spread()) is not None:
            spread.uncentre(centre)

    def _kept_spread(self) -> Spread | None:
        if self._spread is not None and not self._spread.valid():
            self._spread = None
        return self._spread


def _enter(index: Index, key: str, seq: int) -> bool:
    """True where the key is new."""
    seqs = index.get(key)
    if seqs is None:
        index[key] = [seq]
        return True
    if seq not in seqs:
        insort(seqs, seq)
    return False


def _strike(index: Index, key: str, seq: int) -> bool:
    """True where the key is gone with it."""
    seqs = index[key]
    seqs.remove(seq)
    if seqs:
        return False
    del index[key]
    return True
