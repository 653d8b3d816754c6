"""A source of input as it is declared in its own module: its settings, how it runs, and what is wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict

from ingestion.batches.batch import Origin
from ingestion.gateway import Gateway
from telassure.access.endpoint import Endpoint
from telassure.kernel.declared import declared, derived
from telassure.kernel.errors import ConfigurationError
from telassure.kernel.ports import Clock, LetterKeeper

if TYPE_CHECKING:
    from threading import Event

    from fastapi import FastAPI, Response

_BEAT_SECONDS: Final = 1.0
Section = TypeVar("Section", bound=BaseModel)
Runs: TypeAlias = Literal["thread", "foreground", "endpoint", "process"]
THREAD: Final = "thread"
"""Beside the others in `telassure api`, in a thread that is started again when it dies."""
FOREGROUND: Final = "foreground"
"""As the main thread of `telassure api`, which ends when this source does. One source does this: the endpoint."""
ENDPOINT: Final = "endpoint"
"""By requests to the endpoint of `telassure api`, which answers at the addresses that it `offers`."""
PROCESS: Final = "process"
"""In a process of its own (`telassure source NAME`), which `telassure run` starts and keeps."""


def _untold(_: str, __: int) -> None:
    """Nobody counts it."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the house gives a source to stand on: its own way into the log, the folder of the installation, the zone of
    times that name none, a clock, the letters of what never became a record, and `endpoint`, which makes the ingestion
    endpoint over its gateway. A source whose loop calls `beat` at least once a second is seen to stand still where it
    does; what it lost or left out on its way it `tell`s (why, how much)."""

    gateway: Gateway
    home: Path
    zone: tzinfo
    clock: Clock
    letters: LetterKeeper
    endpoint: "Callable[[Gateway], FastAPI]"
    beat: Callable[[], None]
    tell: Callable[[str, int], None] = _untold


@dataclass(frozen=True, slots=True)
class Offering:
    """An address of the endpoint: what answers there, how a refusal is worded, the most bytes of a body, and in which
    ways a body may be packed that whoever takes it `unpacks`."""

    endpoint: Endpoint
    take: "Callable[[Parcel], Response]"
    refused: "Callable[[int, str], Response]"
    most_bytes: int = 16 << 20
    unpacks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Parcel:
    """A body that came to an address of the endpoint from who may send it, under the feed of its sender; `path` are the
    parts of the address that vary, `headers` what else the sender said. It is taken in a thread of its own."""

    body: bytes
    origin: Origin
    path: Mapping[str, str]
    headers: Mapping[str, str]


class EndpointSettings(BaseModel):
    """The section of a source that runs by the ENDPOINT. `enabled`: whether it answers there."""

    model_config = ConfigDict(extra="forbid")
    enabled: bool = True


def is_enabled(settings: EndpointSettings) -> bool:
    """Whether a source that can be switched off is wanted."""
    return settings.enabled


def _nothing_offered(_: Ground, __: BaseModel) -> "Sequence[Offering]":
    return ()


def stands(ground: Ground, _: BaseModel, stop: "Event") -> None:
    """What runs of a source whose input comes by requests: a sign of life once a second, as the endpoint is there."""
    while not stop.is_set():
        ground.beat()
        stop.wait(_BEAT_SECONDS)


def _always(_: BaseModel) -> bool:
    return True


def _nothing_wrong(_: BaseModel, __: Path) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class InputSource(Generic[Section]):
    """One source of input, found where it is declared: at the top of a module below ingestion/sources.

    `settings` is the type of its section in telassure.toml, called `section`; `text` says in a few words what comes by
    it. `run` takes input until the event is set. It is `wanted` or not by its settings. `fault` says what is wrong with
    it in the folder of the installation, and after "; " what to do, "" where nothing is: `telassure doctor` asks. One
    that runs by the ENDPOINT `offers` addresses there; its `run` is `stands`.

    The house derives its settings, starts it, keeps its health record (`health`) and checks it.
    """

    name: str
    text: str
    section: str
    settings: type[Section]
    run: "Callable[[Ground, Section, Event], None]"
    runs: Runs = THREAD
    offers: "Callable[[Ground, Section], Sequence[Offering]]" = _nothing_offered
    wanted: Callable[[Section], bool] = _always
    fault: Callable[[Section, Path], str] = _nothing_wrong


@derived
def sources() -> tuple[InputSource[BaseModel], ...]:
    """Every source that is declared; ConfigurationError where two share a name or a section."""
    found = declared(InputSource, "ingestion.sources")
    for what in ("name", "section"):
        names = [getattr(each, what) for each in found]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ConfigurationError(f"two sources of input have the {what} {twice[0]}; give each its own")
    return found
