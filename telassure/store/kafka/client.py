"""How a Kafka client is opened: the brokers, the security of the transport, and what an open that failed means."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from kafka import errors
from kafka.net.compat import KafkaNetClient

from telassure.kernel.errors import ConfigurationError, TelassureError, TransientError

CONNECT_SECONDS: Final = 10.0
Client = TypeVar("Client")


@dataclass(frozen=True, slots=True)
class KafkaClientSettings:
    """Where the brokers are ("host:port,host:port") and how to speak to them. Files are PEM.

    `security` is Kafka's security.protocol, `mechanism` PLAIN or SCRAM-SHA-256/512. `api_version` is for brokers that
    do not tell theirs: None asks them.
    """

    brokers: str
    security: str = "PLAINTEXT"
    mechanism: str = "SCRAM-SHA-512"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    api_version: tuple[int, int] | None = None

    def options(self) -> dict[str, Any]:
        """For any client of kafka-python. ConfigurationError names a file that cannot be read."""
        found: dict[str, Any] = {
            "bootstrap_servers": [each.strip() for each in self.brokers.split(",") if each.strip()],
            "security_protocol": self.security,
            "bootstrap_timeout_ms": int(CONNECT_SECONDS * 1000),
            "reconnect_backoff_max_ms": 1_000,
            "api_version": self.api_version,
        }
        if self.security in ("SSL", "SASL_SSL"):
            found |= {
                "ssl_cafile": _file("ca_file", self.ca_file),
                "ssl_certfile": _file("certificate_file", self.certificate_file),
                "ssl_keyfile": _file("key_file", self.key_file),
            }
        if self.security.startswith("SASL"):
            found |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return found


def opened(make: Callable[..., Client], settings: KafkaClientSettings, **more: Any) -> Client:
    """`make` is a client class of kafka-python. ConfigurationError where the brokers refuse who we are or we cannot
    trust them, TransientError where they do not answer; nothing stays open then."""
    options = settings.options() | more
    networks: list[KafkaNetClient] = []

    def network(**configuration: Any) -> KafkaNetClient:
        networks.append(KafkaNetClient(**configuration))
        return networks[-1]

    with _overheard() as causes:
        try:
            return make(kafka_client=network, **options)
        except (errors.KafkaError, OSError, ValueError) as failed:
            for each in networks:
                _end(each)
            raise _meaning([*causes, failed], settings) from None


def _end(network: KafkaNetClient) -> None:
    """Sockets, and the thread that an admin client or a consumer has begun before it could fail."""
    with suppress(Exception):
        network.close()
    with suppress(Exception):
        network._net.stop()  # the client that would do it was never made


def _file(name: str, file: Path | None) -> str | None:
    if file is not None and not file.is_file():
        raise ConfigurationError(f"kafka.{name}: there is no file {file}")
    return None if file is None else str(file)


def _meaning(causes: list[BaseException], settings: KafkaClientSettings) -> TelassureError:
    """The most telling of what was overheard while the client was opened."""
    lost = [each for each in causes if isinstance(each, errors.KafkaConnectionError)]
    cut = settings.security.startswith("SASL") and lost and all("socket disconnected" in str(each) for each in lost)
    if cut or any(isinstance(each, errors.SaslAuthenticationFailedError) for each in causes):
        # a broker ends the connection behind its refusal, which is then often not read any more
        hint = f"mend kafka.username, kafka.password or kafka.sasl_mechanism ({settings.mechanism})"
        return ConfigurationError(f"the brokers at {settings.brokers} refuse {settings.username!r}: {hint}")
    for cause in causes:
        text = str(cause)
        if "CERTIFICATE_VERIFY_FAILED" in text:
            reason = text.partition("verify failed: ")[2].partition(" (_ssl")[0]
            hint = "mend kafka.ca_file, or name the brokers as their certificates do"
            return ConfigurationError(f"the brokers at {settings.brokers} cannot be trusted: {reason}; {hint}")
        if "SSL" in text or isinstance(cause, errors.InvalidReceiveError):
            hint = f"is kafka.security ({settings.security}) what this listener speaks, and its client certificate set?"
            return ConfigurationError(f"the brokers at {settings.brokers} end the connection: {text}; {hint}")
    last = (lost or causes)[-1]
    hint = f"does this listener speak what kafka.security ({settings.security}) says?"
    return TransientError(f"no Kafka broker answers at {settings.brokers} (kafka.brokers): {last}; {hint}")


class _Causes(logging.Handler):
    """kafka-python raises but "unable to bootstrap"; why, it says to its log only."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        arguments = record.args if isinstance(record.args, tuple) else ()
        self.found.extend(each for each in arguments if isinstance(each, BaseException))


@contextmanager
def _overheard() -> Iterator[list[BaseException]]:
    handler = _Causes()
    network = logging.getLogger("kafka.net")
    network.addHandler(handler)
    try:
        yield handler.found
    finally:
        network.removeHandler(handler)
