"""Kafka's side of a host in plain terms: where its brokers are, who we are there, and a message as a log record."""

import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from telassure.kernel.errors import ConfigurationError
from telassure.kernel.ports import LogRecord

_LONGEST: Final = 1_000  # bytes of a source or position; PostgreSQL indexes up to 2,700 in a row
_SHOWN: Final = 200
_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """`brokers` is "host:port,host:port", `security` Kafka's security.protocol; files are PEM."""

    brokers: str
    security: str = "PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    username: str = ""
    password: str = ""
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    @property
    def urls(self) -> list[str]:
        """As Faust takes them; ConfigurationError where none is named."""
        named = [broker.strip() for broker in self.brokers.split(",") if broker.strip()]
        if not named:
            raise ConfigurationError("kafka.brokers names no broker; give host:port")
        return [f"kafka://{broker}" for broker in named]

    def tls(self) -> ssl.SSLContext | None:
        """Trusts `ca_file`, else the system's, and checks the host's name; None where `security` has no TLS in it.
        ConfigurationError where a file is unusable."""
        if self.security not in ("SSL", "SASL_SSL"):
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.certificate_file is not None:
                context.load_cert_chain(self.certificate_file, self.key_file)
        except OSError as unusable:
            raise ConfigurationError(f"kafka.ca_file, certificate_file or key_file: {unusable}") from unusable
        return context


def log_record(offset: int, value: bytes | None, headers: Iterable[tuple[str, bytes]] | None) -> LogRecord:
    """A message at a Kafka offset, total: what names no kind is refused as any unknown kind is, not here."""
    named = dict(headers or ())
    rows = named.get("rows") or b"1"
    return LogRecord(
        offset=offset + 1,
        kind=_text(named.get("kind")),
        payload=value or b"",
        source=_key(named.get("source")) or "kafka",
        position=_position(named) or str(offset),
        rows=int(rows) if rows.isdigit() and len(rows) <= _DIGITS else 1,
        trace=_text(named.get("trace")),
        digest=named.get("digest") or b"",
    )


def _text(raw: bytes | None) -> str:
    """As text; no database keeps a NUL."""
    return (raw or b"").decode("utf-8", "replace").replace("\0", "\ufffd")


def _position(named: Mapping[str, bytes]) -> str:
    """A hop's is read, not kept."""
    raw = named.get("position")
    return _text(raw) if (named.get("source") or b"").startswith(b"hop:") else _key(raw)


def _key(raw: bytes | None) -> str:
    """As text that an index can hold: a longer one is told by its hash."""
    if raw is None or len(raw) <= _LONGEST:
        return _text(raw)
    return f"{_text(raw[:_SHOWN])}…{blake2b(raw, digest_size=16).hexdigest()}"
