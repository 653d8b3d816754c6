"""Bytes <-> events, with schema versions. What comes from outside is judged in `ingestion`."""

from telassure.kernel.codec.kinds import decode, encode, event, kind_of, noun_of

__all__ = ["decode", "encode", "event", "kind_of", "noun_of"]
