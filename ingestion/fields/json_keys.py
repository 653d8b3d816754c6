"""Keys that stand twice in an object of JSON, of which every parser keeps the last alone and says nothing."""

import json
from typing import Final

from ingestion.fields.privacy import without_numbers
from telassure.kernel.errors import InvalidInput, shown

WRITTEN_BY_HAND: Final = 64 << 10
_BLANK_BEFORE_COLON: Final = (b" :", b"\t:")


def refuse_key_twice(body: bytes) -> None:
    """InvalidInput where an object of a JSON body has a key twice. It parses in Python, which costs several times what
    reading the body does, so only bodies of up to 64 KiB are looked at; larger ones are batches, which programs write.
    """
    if len(body) > WRITTEN_BY_HAND:
        return
    try:
        json.loads(body, object_pairs_hook=_once, parse_int=str, parse_float=str)
    except RecursionError:
        raise InvalidInput("the body is nested too deeply; send objects in one array") from None


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
