"""What PostgreSQL and InfluxDB keep, as files of an embedded home; and back."""

from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from telassure.kernel.errors import ConfigurationError, InvalidInput
from telassure.kernel.instant import DAY
from telassure.store.backup.copies import settle
from telassure.store.backup.manifest import Manifest
from telassure.store.backup.point_copies import copy_points
from telassure.store.metrics_embedded.store import FILE, EmbeddedMetricStore
from telassure.wiring.places import LOG, TOPOLOGIES, database_url, metric_store
from telassure.wiring.settings import Settings

POSTGRESQL: Final = "PostgreSQL"
INFLUXDB: Final = "InfluxDB"
_NEEDED: Final = {
    POSTGRESQL: "set database.url and kafka.brokers (TELASSURE_DATABASE__URL, TELASSURE_KAFKA__BROKERS)",
    INFLUXDB: "set influx.url (TELASSURE_INFLUX__URL)",
}


def servers(settings: Settings) -> list[str]:
    """Who keeps the state and the points, none where the home does."""
    return [POSTGRESQL] * settings.distributed + [INFLUXDB] * bool(settings.influx.url)


def files_of(name: str, file: str) -> bool:
    """Whether a file of a backup holds what a server of this name keeps."""
    databases = {f"{each}.db" for each in (LOG, *TOPOLOGIES)}
    return file in databases if name == POSTGRESQL else Path(file).parts[0] == "metrics"


def copy_schemas(settings: Settings, making: Path) -> None:
    """Every schema in one snapshot, a file each."""
    files = _schema_files(making)
    try:
        _transcribed(settings, files)
    except InvalidInput:  # the earlier backup in this folder was of another database
        for name in files:
            (making / f"{name}.db").unlink(missing_ok=True)
        _transcribed(settings, files)


def _transcribed(settings: Settings, files: Mapping[str, tuple[str, str]]) -> None:
    from telassure.store.sql.transcript import to_files

    to_files(database_url(settings, LOG), files)
    for _, url in files.values():
        settle(Path(url.removeprefix("sqlite:///")))


def _schema_files(making: Path) -> Mapping[str, tuple[str, str]]:
    kinds = {LOG: "log", **dict.fromkeys(TOPOLOGIES, "state")}
    return {name: (kind, f"sqlite:///{making / f'{name}.db'}") for name, kind in kinds.items()}


def copy_bucket(settings: Settings, making: Path) -> None:
    """Every point, in the file in which a home keeps them."""
    place = making / "metrics"
    with closing(metric_store(settings, read_only=True)) as source:
        newest = source.newest()
        with closing(EmbeddedMetricStore(place)) as to:
            if newest is not None:
                to.retain(newest - settings.retention.metrics_days * DAY)
            alike = copy_points(source, to)
        if not alike:  # the bucket has lost points that an earlier backup holds
            (place / FILE).unlink()
            with closing(EmbeddedMetricStore(place)) as to:
                copy_points(source, to)
    settle(place / FILE)


def fit(settings: Settings, found: Manifest) -> None:
    """ConfigurationError unless these settings name the servers that a backup is to be put into."""
    for name in found.servers:
        if name not in servers(settings):
            raise ConfigurationError(f"the backup holds what {name} kept: {_NEEDED[name]}, or give --config")
    if POSTGRESQL in found.servers and settings.partitions != found.partitions:
        raise ConfigurationError(f"the backup is of {found.partitions} partitions: set TELASSURE_PARTITIONS to that")


def put_back(settings: Settings, found: Manifest, making: Path) -> None:
    """Fill empty servers from files. The schemas are filled in one transaction; points come first, since what is there
    of them after an interruption harms nobody."""
    if INFLUXDB in found.servers:
        with closing(metric_store(settings, read_only=False)) as to:
            if to.newest() is not None:
                raise InvalidInput("it holds points; name an empty bucket", f"influx.bucket {settings.influx.bucket}")
            with closing(EmbeddedMetricStore(making / "metrics", read_only=True)) as source:
                copy_points(source, to)
    if POSTGRESQL in found.servers:
        from telassure.store.sql.migrate import upgrade
        from telassure.store.sql.transcript import from_files

        files = _schema_files(making)
        for name, (kind, _) in files.items():
            upgrade(database_url(settings, name), kind)
        from_files(database_url(settings, LOG), files)
    for place in [each for each in making.rglob("*") if each.is_file()]:
        if any(files_of(name, place.relative_to(making).as_posix()) for name in found.servers):
            with suppress(FileNotFoundError):
                place.unlink()
