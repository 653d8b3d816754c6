"""The one exception tree: what can never succeed goes to the dead letters, what may yet succeed is tried again."""

import re
from typing import Final

# C0 and C1 controls, line and paragraph separators, bidirectional overrides, and the surrogates of undecodable bytes.
CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class TelassureError(Exception):
    """Everything we raise on purpose; the text says what was wrong, where, and what to do."""


class PermanentError(TelassureError):
    """Trying again cannot help: the input becomes a dead letter with this text as its reason."""


class TransientError(TelassureError):
    """A store or the network failed; the same call may succeed later."""


class DamagedStore(TransientError):
    """A database is not what it was: unreadable, or without its tables. Work on it goes on once it is mended."""


class LogMismatch(DamagedStore):
    """The log is not the one that was written to: lost, shortened, replaced or changed. Nothing goes into it or comes
    from it until it is restored, or accepted as it is."""


class InvalidInput(PermanentError):
    """A record from outside breaks its contract. `place` names file and position, or the field."""

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.reason = reason
        self.place = place


class SecondWanted(InvalidInput):
    """What was asked for waits until another person asks for the same."""


class UnknownSchema(PermanentError):
    """Bytes of a kind or a schema version that this release cannot read."""


class NotPermitted(PermanentError):
    """Whoever asks may not do this, or not to this."""


class ConflictingDuplicate(PermanentError):
    """An identity that is already taken arrived again with other content."""


class ConfigurationError(PermanentError):
    """A setting is missing or wrong; the text names the setting and its file."""


class OwnedElsewhere(ConfigurationError):
    """Another process owns these partitions; stop it, or leave the work to it."""


class StaleOwner(TelassureError):
    """The partition's offset moved under us: another owner has it, and our cached cells are void."""


_PERSONAL: Final = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d(?:[T ]\d\d:?\d\d(?::?\d\d)?)?(?!\d))|\d(?:[ ()/.-]{0,2}\d){6,}|[^\s\"'@]+@[^\s\"'@]+"
)
"""A date, which may be told; or a number as long as a subscriber's, or an address, which may be somebody's."""


def masked(text: str) -> str:
    """A text without what may be somebody's: of a long number or an address of mail only the start is left.

    >>> masked("+49 171 1234567"), masked("eve@example.org"), masked("2026-13-01T12:00:00Z, 0,10")
    ('+49 1…', 'eve@…', '2026-13-01T12:00:00Z, 0,10')
    """
    return _PERSONAL.sub(lambda found: found.group() if found["date"] else found.group()[:4] + "…", text)


def shown(value: object) -> str:
    """A value as an error may print it: short, with nothing that a terminal would obey or that may be somebody's."""
    text = value if isinstance(value, str) else repr(value)
    clean = masked(CONTROL.sub("?", text))
    return f'"{clean[:40]}…"' if len(clean) > 40 else f'"{clean}"' if isinstance(value, str) else clean
