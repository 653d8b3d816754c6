"""On which line of a TOML or JSON file an entry of the catalogue stands, or a price or field of it."""

import re
from collections.abc import Sequence
from itertools import islice
from typing import Final

_JSON: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_TOML: Final = re.compile(r'"""(?s:.*?)"""|\'\'\'(?s:.*?)\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[{}\[\]]')
# A reason names its field, and most often the value as written: `tariffs[0]: prices[2].rate "0,10" is not ...`.
_NAMED: Final = re.compile(r'\]: (?:unknown field "|prices\[\d+\]\.)?(\w+)(?: "([^"…]*))?')

Step = str | int
Span = tuple[int, int]


def json_line(text: str, path: Sequence[Step]) -> int | None:
    """The line on which the value at a path of keys and indices begins.

    >>> json_line('{"tariffs": [\\n {"prices": [\\n  {}, {"rate": "x"}]}]}', ("tariffs", 0, "prices", 1))
    3
    """
    open_ones: list[_Container] = []
    for token in _JSON.finditer(text):
        sign = token.group()
        here = open_ones[-1] if open_ones else None
        if sign in ("}", "]"):
            open_ones.pop()
        elif here is not None and (sign in (",", ":") or here.awaits_key):
            here.passed(sign)
        else:
            if [each.step for each in open_ones] == list(path):
                return _line(text, token.start())
            if sign in ("{", "["):
                open_ones.append(_Container(is_object=sign == "{"))
    return None


class _Container:
    """An object or array that is open: the key or index that its next value has."""

    def __init__(self, *, is_object: bool) -> None:
        self.step: Step = "" if is_object else 0
        self.awaits_key = is_object

    def passed(self, sign: str) -> None:
        if sign == ",":
            self.awaits_key = isinstance(self.step, str)
            self.step = "" if isinstance(self.step, str) else self.step + 1
        elif sign == ":":
            self.awaits_key = False
        else:
            self.step = sign[1:-1]


def toml_line(text: str, path: tuple[str, int], part: int | None, reason: str) -> int | None:
    """The line of the field that the reason names, within the entry (or the price of it) at the path; else where that
    begins. Entries may be tables, [[tariffs]], or stand in an array, tariffs = [{…}]."""
    section, index = path
    found = _nth(text, (0, len(text)), section, index)
    if found and part is not None:
        found = _nth(text, found, f"{section}.prices", part, "prices") or found
    if not found:
        return None
    named = _NAMED.search(reason)
    if named:
        written = re.compile(rf"^.*\b{re.escape(named.group(1))}\s*=.*{re.escape(named.group(2) or '')}", re.MULTILINE)
        field = written.search(text, *found)
        if field:
            return _line(text, field.start())
    return _line(text, found[0])


def _nth(text: str, within: Span, name: str, index: int, key: str = "") -> Span | None:
    """From where to where the table or the array's element of this index reaches."""
    header = re.compile(rf"^[ \t]*\[\[\s*{re.escape(name)}\s*\]\]", re.MULTILINE)
    starts = [header_.start() for header_ in islice(header.finditer(text, *within), index, index + 2)]
    if starts:
        return starts[0], starts[1] if len(starts) > 1 else within[1]
    array = re.compile(rf"(?:^|[{{,])[ \t]*{key or re.escape(name)}\s*=\s*\[", re.MULTILINE).search(text, *within)
    return _element(text, array.end(), index) if array else None


def _element(text: str, start: int, index: int) -> Span | None:
    """Of the inline tables of an array that opens before `start`, the one of this index."""
    depth = seen = 0
    begun = None
    for token in _TOML.finditer(text, start):
        match token.group():
            case "{" | "[":
                if depth == 0:
                    begun = token.start() if seen == index else None
                    seen += 1
                depth += 1
            case "}" | "]":
                depth -= 1
                if depth == 0 and begun is not None:
                    return begun, token.end()
                if depth < 0:
                    return None
    return None


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
