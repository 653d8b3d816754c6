"""Traces: one id from the request or the file that brought an event to the ticket that it led to.

A trace is carried as text, the `traceparent` of W3C Trace Context (https://www.w3.org/TR/trace-context/):
"00-<32 hex: trace id>-<16 hex: parent span>-<flags>". Spans are made and sent only where `start_tracing` was given an
endpoint (`telassure.observe.otlp`); without one the text is all there is to it.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Protocol, TypeAlias

Attributes: TypeAlias = Mapping[str, str | int | float]
SPANS: Final = 32
"""The most spans that one turn or one transaction makes, however many traces it touches."""

_TRACEPARENT: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_SAMPLED: Final = 1
_LONGEST: Final = 256
_here: ContextVar[str] = ContextVar("trace", default="")


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


class _Carried:
    """A trace that nobody records."""

    def __init__(self, trace: str) -> None:
        self.trace = trace

    def note(self, name: str, value: str | float) -> None:
        """There is nothing to note it in."""

    def end(self, failure: str) -> None:
        """There is nothing to end."""


class CarryOnly:
    """No endpoint: traces are begun and continued, and nothing is recorded."""

    exporting = False

    def begin(self, name: str, parent: str, attributes: Attributes) -> Span:
        return _Carried(parent or f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-00")

    def add(self, name: str, parent: str, seconds: float, attributes: Attributes) -> None:
        """There is nowhere to send it."""

    def close(self) -> None:
        """There is nothing to flush."""


_tracing: Tracing = CarryOnly()


def tracing() -> Tracing:
    """What this process makes its spans with."""
    return _tracing


def use(chosen: Tracing) -> Tracing:
    """Have this process make its spans with it from now on; what it had before."""
    global _tracing
    before, _tracing = _tracing, chosen
    return before


@contextmanager
def traced(name: str, parent: str = "", **attributes: str | int | float) -> Iterator[Span]:
    """The block as a span of a trace: the parent's, or a new one. Log lines written in it carry its id."""
    span = _tracing.begin(name, parent, attributes)
    token = _here.set(span.trace)
    failure = ""
    try:
        yield span
    except BaseException as error:
        failure = type(error).__name__
        raise
    finally:
        _here.reset(token)
        span.end(failure)


@contextmanager
def start_tracing(service: str, endpoint: str, ratio: float) -> Iterator[None]:
    """Inside the block the spans of this process go to the collector at `endpoint` (OTLP over HTTP; "" is nowhere), of
    new traces a share of `ratio`; at its end what waits is sent. `service` is the process's name there."""
    if not endpoint:
        yield
        return
    from telassure.observe.otlp import Exporting  # a quarter of a second to import: only who exports pays it

    chosen = Exporting(service, endpoint, ratio)
    before = use(chosen)
    try:
        yield
    finally:
        use(before)
        chosen.close()


def current() -> str:
    """The trace of what this thread or task is at, "" where it is at none."""
    return _here.get()
