"""Passwords of people: which may be one, and the slow digests by which they are known again."""

from functools import cache
from threading import Semaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from telassure.kernel.errors import InvalidInput

SHORTEST: Final = 12
LONGEST: Final = 128
_FEWEST_SIGNS: Final = 5
_AT_ONCE: Final = 2  # each takes 64 MiB and a tenth of a second of four threads
_HASHER: Final = PasswordHasher()
_TURNS: Final = Semaphore(_AT_ONCE)


def judge_password(password: str, name: str) -> None:
    """InvalidInput for a password that a stranger would try; it is never said again."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(f"the password has {len(password)} characters; choose one of {SHORTEST} to {LONGEST}")
    if len(set(password)) < _FEWEST_SIGNS or name.casefold() in password.casefold():
        raise InvalidInput(
            f"the password is easily guessed: it has the account's name in it, or fewer than {_FEWEST_SIGNS} different"
            " characters; choose another"
        )


def password_digest(password: str) -> str:
    """Argon2id with a salt of its own."""
    with _TURNS:
        return _HASHER.hash(password)


@cache
def _nobodys() -> str:
    """Made when the first is asked for: it takes a tenth of a second."""
    return _HASHER.hash("a password that nobody has")


def password_fits(digest: str | None, password: str) -> bool:
    """Whether the digest is of this password. Where there is none it takes as long, so that nobody learns by the time
    whose names there are."""
    with _TURNS:
        try:
            fits = _HASHER.verify(digest or _nobodys(), password[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False
        return fits and digest is not None
