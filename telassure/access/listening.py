"""Where a web server of ours listens, plainly or over TLS, and to which names it answers."""

import ssl
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, Final, Literal

import orjson
import uvicorn
from pydantic import BaseModel, ConfigDict, Field

from telassure.access.admission import LOOPBACK
from telassure.access.connections import ConnectionRoom, protocol_in
from telassure.kernel.errors import ConfigurationError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
Lifespan = Literal["auto", "off"]
PROBES: Final = frozenset({"/live", "/ready", "/healthz", "/readyz"})
"""What asks there knows an address and no name."""


class ListeningSettings(BaseModel):
    """A place where we listen. With `certificate_file` and `key_file` it speaks TLS, with `client_ca_file` only to who
    has a certificate of that authority. Off loopback plain HTTP is refused unless `proxied` says that a proxy ends TLS.
    `hosts` are the names that it answers to beside those of loopback; none: on loopback these alone, elsewhere any."""

    model_config = ConfigDict(extra="forbid")
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    certificate_file: Path | None = None
    key_file: Path | None = None
    client_ca_file: Path | None = None
    proxied: bool = False
    hosts: list[str] = []

    @property
    def near(self) -> bool:
        """Whether nobody but this machine reaches it: not by the network, and by no proxy that it knows of."""
        return self.host in LOOPBACK and not self.proxied and not self.names - LOOPBACK

    @property
    def secure(self) -> bool:
        """Whether browsers and clients reach it over TLS."""
        return self.certificate_file is not None or self.proxied

    @property
    def names(self) -> frozenset[str]:
        """The names that it answers to; none: any."""
        listed = frozenset(name.lower() for name in self.hosts)
        return listed | LOOPBACK if listed or self.host in LOOPBACK else frozenset()

    @property
    def url(self) -> str:
        """Its address."""
        return f"{'https' if self.certificate_file else 'http'}://{self.host}:{self.port}"


def judge_listening(section: str, place: ListeningSettings) -> None:
    """ConfigurationError where it would speak plainly to the network, or its certificate cannot be used."""
    if place.host not in LOOPBACK and not place.secure:
        raise ConfigurationError(
            f"{section}.host: {place.host} is not loopback, and plain HTTP would carry tokens and passwords for all to"
            f" read; set {section}.certificate_file and {section}.key_file, or {section}.proxied where a proxy ends TLS"
        )
    if place.certificate_file is None:
        if place.key_file or place.client_ca_file:
            raise ConfigurationError(f"{section}.certificate_file is missing: a key or an authority alone is no TLS")
        return
    try:
        tried = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tried.load_cert_chain(place.certificate_file, place.key_file)
        if place.client_ca_file:
            tried.load_verify_locations(place.client_ca_file)
    except (OSError, ssl.SSLError) as unusable:
        raise ConfigurationError(
            f"{section}.certificate_file: {place.certificate_file} with its key and authority cannot be used:"
            f" {unusable.strerror or unusable}; they have to be PEM, belong together, and be readable by us"
        ) from None


def server_config(
    app: Any, place: ListeningSettings, room: ConnectionRoom, grace: int | None = None, lifespan: Lifespan = "auto"
) -> uvicorn.Config:
    """How uvicorn serves an app at such a place."""
    return uvicorn.Config(
        app,
        host=place.host,
        port=place.port,
        ws="none",
        lifespan=lifespan,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=grace,
        http=protocol_in(room),
        ssl_certfile=place.certificate_file,
        ssl_keyfile=str(place.key_file) if place.key_file else None,
        ssl_ca_certs=str(place.client_ca_file) if place.client_ca_file else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if place.client_ca_file else ssl.CERT_NONE,
    )


class NamedHosts:
    """ASGI before an app that answers to these names only, so that one that was rebound to our address reaches nothing.
    No names: to any. The probes are answered whatever they call us."""

    def __init__(self, app: Application, names: frozenset[str]) -> None:
        self._app, self._names = app, names

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._names and scope["path"] not in PROBES:
            host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
            if host_name(host) not in self._names:
                said = orjson.dumps({"error": "this host name is not answered to here; api.hosts lists those that are"})
                headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
                await send({"type": "http.response.start", "status": 421, "headers": headers})
                await send({"type": "http.response.body", "body": said})
                return
        await self._app(scope, receive, send)


def host_name(host: str) -> str:
    """The name in a Host header, without its port; "" where it is none.

    >>> host_name("LOCALHOST:8051"), host_name("[::1]:8051"), host_name("[")
    ('localhost', '::1', '')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0] if "]" in host else ""
    return host.partition(":")[0].lower()
