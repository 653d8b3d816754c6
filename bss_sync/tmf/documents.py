"""Resources that others create and that nothing of ours concludes: kept as they were sent."""

from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice, Caller
from bss_sync.tmf.face import ALL, Backing, ResourceFace, Wire, WirePage
from bss_sync.tmf.query import ListQuery, in_order
from bss_sync.tmf.refusal import bad, missing
from telassure.kernel.instant import iso

SCANNED: Final = 20_000
CHANGED: Final = "lastUpdate"
_PIECE: Final = 1_000
Finish = Callable[[dict[str, Any], BackOffice, Caller], None]


def _as_sent(body: dict[str, Any], office: BackOffice, caller: Caller) -> None:
    """Nothing is added."""


class DocumentBacking:
    """`resource` names them in the store. `made` and `changed` may complete a body, and do what it asks for."""

    def __init__(self, office: BackOffice, resource: str, made: Finish = _as_sent, changed: Finish = _as_sent) -> None:
        self._office, self._resource = office, resource
        self._made, self._changed = made, changed

    def get(self, identity: str) -> Wire | None:
        return self._office.documents.get(self._resource, identity)

    def listed(self, query: ListQuery) -> WirePage:
        store = self._office.documents
        if not query.filters and not query.order:
            rows = store.listed(self._resource, query.offset, query.limit)
            return WirePage(rows, store.count(self._resource))
        found = in_order((each for each in self.every() if all(f.holds(each) for f in query.filters)), query.order)
        return WirePage(found[query.offset : query.offset + query.limit], len(found))

    def every(self) -> list[Wire]:
        """All of them; FaceRefusal where they are too many to look through."""
        found = list[Wire]()
        while len(found) < SCANNED:
            several = self._office.documents.listed(self._resource, len(found), _PIECE)
            found += several
            if len(several) < _PIECE:
                return found
        raise bad(f"there are more than {SCANNED:,} to look through; ask by id, or without a filter")

    def create(self, body: Wire, caller: Caller) -> Wire:
        made = {**body, "id": str(uuid4())}
        self._made(made, self._office, caller)
        self._office.documents.put(self._resource, made["id"], made)
        return made

    def change(self, before: Wire, after: Wire, caller: Caller) -> Wire:
        changed = {**after, "id": before["id"]}
        self._changed(changed, self._office, caller)
        self._office.documents.put(self._resource, before["id"], changed)
        return changed

    def remove(self, identity: str, caller: Caller) -> None:
        del caller
        if not self._office.documents.remove(self._resource, identity):
            raise missing(self._resource)


def dated(body: dict[str, Any], office: BackOffice, caller: Caller) -> None:
    """A `Finish` that says when the resource changed last."""
    del caller
    body[CHANGED] = iso(office.now())


def kept_face(
    path: str, attributes: Attributes, mandatory: tuple[str, ...] = (), finish: Finish = _as_sent
) -> ResourceFace:
    """A type of resource of which nothing is concluded here: what others state is kept, changed and given back. Whoever
    uses `dated` has `lastUpdate` from it alone."""

    def made(office: BackOffice) -> Backing:
        return DocumentBacking(office, path, made=finish, changed=finish)

    fixed = (CHANGED,) if finish is dated else ()
    return ResourceFace(path, path[0].upper() + path[1:], attributes, made, ALL, mandatory, fixed)
