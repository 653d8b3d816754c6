"""Checks of the databases: SQLite files of the home, or the schemas of a PostgreSQL server; and their clock."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from telassure.app.diagnosis.check import Check, Finding, fine, refused, wrong
from telassure.app.diagnosis.clocks import compared
from telassure.kernel.errors import LogMismatch, TelassureError
from telassure.kernel.ports import Clock
from telassure.store.sql import examine
from telassure.store.sql.checkpoints import stored_checkpoints
from telassure.store.sql.end_marks import SUFFIX
from telassure.store.sql.log_file import WAYS_OUT
from telassure.wiring import places
from telassure.wiring.home import Home
from telassure.wiring.settings import Settings

_CHECK_SECONDS: Final = 2.0
_NEXT: Final = 1_000  # records after a checkpoint
_NEXT_BYTES: Final = 16 << 20
_OLDEST: Final = 130_000
_SERVER: Final = ("postgresql",)
_RESTORED: Final = (
    "restore the home: telassure restore FOLDER HOME; or accept the log as it is, and go on without what is lost:"
    " telassure log adopt"
)
_LOOKS: Final = "look at database.url and at the server's log"


def checks(settings: Settings, clock: Clock) -> list[Check]:
    """A check a database; PostgreSQL's server and clock besides, an embedded home's number of partitions."""
    kinds = {places.LOG: "log"} | dict.fromkeys(places.TOPOLOGIES, "state")
    found: list[Check] = []
    if settings.distributed:
        url = places.database_url(settings, places.LOG)
        found.append(Check("postgresql", partial(server_sound, settings, url), _LOOKS))
        found.append(
            Check(
                "postgresql clock", lambda: compared("PostgreSQL", lambda: _server_clock(url), clock), _LOOKS, _SERVER
            )
        )
    else:
        found.append(
            Check("partitions", lambda: partitions_kept(settings), "set TELASSURE_PARTITIONS as the home says")
        )
        found.append(Check("log", lambda: log_recognised(settings), _RESTORED, ("database log",)))
        metrics = Home(settings.home).metrics / "points.db"
        if not settings.influx.url:
            found.append(Check("points", partial(file_sound, metrics), f"move {metrics} away to start anew"))
    for name, kind in kinds.items():
        look: Callable[[], Finding] = partial(database_sound, settings, name, kind)
        advice = _LOOKS if settings.distributed else "start nothing before it is mended"
        found.append(Check(f"database {name}", look, advice, _SERVER))
    return found


def _server_clock(url: str) -> int:
    return examine.server(url).clock


def server_sound(settings: Settings, url: str) -> Finding:
    """It answers, is 13 or newer, and does not lose what it has acknowledged."""
    try:
        found = examine.server(url)
    except TelassureError as failed:
        said = refused(failed, "")
        return wrong(*_unreachable(settings, said.found))
    version = f"{found.version // 10_000}.{found.version % 10_000}"
    if found.version < _OLDEST:
        return wrong(f"PostgreSQL {version} is older than 13", "upgrade the server: pg_upgradecluster, or pg_upgrade")
    if not found.fsync:
        return wrong(
            f"PostgreSQL {version} runs with fsync off: a crash may lose what was acknowledged",
            "run: psql -c 'ALTER SYSTEM SET fsync = on' && psql -c 'SELECT pg_reload_conf()'",
        )
    return fine(f"PostgreSQL {version} answers, fsync is on")


def _unreachable(settings: Settings, said: str) -> tuple[str, str]:
    """What the server or the network said, and what to do about it."""
    address = settings.database.url.partition("://")[2]
    where = address.rpartition("@")[2].partition("?")[0]
    user, name = address.partition("@")[0].partition(":")[0], where.partition("/")[2]
    if "password authentication failed" in said or "no password supplied" in said:
        return said, f"set TELASSURE_DATABASE__PASSWORD (or the secret database_password) to the password of {user}"
    if "database" in said and "does not exist" in said:
        return said, f"run: createdb {name}, then grant what docs/deploy.md names; or mend the name in database.url"
    if "does not support SSL" in said:
        return said, "set ssl = on in postgresql.conf; or, on a network of your own, sslmode=disable in database.url"
    if "certificate" in said or "SSL" in said:
        return said, (
            "name the server in database.url as its certificate does, and in sslrootcert the PEM file of its authority"
        )
    if "no pg_hba.conf entry" in said:
        return said, f"add a line for {user} from this machine to pg_hba.conf, then: psql -c 'SELECT pg_reload_conf()'"
    return said, f"start PostgreSQL at {where.partition('/')[0]}, or mend the host and port in database.url"


def database_sound(settings: Settings, name: str, kind: str) -> Finding:
    """Its tables are all there, of a revision this release can use, and may be written; a file is sound besides."""
    url = places.database_url(settings, name)
    sound = fine("")
    if not settings.distributed:
        sound = file_sound(settings.home / f"{name}.db")
        if not sound.ok:
            return sound
    state = examine.schema(url, kind)
    if state is None:
        return fine("not there yet; the first command makes it")
    return next(_faults(settings, name, state), fine(f"revision {state.revision} {sound.found}".strip()))


def _faults(settings: Settings, schema: str, state: examine.SchemaState) -> Iterator[Finding]:
    command = "telassure topics apply" if settings.distributed else "telassure run"
    if state.revision is None and settings.distributed:
        yield wrong(
            f"{state.name} has no tables that this user may see",
            f"run once: {command} as the owner of the schema {schema}; where it was run, grant this user"
            f" USAGE on schema {schema} and SELECT on its tables",
        )
    if state.revision is None:
        yield wrong(f"{state.name} has no tables of ours", f"run: mv {state.name} {state.name}.foreign")
    if not state.serves:
        yield wrong(
            f"{state.name} is at revision {state.revision}, this release needs {state.expected}",
            f"run once: {command} (it migrates), or install the release that wrote the newer revision",
        )
    if state.missing:
        yield wrong(f"{state.name} lacks {_few(state.missing)}", _restore(settings, state.name))
    if state.unwritable:
        user = settings.database.url.partition("://")[2].partition("@")[0].partition(":")[0]
        grant = f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {user}"
        yield wrong(f"{state.name}: {_few(state.unwritable)} cannot be written", f"run as their owner: {grant}")


def _few(tables: tuple[str, ...]) -> str:
    return f"the table{'s' if len(tables) > 1 else ''} {', '.join(tables[:3])}{' …' if len(tables) > 3 else ''}"


def _restore(settings: Settings, name: str) -> str:
    if settings.distributed:
        base = name.rpartition("/")[0].rpartition("/")[2]
        return f"stop api and workers, restore all schemas from one backup: pg_restore --clean --dbname={base} BACKUP"
    return f"restore {name} from a backup, or move the home away and replay its input"


def file_sound(file: Path) -> Finding:
    """SQLite's own quick check, for two seconds at most."""
    if not file.is_file():
        return fine("not there yet; the first command makes it")
    damage = examine.damage(file, _CHECK_SECONDS)
    if damage:
        return wrong(f"{file} is damaged: {damage}", f"end all commands, then restore {file} from a backup")
    return fine(f"{file.name} is sound, {file.stat().st_size / 2**20:,.1f} MiB")


def log_recognised(settings: Settings) -> Finding:
    """The log is the one that was written to, and the one that every state was made from."""
    known = {name: places.database_url(settings, name) for name in places.TOPOLOGIES}
    file, url = settings.home / f"{places.LOG}.db", places.database_url(settings, places.LOG)
    if file.is_file() and (state := examine.schema(url, "log")) is not None and not state.serves:
        return fine("of another release; the next command migrates it")
    several, _ = stored_checkpoints(known)
    if not file.is_file() and not several and not file.with_suffix(SUFFIX).is_file():
        return fine("not there yet; the first command makes it")
    try:
        with closing(places.event_log(settings)) as log:
            for place, stands in several.items():
                log.recognise(*place, stands.offset, stands.mark)
                log.read(*place, stands.offset, _NEXT, _NEXT_BYTES)
            log.end(places.LOG, 0)
    except LogMismatch as other:
        return wrong(str(other).removesuffix(f": {WAYS_OUT}"), _RESTORED)
    return fine(f"the one that {len(several)} partitions were read from")


def partitions_kept(settings: Settings) -> Finding:
    """The home was begun with as many partitions as the settings say."""
    place = settings.home / "partitions"
    if not place.is_file():
        return fine(f"{settings.partitions}; the home does not say yet")
    recorded = place.read_text().strip()
    if recorded != str(settings.partitions):
        return wrong(
            f"the settings say {settings.partitions} partitions, {settings.home} was begun with {recorded}",
            f"set TELASSURE_PARTITIONS to {recorded}",
        )
    return fine(f"{recorded}, as the home was begun")


def standings(settings: Settings, target: str) -> Mapping[str, examine.DatabaseContent]:
    """What each topology's database holds, of those that this release can read."""
    found = {}
    for name in places.TOPOLOGIES:
        url = places.database_url(settings, name)
        state = examine.schema(url, "state")
        if state is not None and state.serves and not state.missing:
            found[name] = examine.standing(url, name, target)
    return found
