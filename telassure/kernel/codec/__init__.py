"""Bytes <-> events, with schema versions. What comes from outside is judged in `inbound`."""

from telassure.kernel.codec.kinds import decode, encode, kind_of, noun_of

__all__ = ["decode", "encode", "kind_of", "noun_of"]
