"""What others have added to resources that the system knows, and which of these they have taken from its lists."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bss_sync.tmf.back_office import BackOffice, Caller
from bss_sync.tmf.face import Wire
from bss_sync.tmf.refusal import FaceRefusal

_GONE: Final = "/gone"
_ADDED: Final = "/added"
_MOST_GONE: Final = 500


@dataclass(frozen=True, slots=True)
class Overlay:
    """Of the resources of one type. `stated` are attributes shown as others have stated them, where they have;
    of the arrays `joined` the system's own elements come first, and behind them those of other names."""

    office: BackOffice
    resource: str
    stated: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()

    def keep(self, identity: str, own: Mapping[str, Any], whole: Wire) -> None:
        """Keep what a resource holds besides the system's `own` attributes."""
        ours = {*own, "id", "href"} - {*self.stated, *self.joined}
        added = {name: value for name, value in whole.items() if name not in ours}
        self.office.documents.put(self.resource + _ADDED, identity, {**added, "id": identity})

    def over(self, several: Sequence[tuple[str, Wire, Wire]]) -> Iterator[Wire]:
        """Each (id, what holds where nobody says otherwise, the system's own) with what was added to it."""
        ids = [identity for identity, _, _ in several]
        added = self.office.documents.several(self.resource + _ADDED, ids) if ids else {}
        for identity, otherwise, own in several:
            more = added.get(identity, {})
            stated = {name: more[name] for name in self.stated if name in more}
            joined = {name: _joined(own.get(name, []), more[name]) for name in self.joined if name in more}
            yield {**otherwise, **more, **own, **stated, **joined, "id": identity}

    def remove(self, identity: str, caller: Caller) -> None:
        """It is not shown any more; it stays what it is."""
        if len(self.gone()) >= _MOST_GONE:
            raise FaceRefusal(409, f"more than {_MOST_GONE} were removed over this face")
        gone = {"id": identity, "by": caller.name, "at": self.office.now()}
        self.office.documents.put(self.resource + _GONE, identity, gone)

    def is_gone(self, identity: str) -> bool:
        return self.office.documents.get(self.resource + _GONE, identity) is not None

    def gone(self) -> frozenset[str]:
        """The ids of those that were removed."""
        return frozenset(str(each["id"]) for each in self.office.documents.listed(self.resource + _GONE, 0, _MOST_GONE))


def _joined(own: Sequence[Mapping[str, Any]], added: object) -> list[Any]:
    names = {each["name"] for each in own}
    several = added if isinstance(added, list) else []
    return [*own, *(each for each in several if not isinstance(each, dict) or each.get("name") not in names)]
