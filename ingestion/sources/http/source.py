"""The HTTP endpoint as a source of input."""

from threading import Event
from typing import Final

from pydantic import Field

from ingestion.sources.source import FOREGROUND, Ground, InputSource
from telassure.access.connections import ConnectionRoom, most_connections
from telassure.access.listening import ListeningSettings, NamedHosts, judge_listening, server_config
from telassure.access.web_server import Server


class ApiSettings(ListeningSettings):
    """The ingestion endpoint. `body_bytes` bounds one request, `concurrency` the requests under way, `connections` what
    is open, half of it from one address; 0 is half of what the process may have open. `rows_a_second`, `bytes_a_second`
    and `feeds` bound one client, whose feeds may each bring half of it; 0 is no bound."""

    port: int = Field(default=8051, ge=0, le=65535)
    body_bytes: int = Field(default=16 << 20, ge=1024)
    concurrency: int = Field(default=64, ge=1)
    connections: int = Field(default=0, ge=0)
    rows_a_second: int = Field(default=200_000, ge=0)
    bytes_a_second: int = Field(default=64 << 20, ge=0)
    feeds: int = Field(default=1_000, ge=0)


def _serve(ground: Ground, settings: ApiSettings, _: Event) -> None:
    """Until SIGTERM or SIGINT, which the server takes itself."""
    judge_listening(HTTP.section, settings)
    app = NamedHosts(ground.endpoint(ground.gateway), settings.names)
    room = ConnectionRoom(settings.connections or most_connections())
    Server(server_config(app, settings, room), ground.beat).run()


HTTP: Final = InputSource(
    name="http",
    text="requests to the ingestion endpoint",
    section="api",
    settings=ApiSettings,
    run=_serve,
    runs=FOREGROUND,
)
