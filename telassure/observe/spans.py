"""A trace as text, the `traceparent` of W3C Trace Context, and the spans that are made of it."""

import re
from collections.abc import Mapping
from typing import Final, Protocol, TypeAlias

Attributes: TypeAlias = Mapping[str, str | int | float]
_TRACEPARENT: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_SAMPLED: Final = 1
_LONGEST: Final = 256


def continued(traceparent: str) -> str:
    """A client's header as we carry it, "" where it is none that the standard allows.

    >>> continued("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    ''
    >>> continued("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    """
    found = _TRACEPARENT.fullmatch(traceparent.strip()) if len(traceparent) <= _LONGEST else None
    if found is None:
        return ""
    version, trace, span, flags, more = found.groups()
    if version == "ff" or (more and version == "00") or not int(trace, 16) or not int(span, 16):
        return ""
    return f"00-{trace}-{span}-{int(flags, 16) & _SAMPLED:02x}"


def trace_id(trace: str) -> str:
    """The id by which a trace is found, "" where there is none.

    >>> trace_id("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), trace_id("")
    ('0af7651916cd43dd8448eb211c80319c', '')
    """
    return trace[3:35]


def is_sampled(trace: str) -> bool:
    return trace.endswith("-01")


class Span(Protocol):
    """Work under way. `trace` is what those that follow it continue."""

    @property
    def trace(self) -> str: ...
    def note(self, name: str, value: str | float) -> None:
        """One more attribute."""
        ...

    def end(self, failure: str) -> None:
        """`failure` "" where it went well."""
        ...


class Tracing(Protocol):
    """Makes the spans of this process."""

    @property
    def exporting(self) -> bool: ...
    def begin(self, name: str, parent: str, attributes: Attributes) -> Span: ...
    def add(self, name: str, parent: str, seconds: float, attributes: Attributes) -> None:
        """A span that ends now and began so many seconds ago, where its parent is sampled."""
        ...

    def close(self) -> None: ...
