"""The home of an embedded system: where its databases, metric store, locks and secrets lie under TELASSURE_HOME."""

import contextlib
import os
import secrets
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telassure.kernel.errors import ConfigurationError

_SECRET_BYTES: Final = 32
_OTHERS: Final = 0o077
_SHORTEST_SECRET: Final = 32  # characters of one that somebody else made


@dataclass(frozen=True, slots=True)
class Home:
    """Paths only; `prepare` makes the folders, readable by their owner alone. `secrets` is a folder others fill."""

    root: Path
    secrets: Path | None = None

    @property
    def log_url(self) -> str:
        return f"sqlite:///{self.root / 'log.db'}"

    @property
    def access_url(self) -> str:
        return f"sqlite:///{self.root / 'access.db'}"

    def state_url(self, topology: str) -> str:
        return f"sqlite:///{self.root / f'{topology}.db'}"

    @property
    def metrics(self) -> Path:
        return self.root / "metrics"

    @property
    def locks(self) -> Path:
        return self.root / "locks"

    @property
    def inbox(self) -> Path:
        """The watched directory: a file put here is taken in, then moved to done/ or failed/ in it."""
        return self.root / "inbox"

    @property
    def simulator(self) -> Path:
        """The demo operator's own place; the ground truth lies here and nothing but a person or a score reads it."""
        return self.root / "simulator"

    def prepare(self) -> None:
        """Make the folders. ConfigurationError for a home that others may look into."""
        try:
            self._close()
            for folder in (self.root, self.metrics, self.locks, self.inbox, self.simulator, self.root / "secrets"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as refused:
            raise ConfigurationError(f"TELASSURE_HOME {self.root}: {refused.strerror}") from None

    def _close(self) -> None:
        """Refuse a home of ours that is open to others; one that was not begun yet is closed instead, since nothing was
        to be seen in it. Whose folder it is decides about one that is not ours."""
        if not self.root.exists():
            return
        found = self.root.stat()
        if found.st_uid != os.geteuid() or not stat.S_IMODE(found.st_mode) & _OTHERS:
            return
        if any((self.root / name).exists() for name in ("log.db", "access.db", "secrets", "metrics")):
            raise ConfigurationError(
                f"TELASSURE_HOME {self.root} is open to others on this machine, and so is what lies in it;"
                f" close it by: chmod -R go-rwx {shlex.quote(str(self.root.absolute()))}"
            )
        self.root.chmod(0o700)

    def secret(self, name: str) -> str:
        """A secret made at its first use: 256 random bits in hex, in a file for its owner only; or the one that the
        folder `secrets` holds, which is never written to."""
        if self.secrets is not None:
            return _given(self.secrets / name)
        place = self.root / "secrets" / name
        if not place.exists():
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_once(place, secrets.token_hex(_SECRET_BYTES))
        return self._read(place)

    def offered_secret(self, name: str) -> str | None:
        """The same; None where others fill the folder `secrets` and have not put this one there."""
        if self.secrets is not None and not (self.secrets / name).exists():
            return None
        return self.secret(name)

    def keep_partitions(self, number: int) -> None:
        """Record the number of partitions at the first start; ConfigurationError for another one ever after, since an
        account's or domain's state and its input would lie in two partitions."""
        place = self.root / "partitions"
        if not place.exists():
            _write_once(place, str(number))
        recorded = place.read_text().strip()
        if recorded != str(number):
            raise ConfigurationError(
                f"TELASSURE_PARTITIONS is {number}, but {self.root} was begun with {recorded}: set it to {recorded},"
                f" or begin a new TELASSURE_HOME and load its input there again"
            )

    @staticmethod
    def _read(place: Path) -> str:
        text = place.read_text().strip()
        if len(text) != 2 * _SECRET_BYTES:
            raise ConfigurationError(f"{place}: not a secret of ours; delete it to have a new one made")
        return text


def _given(place: Path) -> str:
    try:
        text = place.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise ConfigurationError(f"{place}: {unreadable}; put the secret there, or unset `secrets`") from None
    if len(text) < _SHORTEST_SECRET:
        raise ConfigurationError(
            f"{place}: shorter than {_SHORTEST_SECRET} characters; make one by: openssl rand -hex 32"
        )
    return text


def _write_once(place: Path, text: str) -> None:
    """Make a file for its owner only, whole and durable; where another process is first, its file stands."""
    draft = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
    made = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(made, "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, place)
    draft.unlink()
