"""Checks of the machine: the home, its space, its secrets, its ports."""

import http.client
import os
import socket
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote

from ingestion.sources.http.source import HTTP
from telassure.app.diagnosis.check import Check, Finding, fine, refused, wrong
from telassure.kernel.errors import ConfigurationError
from telassure.wiring.home import Home
from telassure.wiring.settings import Settings

LEAST_FREE: Final = 1 << 30
_LEAST_SCRATCH: Final = 64 << 20
_LEAST_FILES: Final = 1_000
_GIVEN: Final = {"api_token": "api", "dashboard_token": "dashboards", "pseudonym_key": "api"}
_ANSWER_SECONDS: Final = 1.0


class FileSystem(Protocol):
    """What os.statvfs gives."""

    @property
    def f_bavail(self) -> int: ...
    @property
    def f_frsize(self) -> int: ...
    @property
    def f_favail(self) -> int: ...
    @property
    def f_files(self) -> int: ...
    @property
    def f_flag(self) -> int: ...


Statvfs = Callable[[Path], FileSystem]


def checks(settings: Settings, statvfs: Statvfs = os.statvfs) -> list[Check]:
    """Those of any installation."""
    home = settings.home.absolute()
    # Over Kafka and PostgreSQL a home holds nothing that lasts: it is often a container's own small, empty folder.
    private, least = not settings.distributed, _LEAST_SCRATCH if settings.distributed else LEAST_FREE
    found = [
        Check("home", lambda: home_usable(home, private), f"make {home} a folder of the user that runs Telassure"),
        Check("disk", lambda: disk_free(home, statvfs, least), f"look at the file system of {home} with: df -h {home}"),
        Check("secrets", lambda: secrets_kept(settings), "make the secrets readable by their user"),
    ]
    endpoint = settings.of(HTTP)
    ports = [("api", endpoint.host, endpoint.port, "/healthz", "TELASSURE_API__PORT")]
    page = settings.dashboards
    ports.append(("dashboards", page.host, page.port, "/", "TELASSURE_DASHBOARDS__PORT"))
    worker = settings.worker
    ports.append(("worker", worker.host, worker.port, "/live", "TELASSURE_WORKER__PORT"))
    for name, host, port, path, variable in ports:
        if port:
            look = _port_look(host, port, path, variable)
            found.append(Check(f"port {name}", look, f"set {variable} to a port that nothing else uses"))
    return found


def _port_look(host: str, port: int, path: str, variable: str) -> Callable[[], Finding]:
    return lambda: port_ours(host, port, path, variable)


def existing(place: Path) -> Path:
    """The place, or the nearest folder above it that is there."""
    return next(each for each in (place, *place.parents) if each.exists())


def home_usable(home: Path, private: bool) -> Finding:
    """Writable by us and, where it is `private`, closed to everybody else; one that is yet to be made can be."""
    if not home.exists():
        above = existing(home)
        if not os.access(above, os.W_OK | os.X_OK):
            return wrong(
                f"{home} is not there and {above} cannot be written", f"run: mkdir -p {home} && chown $USER {home}"
            )
        return fine(f"{home} is not there yet; the first command makes it")
    if not home.is_dir() or not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        return wrong(
            f"{home} cannot be written by this user", f"run: sudo chown -R $USER {home}, or set TELASSURE_HOME"
        )
    mode = stat.S_IMODE(home.stat().st_mode)
    if private and mode & 0o077:
        return wrong(f"{home} is open to other users (mode {mode:03o})", f"run: chmod 700 {home}")
    return fine(f"{home} is writable, mode {mode:03o}")


def disk_free(home: Path, statvfs: Statvfs, least: int = LEAST_FREE) -> Finding:
    """At least `least` bytes and a thousand files are free where the home is, and the file system takes writes."""
    place = existing(home)
    here = statvfs(place)
    free = here.f_bavail * here.f_frsize
    if here.f_flag & os.ST_RDONLY:
        return wrong(f"the file system of {place} is read-only", f"run: mount -o remount,rw {_mount(place)}")
    room = "or set TELASSURE_HOME to a folder on a larger one"
    if free < least:
        return wrong(
            f"{free / 2**20:,.0f} MiB are free at {place}; {least / 2**20:,.0f} are the least",
            f"free {(least - free) / 2**20:,.0f} MiB on the file system of {_mount(place)}, {room}",
        )
    if here.f_files and here.f_favail < _LEAST_FILES:
        return wrong(f"only {here.f_favail} more files fit at {place}", f"delete files below {_mount(place)}, {room}")
    return fine(f"{free / 2**30:,.1f} GiB are free at {place}")


def _mount(place: Path) -> Path:
    return next((each for each in (place, *place.parents) if each.is_mount()), place)


def secrets_kept(settings: Settings) -> Finding:
    """Our own secrets are for their owner alone; those that somebody gives can be used and are safe from change."""
    if settings.secrets is not None:
        return _given(settings, settings.secrets)
    folder = settings.home.absolute() / "secrets"
    if not folder.is_dir():
        return fine("none made yet")
    open_ones = [each for each in sorted(folder.iterdir()) if stat.S_IMODE(each.stat().st_mode) & 0o077]
    if open_ones:
        names = ", ".join(each.name for each in open_ones)
        return wrong(
            f"other users can read {names} in {folder}", f"run: chmod 600 {folder}/* and make new ones by deleting them"
        )
    return fine(f"{folder} is for its owner alone")


def _given(settings: Settings, folder: Path) -> Finding:
    """A process is given only the secrets that it needs: one that is not there is wrong where the settings use it."""
    if not os.access(folder, os.R_OK | os.X_OK):
        return wrong(
            f"{folder} cannot be read by this user", f"mount the secrets at {folder}, or set TELASSURE_SECRETS"
        )
    there = [name for name in _GIVEN if (folder / name).exists()]
    for name in there:
        try:
            Home(settings.home, folder).secret(name)
        except ConfigurationError as unusable:
            return refused(unusable, f"make {folder / name} readable by the user of this process")
    if lacking := _lacking(settings):
        which = ", ".join(lacking)
        return wrong(f"{folder} has no {which}, which the settings need", f"put it into a file: {folder / lacking[0]}")
    if not there:
        first = f"run: openssl rand -hex 32 > {folder / next(iter(_GIVEN))}"
        return wrong(f"{folder} has none of {', '.join(_GIVEN)}", f"{first}, and the others that this process needs")
    writable = [each.name for each in sorted(folder.iterdir()) if each.is_file() and each.stat().st_mode & 0o022]
    if writable:
        return wrong(f"other users can change {', '.join(writable)} in {folder}", f"run: chmod go-w {folder}/*")
    absent = [f"{name} ({who})" for name, who in _GIVEN.items() if name not in there]
    return fine(f"{folder} has {', '.join(there)}" + (f"; not for this process: {', '.join(absent)}" if absent else ""))


def _lacking(settings: Settings) -> Sequence[str]:
    kafka, influx = settings.kafka, settings.influx
    needs = {
        "kafka_password": kafka.security.startswith("SASL") and not kafka.password.get_secret_value(),
        "influx_token": bool(influx.url) and not influx.token.get_secret_value(),
    }
    return [name for name, lacks in needs.items() if lacks]


def port_ours(host: str, port: int, path: str, variable: str) -> Finding:
    """Nothing listens there, or it is one of ours, which answers `path`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            return fine(f"{host}:{port} is free")
        except PermissionError:
            return wrong(f"this user may not listen on {host}:{port}", f"set {variable} to a port above 1023")
        except OSError as taken:
            if _answers_as_ours(_reached(host), port, path):
                return fine(f"{host}:{port} is answered by Telassure")
            return wrong(
                f"{host}:{port} cannot be listened on ({taken.strerror}), and it is not Telassure that answers there",
                f"set {variable} to a free port, or end what listens there (ss -ltnp 'sport = :{port}' names it)",
            )


def _reached(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # what it is compared with


def _answers_as_ours(host: str, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read(65_536)
        realm = answer.getheader("WWW-Authenticate", "")  # the page asks who is there before it says what it is
        return (
            b"telassure" in body.lower()
            or "telassure" in realm.lower()
            or (answer.status == http.HTTPStatus.OK and b'"status"' in body)
        )
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def secret_texts(settings: Settings) -> Sequence[str]:
    """Every secret that these settings or the home know, so that none is printed."""
    found = [settings.pseudonym_key]
    found += [secret.get_secret_value() for secret in (settings.kafka.password, settings.database.password)]
    found += [settings.influx.token.get_secret_value(), settings.notify_url]
    found += [receiver.url.get_secret_value() for receiver in settings.receivers.values()]
    for folder in (settings.home / "secrets", settings.secrets):
        if folder is not None and folder.is_dir():
            for each in folder.iterdir():
                if each.is_file() and os.access(each, os.R_OK):
                    found.append(each.read_text(errors="replace").strip())
    address = settings.database.url.partition("://")[2].rpartition("@")[0]
    written = address.partition(":")[2]
    return [text for text in (*found, written, unquote(written)) if text]
