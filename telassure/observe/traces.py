"""Traces: one id from the request or the file that brought an event to the ticket that it led to.

A trace is carried as text, the `traceparent` of W3C Trace Context (https://www.w3.org/TR/trace-context/):
"00-<32 hex: trace id>-<16 hex: parent span>-<flags>". Spans are made and sent only where `start_tracing` was given an
endpoint (`telassure.observe.otlp`); without one the text is all there is to it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from telassure.observe.spans import Attributes, Span, Tracing

SPANS: Final = 32
"""The most spans that one turn or one transaction makes, however many traces it touches."""

_here: ContextVar[str] = ContextVar("trace", default="")


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
