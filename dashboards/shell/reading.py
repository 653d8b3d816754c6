"""What pages read: each read is done at most once in a refresh, and those that are everybody's once for all viewers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, Final, Generic, TypeVar, cast

from dashboards.shell.visit import VISITOR
from telassure.access.admission import Visitor
from telassure.kernel.commands import CommandDesk
from telassure.kernel.events import CatalogueEntry
from telassure.kernel.instant import Duration, Instant
from telassure.kernel.ports import AssuranceReader, Clock, MetricStore
from telassure.kernel.rights import RIGHTS

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Read(Generic[T]):
    """One thing that is read. `take` makes it of the stores and of other reads (`Refresh.of`).

    `shared_for`: how long what one viewer has read may be shown to the others; 0 where it is of one viewer's address.
    """

    name: str
    take: Callable[["Refresh"], T]
    shared_for: Duration = 0


@dataclass(slots=True)
class Refresh:
    """One refresh of one viewer's page: who it is (`visitor`), its address (`query`), the `texts` typed into it, and
    what was read for it."""

    screen: "Screen"
    query: str
    texts: Mapping[str, str]
    now: Instant
    visitor: Visitor
    _found: dict[Read[Any], Any] = field(default_factory=dict)

    @property
    def reader(self) -> AssuranceReader:
        return self.screen.reader

    @property
    def metrics(self) -> MetricStore:
        return self.screen.metrics

    def of(self, read: Read[T]) -> T:
        """TelassureError where a store cannot be read."""
        if read not in self._found:
            self._found[read] = self.screen.shared(read, self) if read.shared_for else read.take(self)
        return cast(T, self._found[read])

    def lasting(self, make: Callable[["Refresh"], T]) -> T:
        """The one thing of this kind that outlives a refresh, such as what was seen of the feeds before."""
        return self.screen.lasting(make, self)


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Processes:
    """Our own processes, in words: what is `ill`, what was `restarted` of late, and what else they have to say
    (`remarks`). `beat` is called while the page is served."""

    ill: Callable[[], Sequence[str]] = tuple
    restarted: Callable[[], Sequence[str]] = tuple
    beat: Callable[[], None] = _nothing
    remarks: Callable[[], Sequence[str]] = tuple


@dataclass(frozen=True, slots=True)
class PagePorts:
    """What stands behind the pages. `desk` takes commands (None: the pages only read). `ours` are our own processes,
    `feeds` is what the settings say of feeds by name, and `transport` names what carries events and keeps state.
    `catalogue` gives the inventory and the customers as they are by now."""

    reader: AssuranceReader
    metrics: MetricStore
    clock: Clock
    desk: CommandDesk | None = None
    ours: Processes = field(default_factory=Processes)
    feeds: Mapping[str, str] = field(default_factory=dict)
    transport: str = ""
    catalogue: Callable[[], Iterable[CatalogueEntry]] = tuple


def _rights(reading: Refresh) -> tuple[str, ...]:
    return tuple(sorted(right for right in RIGHTS if reading.visitor.may_ask(right)))


ASKABLE: Final = Read("rights", _rights)
"""The rights that the viewer may use on something: what is offered to be asked depends on them."""


class Screen:
    """The stores behind all pages, and what is read for all viewers; one reading at a time."""

    def __init__(self, ports: PagePorts) -> None:
        self.reader, self.metrics, self.ours = ports.reader, ports.metrics, ports.ours
        self.feeds, self.transport, self.catalogue = ports.feeds, ports.transport, ports.catalogue
        self._clock = ports.clock
        self._shared: dict[Read[Any], tuple[Instant, Any]] = {}
        self._lasting: dict[Any, Any] = {}
        self.lock = RLock()

    def now(self) -> Instant:
        return self._clock.now()

    def reading(self, query: str = "", texts: Mapping[str, str] | None = None) -> Refresh:
        return Refresh(self, query, texts or {}, self.now(), VISITOR.get())

    def shared(self, read: Read[T], reading: Refresh) -> T:
        taken_at, found = self._shared.get(read, (0, None))
        if read not in self._shared or not 0 <= reading.now - taken_at < read.shared_for:
            found = read.take(reading)
            self._shared[read] = reading.now, found
        return cast(T, found)

    def lasting(self, make: Callable[[Refresh], T], reading: Refresh) -> T:
        if make not in self._lasting:
            self._lasting[make] = make(reading)
        return cast(T, self._lasting[make])
