"""What an API face is: one declaration a module of `faces`, from which paths, checks and answers follow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice, Caller
from bss_sync.tmf.query import ListQuery
from telassure.kernel.declared import declared, derived
from telassure.kernel.errors import ConfigurationError
from telassure.kernel.rights import CONFIGURE, VIEW

FACES: Final = "bss_sync.tmf.faces"
Wire = Mapping[str, Any]
"""A resource as it is sent, without its href."""
READ: Final = frozenset({"list", "get"})
ALL: Final = READ | {"create", "patch", "delete"}
TASK: Final = READ | {"create"}


@dataclass(frozen=True, slots=True)
class WirePage:
    """Some resources of `total` that were asked for."""

    rows: Sequence[Wire]
    total: int


class Backing(Protocol):
    """Where the resources of one type are. What is created, changed or removed is applied when it returns; `Pending`
    where it is durable only, FaceRefusal where it may not be."""

    def get(self, identity: str) -> Wire | None: ...
    def listed(self, query: ListQuery) -> WirePage: ...
    def create(self, body: Wire, caller: Caller) -> Wire: ...
    def change(self, before: Wire, after: Wire, caller: Caller) -> Wire: ...
    def remove(self, identity: str, caller: Caller) -> None: ...


@dataclass(frozen=True, slots=True)
class ResourceFace:
    """One type of resource at `path` below its API. `mandatory`: what a body that creates one has to hold; `fixed`:
    what stays as it was created. `backing` is made once for an endpoint."""

    path: str
    type_name: str
    attributes: Attributes
    backing: Callable[[BackOffice], Backing]
    operations: frozenset[str] = READ
    mandatory: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Face:
    """An Open API. `bases` are its paths, the first of which its hrefs name; the others are of kits and older
    dialects. `reads` and `writes` are the rights that reading needs, and creating, changing and removing."""

    name: str
    title: str
    bases: tuple[str, ...]
    resources: tuple[ResourceFace, ...]
    reads: str = VIEW
    writes: str = CONFIGURE


@derived
def faces() -> Mapping[str, Face]:
    """Every face by its name; ConfigurationError where two are at one path."""
    found: dict[str, Face] = {}
    paths: dict[str, str] = {}
    for face in declared(Face, FACES):
        for base in face.bases:
            if paths.setdefault(base, face.name) != face.name:
                raise ConfigurationError(f"{face.name} and {paths[base]} are both served at {base}")
        found[face.name] = face
    return found
