"""Log lines that repeat themselves: the first few are written, the others are counted and told in one line."""

import logging
from dataclasses import dataclass
from typing import Final, TextIO

LINES: Final = 20
"""How many lines of one message are written in a span."""
SECONDS: Final = 10.0
_KNOWN: Final = 1_000

Key = tuple[str, int, str]


@dataclass(slots=True)
class _Span:
    """One message since a time: how often it was written, and what was kept back, as its last record."""

    begun: float
    written: int = 0
    kept_back: int = 0
    last: logging.LogRecord | None = None


class Repetition:
    """Which records are written: of one message (its logger, level and text before anything is put into it) so many in
    a span of seconds. What is kept back is told by the next record of any message once its span is over.

    Law: the records that are written and those that the told lines count are all records there were.
    """

    def __init__(self, lines: int = LINES, seconds: float = SECONDS, known: int = _KNOWN) -> None:
        self._lines, self._seconds, self._known = lines, seconds, known
        self._spans: dict[Key, _Span] = {}

    def admits(self, record: logging.LogRecord) -> bool:
        """Whether this record is written; it is counted where it is not."""
        span = self._spans.setdefault((record.name, record.levelno, str(record.msg)), _Span(record.created))
        if span.written < self._lines:
            span.written += 1
            return True
        span.kept_back += 1
        span.last = record
        return False

    def over(self, now: float) -> list[logging.LogRecord]:
        """A record for each message whose span is over and of which some were kept back. A clock that was put back
        ends every span, and so do more messages than are known at a time."""
        all_of_them = len(self._spans) >= self._known
        ended = [key for key, span in self._spans.items() if all_of_them or not 0 <= now - span.begun < self._seconds]
        return [told for key in ended if (told := _told(self._spans.pop(key))) is not None]

    def rest(self) -> list[logging.LogRecord]:
        """What was kept back and is not told yet."""
        spans, self._spans = self._spans, {}
        return [told for span in spans.values() if (told := _told(span)) is not None]


class QuietStream(logging.StreamHandler[TextIO]):
    """Writes log lines, those that repeat themselves within bounds. A handler is called under its own lock."""

    def __init__(self, stream: TextIO | None = None, repetition: Repetition | None = None) -> None:
        super().__init__(stream)
        self._repetition = repetition or Repetition()

    def emit(self, record: logging.LogRecord) -> None:
        for told in self._repetition.over(record.created):
            super().emit(told)
        if self._repetition.admits(record):
            super().emit(record)

    def close(self) -> None:
        for told in self._repetition.rest():
            super().emit(told)
        super().close()


def _told(span: _Span) -> logging.LogRecord | None:
    if span.last is None:
        return None
    last = span.last
    message = f"{last.getMessage()} … and {span.kept_back:,} such lines in all that are not written"
    return logging.LogRecord(last.name, last.levelno, last.pathname, last.lineno, message, None, None)
