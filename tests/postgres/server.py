"""A real PostgreSQL for tests: a cluster of its own in a temporary directory, on a free port of loopback.

The server refuses to run as root, who therefore starts it as the user postgres. Tests take the fixture `postgres` from
here; where no server is installed they are skipped, or fail where TELASSURE_REQUIRE_POSTGRES=1.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg
import pytest

from telassure.store.sql.server import schema_url
from tests.conftest import free_port
from tests.postgres.certificates import certify

USER: Final = "telassure"
PASSWORD: Final = "s3cret/at:rest"
DATABASE: Final = "telassure"
_PATIENCE: Final = 30.0  # seconds for a server to start or stop
_MODES: Final = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}


def binaries() -> Path | None:
    """The newest installed server's folder, on the PATH or where Debian puts it."""
    found = shutil.which("postgres")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


class PostgresServer:
    """A running cluster. `url(schema)` is what a store takes, `address` what a person writes into the settings."""

    def __init__(self, bin_folder: Path, root: Path, ssl: bool = False, **settings: object) -> None:
        self.root, self.port, self.ssl = root, free_port(), ssl
        self._bin, self._settings = bin_folder, settings
        self._as: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if _is_root() else {}
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)
        self._make()

    @property
    def address(self) -> str:
        """Without its password."""
        checked = f"?sslmode=verify-full&sslrootcert={quote(str(self.ca), safe='/')}" if self.ssl else ""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{DATABASE}{checked}"

    @property
    def ca(self) -> Path:
        """The certificate authority that signed the server's certificate."""
        return self.root / "ca.pem"

    @property
    def log(self) -> str:
        return (self.root / "server.log").read_text(errors="replace")

    def url(self, schema: str) -> str:
        return schema_url(self.address, schema, PASSWORD)

    def fresh(self, kind: str = "test") -> str:
        """A schema's name that no test has had."""
        return f"{kind}_{next(self._numbers)}"

    def connect(self, **more: Any) -> psycopg.Connection[Any]:
        """As the owner of the cluster, in autocommit."""
        where = {"host": "127.0.0.1", "port": self.port, "dbname": DATABASE, "user": USER, "password": PASSWORD}
        return psycopg.connect(**(where | more), autocommit=True)

    def start(self) -> None:
        command = [str(self._bin / "postgres"), "-D", str(self.root / "cluster"), "-p", str(self.port)]
        chosen = {"unix_socket_directories": str(self.root), "listen_addresses": "127.0.0.1", **self._settings}
        if self.ssl:
            chosen |= {"ssl": "on", "ssl_cert_file": self.root / "server.pem", "ssl_key_file": self.root / "server.key"}
        command += [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        with (self.root / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.root, **self._as)
        self._await()

    def stop(self, mode: str = "fast") -> None:
        """As `pg_ctl stop -m`: smart waits for sessions to end, fast ends them, immediate is a crash."""
        if self._process is not None:
            self._process.send_signal(_MODES[mode])
            self._process.wait(_PATIENCE)
            self._process = None

    def restart(self, mode: str = "fast") -> None:
        self.stop(mode)
        self.start()

    def _make(self) -> None:
        secret = self.root / "password"
        secret.write_text(PASSWORD)
        (self.root / "server.log").touch()
        if self.ssl:
            certify(self.root)
        if _is_root():
            self.root.chmod(0o755)
            for path in (self.root, *self.root.iterdir()):
                shutil.chown(path, "postgres", "postgres")
        command = [str(self._bin / "initdb"), "-D", str(self.root / "cluster"), "-U", USER, "--pwfile", str(secret)]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.root, **self._as)
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stdout}{done.stderr}")
        secret.unlink()
        self.start()
        with self.connect(dbname="postgres") as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}")

    def _await(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self.connect(dbname="postgres", connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start:\n{self.log}") from None
                time.sleep(0.02)


def _is_root() -> bool:
    return os.geteuid() == 0


@contextmanager
def running(ssl: bool = False, **settings: object) -> Iterator[PostgresServer]:
    """A cluster until the block ends. `settings` are postgresql.conf's; fsync is on unless they say otherwise."""
    bin_folder = binaries()
    if bin_folder is None:
        raise FileNotFoundError("no PostgreSQL server: neither on the PATH nor under /usr/lib/postgresql")
    root = Path(tempfile.mkdtemp(prefix="telassure-pg-"))
    server: PostgresServer | None = None
    try:
        server = PostgresServer(bin_folder, root, ssl, **settings)
        yield server
    finally:
        if server is not None:
            server.stop("fast")
        shutil.rmtree(root, ignore_errors=True)


def required() -> None:
    """Skip the test where there is no server, fail it where there has to be one."""
    if binaries() is None:
        reason = "no PostgreSQL server is installed (Debian: apt-get install postgresql)"
        if os.environ.get("TELASSURE_REQUIRE_POSTGRES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for the session; each test takes a schema of its own in it (`fresh`)."""
    required()
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_ssl() -> Iterator[PostgresServer]:
    """A server that proves its name with a certificate of its own authority."""
    required()
    with running(ssl=True) as server:
        yield server
