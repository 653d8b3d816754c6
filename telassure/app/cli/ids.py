"""Ids as a person gives them: whole, or so much of the beginning that only one is meant."""

from collections.abc import Sequence
from typing import Final, TypeVar

from telassure.kernel.errors import InvalidInput
from telassure.kernel.kept import BusinessRecord, kept_as
from telassure.kernel.ports import Beginning, RecordReader

K = TypeVar("K", bound=BusinessRecord)
CANDIDATES: Final = 5
"""How many ids a refusal names."""


def whole_id(text: str, ids: Sequence[str], unknown: str) -> str:
    """The one of these ids that is this text or alone begins so. InvalidInput says `unknown` where there is none, and
    names the candidates where there are several.

    >>> whole_id("3f", ["3f0c", "9b1d"], "there is no such alarm"), whole_id("3f", ["3f", "3f0c"], "")
    ('3f0c', '3f')
    """
    found = sorted({name for name in ids if name.startswith(text)})
    if text in found or not text:
        return text
    if not found:
        raise InvalidInput(unknown, text)
    if len(found) > 1:
        several = ", ".join(found[:CANDIDATES]) + (" …" if len(found) > CANDIDATES else "")
        raise InvalidInput(f"several ids begin so: {several}; write more of the one you mean", text)
    return found[0]


def ids_beginning(reader: RecordReader, kind: type[K], text: str) -> list[str]:
    """The first ids of a type that begin so."""
    identity = kept_as(kind).identity
    found = reader.find(kind, {identity: Beginning(text)}, (identity,), CANDIDATES + 1)
    return [getattr(record, identity) for record in found.rows]


def record_named(reader: RecordReader, kind: type[K], text: str, unknown: str) -> K:
    """The record of an id, or of the beginning of one. Its type's key is the id alone."""
    found = reader.get(kind, whole_id(text, ids_beginning(reader, kind, text), unknown))
    if found is None:
        raise InvalidInput(unknown, text)
    return found
