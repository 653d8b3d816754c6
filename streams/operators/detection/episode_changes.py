"""Changes of episodes as the rows make them, each with what surrounded it at its row, wherever envelopes are cut."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from models.detection.layout import Columns, Record, Records, Scores, Setting
from models.detection.seasonal import advance, no_marks
from streams.operators.detection.domain_series import DomainSeries
from streams.operators.detection.words import companions


class Beside(NamedTuple):
    """What a cell says once a row is taken: the seconds from which its series was learned, and which other KPIs of its
    object are anomalous with it."""

    learned: float = 0.0
    others: tuple[str, ...] = ()


NOTHING_BESIDE: Final = Beside()


class Change(NamedTuple):
    """One mark, and what was beside it."""

    mark: Record
    beside: Beside = NOTHING_BESIDE


class Changes(NamedTuple):
    """Marks in the order of their rows, and what was beside each."""

    marks: Records
    beside: Sequence[Beside]

    def at(self, place: int) -> Change:
        return Change(self.marks[place], self.beside[place])


def advance_by_marks(cell: DomainSeries, rules: Records, columns: Columns, setting: Setting, scores: Scores) -> Changes:
    """Take the rows into the cell, and look around it after each that makes a mark: later rows change what is seen."""
    marks, found, beside, start = no_marks(1), [no_marks(0)], list[Beside](), 0
    while start < len(columns.slot):
        part = from_row(columns, start), setting, Scores._make(column[start:] for column in scores)
        count = advance(cell.state, rules, *part, marks)
        if not count:
            break
        made = marks[:count].copy()
        made["row"] += start
        found.append(made)
        beside.extend(seen_beside(cell, mark) for mark in made)
        start = int(made["row"][-1]) + 1
    return Changes(np.concatenate(found), beside)


def from_row(columns: Columns, start: int) -> Columns:
    """The rows from one on."""
    return Columns._make(column[start:] for column in columns) if start else columns


def seen_beside(cell: DomainSeries, mark: Record) -> Beside:
    """What there is beside a mark, right after its row."""
    slot = int(mark["slot"])
    return Beside(float(cell.state["learned"][slot]), tuple(companions(cell, slot, int(mark["changed"]))))
