"""Settings: one TOML file, over it the environment (`TELASSURE_HOME`, `TELASSURE_API__PORT` …), and over both what a
caller states in code. Read here only."""

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    create_model,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from bss_sync.clients.webhook import Receiver
from ingestion.sources.source import InputSource, Section, sources
from telassure.access.listening import ListeningSettings
from telassure.kernel.declared import derived
from telassure.kernel.errors import ConfigurationError
from telassure.kernel.kept import BusinessRecord, Kept, kept_types
from telassure.wiring.variables import refuse_unknown

FILE: Final = "telassure.toml"
_LOOPBACK: Final = frozenset({"", "localhost", "127.0.0.1", "::1"})


def _zone(name: str) -> str:
    """The name of a time zone; ValueError where it is none."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Europe" is a folder
        raise ValueError(f"{name!r} is not a time zone; write one like Europe/Berlin") from None
    return name


class DashboardSettings(ListeningSettings):
    """The page. `open`: on loopback whoever has not logged in may read. A session ends after `session_hours`, and after
    `idle_minutes` in which its browser said nothing."""

    port: int = Field(default=8050, ge=0, le=65535)
    open: bool = True
    session_hours: int = Field(default=12, ge=1, le=720)
    idle_minutes: int = Field(default=60, ge=2, le=1440)


class RetentionSettings(BaseModel):
    """How long things are kept: points by event time, the applied part of the log by records, bytes and age, its source
    positions by number, letters from when they were last written and so many bytes of each source, and business records
    in days by the name of their table ("alarm": 90); 0 days is for ever, and a table that is not named has its own
    default. Nothing stays longer than `most_days` where that is set. Ledgers go into the folder `archive`, the home's
    own where none is named."""

    model_config = ConfigDict(extra="forbid")
    metrics_days: int = Field(default=400, ge=1)
    log_records: int = Field(default=50_000, ge=0)
    log_bytes: int = Field(default=1 << 30, ge=64 << 20)
    log_days: int = Field(default=30, ge=1)
    log_positions: int = Field(default=5_000_000, ge=10_000)
    letters_days: int = Field(default=400, ge=1)
    letters_bytes: int = Field(default=64 << 20, ge=1 << 20)
    answered_letters_days: int = Field(default=30, ge=1)
    records_days: dict[str, int] = {}
    most_days: int = Field(default=0, ge=0)
    archive: Path | None = None

    def bounded(self, days: int) -> int:
        """So many days (0: for ever), or `most_days` where that is less."""
        return min((each for each in (days, self.most_days) if each), default=0)

    def days_of(self, kept: Kept[BusinessRecord]) -> int:
        """How long a record of a type stays that is done with, 0 for ever."""
        return self.bounded(self.records_days.get(kept.table, kept.days)) if kept.removable else 0

    @field_validator("records_days")
    @classmethod
    def _removable(cls, days: dict[str, int]) -> dict[str, int]:
        removable = sorted(kept.table for kept in kept_types().values() if kept.removable)
        for table, number in days.items():
            if table not in removable:
                near = get_close_matches(table, removable, 1) or removable
                raise ValueError(f"nothing that can be removed is kept as {table!r}; write {' or '.join(near)}")
            if number < 0:
                raise ValueError(f"{table} is {number} days; give 1 or more, or 0 to keep everything")
        return days


class KafkaSettings(BaseModel):
    """The brokers ("host:port,host:port"); none named is the embedded system. Topics are `<prefix>.<topology>`.

    `security` is Kafka's security.protocol. Files are PEM. `topic_days` is how long a topic keeps what is applied.
    `api_version` ("2.0") is for brokers that do not tell theirs.
    """

    model_config = ConfigDict(extra="forbid")
    brokers: str = ""
    prefix: str = Field(default="telassure", pattern=r"^[a-zA-Z0-9._-]{1,100}$")
    replication: int = Field(default=1, ge=1, le=15)
    topic_days: int = Field(default=7, ge=1)
    api_version: str = Field(default="", pattern=r"^(\d+\.\d+)?$")
    security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    username: str = ""
    password: SecretStr = SecretStr("")
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None


class DatabaseSettings(BaseModel):
    """PostgreSQL, "postgresql://user@host:5432/name?sslmode=verify-full&sslrootcert=…"; each topology and the ledger of
    the log have a schema of their own in it. Empty is the embedded system. Beyond loopback and sockets a server has to
    prove its name: without `sslmode` it is verify-full, without `sslrootcert` by the authorities of the system."""

    model_config = ConfigDict(extra="forbid")
    url: str = ""
    password: SecretStr = SecretStr("")
    connections: int = Field(default=4, ge=1, le=64)

    @field_validator("url")
    @classmethod
    def _proving(cls, url: str) -> str:
        try:
            address = urlsplit(url)
            given, host = {name for name, _ in parse_qsl(address.query)}, address.hostname or ""
        except ValueError:
            return url  # whoever opens it says what is wrong with it
        if not url or "sslmode" in given or (host in _LOOPBACK and "host" not in given):
            return url
        proof = "sslmode=verify-full" + ("" if "sslrootcert" in given else "&sslrootcert=system")
        return f"{url}{'&' if address.query else '?'}{proof}"


class InfluxSettings(BaseModel):
    """InfluxDB v2 for scored points; without a url they lie in the home's own store, which one process writes."""

    model_config = ConfigDict(extra="forbid")
    url: str = ""
    org: str = "telassure"
    bucket: str = "telassure"
    token: SecretStr = SecretStr("")
    ca_file: Path | None = None


class WorkerSettings(BaseModel):
    """A worker over Kafka. `host`:`port` answer /live, /ready and /metrics (port 0: none). A partition that has input
    but has applied nothing for `stuck_seconds` ends the process; `session_seconds` is Kafka's session timeout;
    `unapplied_bytes` bounds what is received of one partition and not yet committed."""

    model_config = ConfigDict(extra="forbid")
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    stuck_seconds: float = Field(default=120.0, ge=5)
    session_seconds: float = Field(default=10.0, ge=1)
    unapplied_bytes: int = Field(default=64 << 20, ge=1 << 20)


class TracingSettings(BaseModel):
    """Where spans go: an OTLP/HTTP endpoint (http://collector:4318), or nowhere; `ratio` of new traces are sampled."""

    model_config = ConfigDict(extra="forbid")
    endpoint: str = ""
    ratio: float = Field(default=0.01, ge=0, le=1)


class NetworkSettings(BaseModel):
    """What is so of the whole network. `zone` is where its customers live: whose wall clock its days follow."""

    model_config = ConfigDict(extra="forbid")
    zone: str = ""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        return _zone(zone) if zone else zone


class AccessSettings(BaseModel):
    """Which acts take two persons (`four_eyes`): commands by their names, and "tariffs" for a change of any tariff."""

    model_config = ConfigDict(extra="forbid")
    four_eyes: list[str] = []


class DemoSettings(BaseModel):
    """The demo operator: its seed, its customers, how much history it sends before it goes live, and how long a home
    keeps anything in which it runs."""

    model_config = ConfigDict(extra="forbid")
    seed: int = 7
    customers: int = Field(default=20_000, ge=50, le=200_000)
    history_days: int = Field(default=14, ge=0, le=60)
    keep_days: int = Field(default=28, ge=1)


class FeedSettings(BaseModel):
    """A feed, by its name. `clock_offset` seconds are added to its times: -600 where its clock is ten minutes fast.
    `state`: an "expected" one is stale when it is silent, one that was only "seen" never, a "retired" one is not shown;
    empty: the page judges by the rhythm that it has kept."""

    model_config = ConfigDict(extra="forbid")
    clock_offset: float = Field(default=0.0, ge=-366 * 86_400, le=366 * 86_400)
    state: Literal["", "expected", "seen", "retired"] = ""


class HouseSettings(BaseSettings):
    """Everything that can be set but for the sections of the sources of input. `zone` is that of feeds whose times name
    none, `turn_records` the most in a turn.

    `secrets` is a folder (say /run/secrets) with one file each: api_token, dashboard_token, pseudonym_key, and
    kafka_password, database_password, influx_token, notify_url where the setting of that name is empty. Without it the
    home makes the first three by itself, which only fits one machine.
    """

    model_config = SettingsConfigDict(
        env_prefix="TELASSURE_", env_nested_delimiter="__", env_ignore_empty=True, extra="forbid"
    )
    home: Path = Path(".telassure")
    secrets: Path | None = None
    zone: str = "UTC"
    partitions: int = Field(default=1, ge=1, le=1024)
    series_limit: int = Field(default=200_000, ge=1)
    turn_records: int = Field(default=4_000, ge=1)
    future_seconds: int = Field(default=86_400, ge=60)
    arrival_seconds: int = Field(default=5, ge=0)
    held_seconds: int = Field(default=60, ge=0)
    sources: dict[str, FeedSettings] = {}
    log_level: str = "INFO"
    dashboards: DashboardSettings = DashboardSettings()
    retention: RetentionSettings = RetentionSettings()
    kafka: KafkaSettings = KafkaSettings()
    database: DatabaseSettings = DatabaseSettings()
    influx: InfluxSettings = InfluxSettings()
    worker: WorkerSettings = WorkerSettings()
    tracing: TracingSettings = TracingSettings()
    network: NetworkSettings = NetworkSettings()
    access: AccessSettings = AccessSettings()
    demo: DemoSettings = DemoSettings()
    receivers: dict[str, Receiver] = {}
    notify_url: str = ""
    pseudonym_key: str = ""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        return _zone(zone)

    def of(self, source: InputSource[Section]) -> Section:
        """The section of a source of input."""
        found = getattr(self, source.section)
        assert isinstance(found, source.settings)  # pydantic made it so
        return found

    @property
    def distributed(self) -> bool:
        """Kafka carries the input and PostgreSQL owns the state."""
        return bool(self.kafka.brokers)

    @model_validator(mode="after")
    def _whole(self) -> "HouseSettings":
        if bool(self.kafka.brokers) != bool(self.database.url):
            raise ValueError("kafka.brokers and database.url go together: set both (many machines) or none (embedded)")
        if self.distributed and self.secrets is None and not self.pseudonym_key:
            raise ValueError("many machines need one pseudonym_key: set `secrets` to the folder that holds it")
        for part, name in ((self.kafka, "password"), (self.database, "password"), (self.influx, "token")):
            self._fill(part, name)
        self.notify_url = self.notify_url or self._secret("notify_url")
        return self

    def _fill(self, part: BaseModel, name: str) -> None:
        """Take a secret that is not set from its file, where there is one."""
        section = type(part).__name__.removesuffix("Settings").lower()
        if not getattr(part, name).get_secret_value() and (text := self._secret(f"{section}_{name}")):
            setattr(part, name, SecretStr(text))

    def _secret(self, name: str) -> str:
        """What the file of this name in the folder of secrets holds, "" where there is none."""
        place = self.secrets / name if self.secrets else None
        try:
            return place.read_text(encoding="utf-8").strip() if place is not None and place.is_file() else ""
        except (OSError, UnicodeDecodeError) as unreadable:
            why = unreadable.strerror if isinstance(unreadable, OSError) else "it is not UTF-8"
            raise ValueError(f"{place} cannot be read: {why}; let the user of this process read it") from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings


def _with_sources(house: type[HouseSettings]) -> type[HouseSettings]:
    """The settings with a section for each source of input that is declared and has none yet."""
    sections: dict[str, Any] = {
        each.section: (each.settings, each.settings()) for each in sources() if each.section not in house.model_fields
    }
    return create_model("Settings", __base__=house, __doc__=house.__doc__, **sections) if sections else house


if TYPE_CHECKING:

    class Settings(HouseSettings):
        """Everything that can be set, the sections of the sources of input included."""

else:
    Settings = _with_sources(HouseSettings)


@derived
def settings_type() -> type[Settings]:
    """`Settings` for the sources that are declared now."""
    return cast("type[Settings]", _with_sources(Settings))


def isolated(home: Path) -> Settings:
    """The embedded system as it is by default, over a home; what files and the environment say counts for nothing."""
    kind = settings_type()
    defaults = {name: each.get_default(call_default_factory=True) for name, each in kind.model_fields.items()}
    return kind(**{**defaults, "home": home})


def load(file: Path | None = None, home: Path | None = None) -> Settings:
    """Settings from `file`, else from telassure.toml in the home, with the environment over them; a `home` that is
    named here stands over both.

    ConfigurationError names the setting and the file.
    """
    stated = {} if home is None else {"home": home}
    lying = home or Path(os.environ.get("TELASSURE_HOME") or ".telassure")
    place = file or lying / FILE
    if file is not None and not file.exists():
        raise ConfigurationError(f"{file}: there is no such settings file")
    written = _read(place) if place.exists() else {}
    kind = settings_type()
    refuse_unknown(os.environ, kind)
    try:
        return kind(**{"home": lying, **_over(written, EnvSettingsSource(kind)()), **stated})
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name, said = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
        if not name:  # of several settings together, which the text names
            raise ConfigurationError(f"{place} or the environment: {said}") from None
        variable = f"TELASSURE_{name.upper().replace('.', '__')}"
        raise ConfigurationError(f"{place} or {variable}: {name}: {said}") from None


def _over(written: Mapping[str, Any], environment: Mapping[str, Any]) -> dict[str, Any]:
    """What is written, with what the environment says over it, section by section."""
    both = {
        name: _over(written[name], value)
        for name, value in environment.items()
        if isinstance(value, dict) and isinstance(written.get(name), dict)
    }
    return {**written, **environment, **both}


def _read(place: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(place.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as wrong:
        raise ConfigurationError(f"{place}: {wrong}") from None
