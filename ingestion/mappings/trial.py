"""Trying a mapping on a sample: what would be taken, left out and refused, and what of it nobody reads."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

import orjson

from ingestion.batches.kind import kind_named, known_fields
from ingestion.fields.privacy import Pseudonymiser, redacted
from ingestion.fields.terms import Terms
from ingestion.mappings.mapping import SourceMapping
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import Instant


@dataclass(frozen=True, slots=True)
class SampleRefusal:
    """What of a sample is refused: its place in it, and why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class MappingTrial:
    """What became of a sample: rows as they may be shown, subscribers as pseudonyms. `unread` are places of it that the
    mapping neither reads nor ignores."""

    rows: Sequence[object]
    refused: Sequence[SampleRefusal]
    left_out: Mapping[str, int]
    unread: Sequence[str]


@dataclass(frozen=True, slots=True)
class TrialTerms:
    """In which zone a sample's naive times are, when it came, and how its subscribers become pseudonyms."""

    zone: tzinfo
    now: Instant
    who: Pseudonymiser


def tried(mapping: SourceMapping, sample: bytes, terms: TrialTerms) -> MappingTrial:
    """A sample through a mapping and the reader of its kind; InvalidInput where it is no document."""
    document = sample_document(sample)
    found = mapping.of(document, terms.now, terms.zone)
    batch = found.batch(mapping.kind, "sample")
    reading = kind_named(mapping.kind).read(batch.body, Terms("sample", "sample", "sample", terms.zone), terms.who)
    refused = [SampleRefusal(each.place, each.reason) for each in found.refused]
    refused += [SampleRefusal(batch.place(bad), bad.reason) for bad in reading.rejected]
    bad_rows = {bad.index for bad in reading.rejected}
    taken = [redacted(row, terms.who, known_fields()) for index, row in enumerate(found.rows) if index not in bad_rows]
    return MappingTrial(taken, refused, found.left_out, mapping.unread(document))


def sample_document(sample: bytes) -> object:
    """JSON, JSON lines (an array of their objects), or CSV with a header (an array of its rows)."""
    try:
        return orjson.loads(sample)
    except orjson.JSONDecodeError as wrong:
        if sample.lstrip()[:1] not in (b"{", b"["):
            return _csv(sample)
        if b"\n" not in sample.strip():
            raise InvalidInput(f"the sample is not JSON in UTF-8: {wrong.msg}") from None
    found = []
    for number, line in enumerate(sample.splitlines(), start=1):
        try:
            found += [orjson.loads(line)] if line.strip() else []
        except orjson.JSONDecodeError as wrong:
            raise InvalidInput(f"line {number} of the sample is not JSON in UTF-8: {wrong.msg}") from None
    return found


def _csv(sample: bytes) -> object:
    try:
        text = sample.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("the sample is not UTF-8; save it as such") from None
    rows = list(csv.DictReader(io.StringIO(text)))
    if not rows:
        raise InvalidInput("the sample holds no rows; give JSON, JSON lines, or CSV with a header")
    return [{name: value for name, value in row.items() if name is not None} for row in rows]
