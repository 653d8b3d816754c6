"""What lies in a home, for who replays it: its log, the catalogue in force and its key, opened for reading only."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from secrets import token_bytes

from ingestion.batches.routes import FOLLOWED
from ingestion.fields.privacy import Pseudonymiser
from telassure.kernel.errors import ConfigurationError
from telassure.kernel.events import CatalogueEntry
from telassure.kernel.ports import LogRecord
from telassure.store.sql import SqlLogReader
from telassure.store.sql.catalogue import read
from telassure.store.sql.readable import ReadableDatabase
from telassure.wiring.home import Home
from telassure.wiring.places import LOG, database_url
from telassure.wiring.settings import Settings

_KEY_BYTES = 32


def recorded_log(settings: Settings) -> Mapping[tuple[str, int], Sequence[LogRecord]]:
    """Every record that the home's log still holds. ConfigurationError where the log is not the home's own."""
    if settings.distributed:
        raise ConfigurationError("a past day is read from the log of a home, and this system's log is in Kafka")
    with closing(SqlLogReader(database_url(settings, LOG))) as log:
        return log.records()


def catalogue_now(settings: Settings) -> Sequence[CatalogueEntry]:
    """The catalogue as the home has it by now."""
    with closing(ReadableDatabase(database_url(settings, FOLLOWED[0]))) as database:
        found = database.ask(lambda connection: list(read(connection, *FOLLOWED)))
    return found[0] if found else []


def known_pseudonymiser(settings: Settings) -> Pseudonymiser:
    """The home's own; where it has no key yet, no subscriber is known in it, and any key will do."""
    home = Home(settings.home, settings.secrets)
    made = settings.secrets is not None or (settings.home / "secrets" / "pseudonym_key").exists()
    if settings.pseudonym_key or made:
        return Pseudonymiser((settings.pseudonym_key or home.secret("pseudonym_key")).encode())
    return Pseudonymiser(token_bytes(_KEY_BYTES))
