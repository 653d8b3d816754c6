"""Settings: one TOML file, the environment over it (`TELASSURE_HOME`, `TELASSURE_API__PORT` …). Read here only."""

import os
import tomllib
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from telassure.errors import ConfigurationError

FILE: Final = "telassure.toml"


class ApiSettings(BaseModel):
    """The ingestion endpoint. `body_bytes` bounds one request, `concurrency` the requests under way."""

    model_config = ConfigDict(extra="forbid")
    host: str = "127.0.0.1"
    port: int = Field(default=8051, ge=0, le=65535)
    body_bytes: int = Field(default=16 << 20, ge=1024)
    concurrency: int = Field(default=64, ge=1)


class DashboardSettings(BaseModel):
    """The page. Off loopback it needs the dashboard token."""

    model_config = ConfigDict(extra="forbid")
    host: str = "127.0.0.1"
    port: int = Field(default=8050, ge=0, le=65535)


class RetentionSettings(BaseModel):
    """How long things are kept: points by event time, and the applied part of the log by records."""

    model_config = ConfigDict(extra="forbid")
    metrics_days: int = Field(default=400, ge=1)
    log_records: int = Field(default=50_000, ge=0)


class DemoSettings(BaseModel):
    """The demo operator: its seed, and how much history it sends before it goes live."""

    model_config = ConfigDict(extra="forbid")
    seed: int = 7
    history_days: int = Field(default=14, ge=0, le=60)


class Settings(BaseSettings):
    """Everything that can be set. `zone` is that of feeds whose times name none, `turn_records` the most in a turn."""

    model_config = SettingsConfigDict(
        env_prefix="TELASSURE_", env_nested_delimiter="__", env_ignore_empty=True, extra="forbid"
    )
    home: Path = Path(".telassure")
    zone: str = "UTC"
    partitions: int = Field(default=1, ge=1, le=1024)
    series_limit: int = Field(default=200_000, ge=1)
    turn_records: int = Field(default=4_000, ge=1)
    future_seconds: int = Field(default=3_600, ge=1)
    log_level: str = "INFO"
    api: ApiSettings = ApiSettings()
    dashboards: DashboardSettings = DashboardSettings()
    retention: RetentionSettings = RetentionSettings()
    demo: DemoSettings = DemoSettings()
    notify_url: str = ""
    pseudonym_key: str = ""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{zone!r} is not a time zone; write one like Europe/Berlin") from None
        return zone

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings


def load(file: Path | None = None) -> Settings:
    """Settings from `file`, else from telassure.toml in the home, with the environment over them.

    ConfigurationError names the setting and the file.
    """
    home = Path(os.environ.get("TELASSURE_HOME") or ".telassure")
    place = file or home / FILE
    if file is not None and not file.exists():
        raise ConfigurationError(f"{file}: there is no such settings file")
    written = _read(place) if place.exists() else {}
    try:
        return Settings(**{"home": home, **written})
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = ".".join(map(str, first["loc"]))
        variable = f"TELASSURE_{name.upper().replace('.', '__')}"
        raise ConfigurationError(f"{place} or {variable}: {name}: {first['msg']}") from None


def _read(place: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(place.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as wrong:
        raise ConfigurationError(f"{place}: {wrong}") from None
