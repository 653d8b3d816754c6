"""Keys that stand twice in an object of JSON, of which every parser keeps the last alone and says nothing."""

import json
import re
from typing import Final

import numpy as np

from ingestion.fields.privacy import without_numbers
from telassure.kernel.errors import InvalidInput, shown

WRITTEN_BY_HAND: Final = 64 << 10
_BLANK_BEFORE_COLON: Final = (b" :", b"\t:")
_DEEPEST: Final = 200
_TEXT: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_OPENING: Final = np.frombuffer(b"[{", np.uint8)
_CLOSING: Final = np.frombuffer(b"]}", np.uint8)


def refuse_key_twice(body: bytes) -> None:
    """InvalidInput where an object of a JSON body has a key twice. It parses in Python, which costs several times what
    reading the body does, so only bodies of up to 64 KiB are looked at; larger ones are batches, which programs write.
    """
    if len(body) > WRITTEN_BY_HAND:
        return
    if _depth(body) > _DEEPEST:  # not left to Python, whose own bound is whatever a library has set it to
        raise InvalidInput("the body is nested too deeply; send objects in one array")
    json.loads(body, object_pairs_hook=_once, parse_int=str, parse_float=str)


def _depth(body: bytes) -> int:
    """How deep the arrays and objects of a JSON body are nested; 0 where it has too few of them to be deep."""
    if body.count(b"[") + body.count(b"{") <= _DEEPEST:
        return 0
    marks = np.frombuffer(_TEXT.sub(b"", body), np.uint8)
    steps = np.isin(marks, _OPENING).astype(np.int64) - np.isin(marks, _CLOSING)
    return int(steps.cumsum().max(initial=0))


def refuse_key_twice_in_line(line: bytes, keys: int) -> None:
    """The same for a line of a file, in which an object with so many keys was read. A flat object without blanks before
    its colons, as programs write it, has as many keys as ends of a string before a colon: it is not parsed again."""
    if line.count(b'":') != keys or any(blank in line for blank in _BLANK_BEFORE_COLON):
        refuse_key_twice(line)


def _once(pairs: list[tuple[str, object]]) -> None:
    seen = set[str]()
    for name, _ in pairs:
        if name in seen:
            raise InvalidInput(f"an object has the key {shown(without_numbers(name))} twice; send it once")
        seen.add(name)
