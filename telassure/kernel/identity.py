"""Ids that derive from their cause, so that the same cause always makes the same record."""

from hashlib import blake2b


def derive_id(*cause: str | int) -> str:
    """128 bits in hex from the parts of a cause (operator, key, window or source event).

    >>> derive_id("unbilled_usage", "a-1", 0) == derive_id("unbilled_usage", "a-1", 0)
    True
    >>> derive_id("a", "bc") == derive_id("ab", "c")
    False
    """
    digest = blake2b(digest_size=16)
    for part in cause:
        text = str(part).encode()
        digest.update(len(text).to_bytes(4, "big"))
        digest.update(text)
    return digest.hexdigest()
