"""What the queue reads: the board of all viewers, and what one of them has opened."""

from typing import Final

from dashboards.pages.queue.board import Board, QueueLine, board
from dashboards.pages.queue.choice import FacetCounts, QueueChoice, counts
from dashboards.shell.reading import Read, Refresh
from dashboards.snapshot.dossier import Dossier, dossier
from dashboards.snapshot.reads import FRESH


def _opened(reading: Refresh) -> Dossier | None:
    return dossier(reading.reader, reading.of(CHOICE).incident, reading.now)


def _alarm(reading: Refresh) -> QueueLine | None:
    wanted, found = reading.of(CHOICE).alarm, reading.of(BOARD)
    if not wanted:
        return None
    several = (*found.lines, *(alarm for alarms in found.alarms.values() for alarm in alarms))
    return next((line for line in several if line.line_id == wanted), None)


def _counts(reading: Refresh) -> FacetCounts:
    return counts(reading.of(BOARD), reading.of(CHOICE))


CHOICE: Final = Read("choice", lambda reading: QueueChoice.read(reading.query))
BOARD: Final[Read[Board]] = Read("board", lambda reading: board(reading.reader), FRESH)
COUNTS: Final = Read("facet counts", _counts)
OPENED: Final = Read("opened incident", _opened)
OPENED_ALARM: Final = Read("opened alarm", _alarm)
