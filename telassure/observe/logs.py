"""One JSON object a log line, on standard error."""

import logging
import sys
from typing import Final

import orjson

from telassure.kernel.instant import SECOND, iso
from telassure.observe.repetition import QuietStream
from telassure.observe.spans import trace_id
from telassure.observe.traces import current

_TALKATIVE: Final = ("alembic", "kafka", "aiokafka", "faust", "mode")
_STANDARD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}


class JsonLines(logging.Formatter):
    """A log record as one line of JSON: time, level, logger, message, the trace it was written in, and whatever `extra`
    was given."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": iso(int(record.created * SECOND)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if trace := trace_id(current()):
            line["trace_id"] = trace
        line |= {k: v for k, v in record.__dict__.items() if k not in _STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def configure_logging(level: str) -> None:
    """Structured logs on standard error, for the whole process; lines that repeat themselves are counted."""
    to_stderr = QuietStream(sys.stderr)
    to_stderr.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers = [to_stderr]
    root.setLevel(level.upper())
    for talkative in _TALKATIVE:
        logging.getLogger(talkative).setLevel(max(root.level, logging.WARNING))
