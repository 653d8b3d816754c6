"""compose.yaml's services of our own image as plain processes, over servers that listen on loopback."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from tests.conftest import free_port
from tests.deploy.written import DEPLOY, ROOT, compose, environment_of, our_services, run
from tests.system.installation import until

GRACE_SECONDS: Final = 60.0
# Loopback, but not the name under which the page asks for no token.
PAGE_HOST: Final = "127.0.0.2"


@dataclass(frozen=True)
class Servers:
    """What stands in for `kafka`, `postgres` and `influxdb`; without a url of InfluxDB points lie in the home."""

    brokers: str
    database: str
    database_password: str
    influx: str = ""
    influx_token: str = ""


@dataclass
class Deployment:
    """The processes of a compose file under `place`; `end` stops them as an engine would: SIGTERM, then SIGKILL.

    `told` and `given` say of a service which settings it is told besides, and which secrets it is given instead of
    those that all have.
    """

    place: Path
    servers: Servers
    variables: Mapping[str, str] = field(default_factory=dict)
    told: Callable[[str], Mapping[str, str]] = lambda service: {}
    given: Callable[[str], Mapping[str, str]] = lambda service: {}
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    environments: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.services = our_services(compose(**self.variables))
        run([DEPLOY / "compose" / "make-secrets.sh", self.place / "made"])
        (self.place / "made" / "database_password").chmod(0o600)
        (self.place / "made" / "database_password").write_text(self.servers.database_password)
        (self.place / "made" / "influx_token").chmod(0o600)
        (self.place / "made" / "influx_token").write_text(self.servers.influx_token or "f" * 32)

    def secret(self, name: str) -> str:
        return (self.place / "made" / name).read_text().strip()

    def complete(self, service: str, seconds: float = 120) -> str:
        """Run a one-shot service to its end; what it said."""
        ran = subprocess.run(
            self._command(service), env=self._environment(service, service), cwd=ROOT, capture_output=True, text=True,
            timeout=seconds, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, f"{service} ended with {ran.returncode}:\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    def start(self, service: str) -> list[str]:
        """Start a service as often as its replicas say; the names of its processes."""
        replicas = int(self.services[service]["deploy"].get("replicas", 1))
        names = [f"{service}-{number}" for number in range(1, replicas + 1)]
        for name in names:
            environment = self._environment(service, name)
            with self._log(name).open("ab") as said:
                self.running[name] = subprocess.Popen(
                    self._command(service), env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=said,
                    stderr=said, start_new_session=True,
                )  # fmt: skip
        return names

    def healthy(self, name: str) -> bool:
        """What the service's own health check says of it; an error where it has ended."""
        assert self.running[name].poll() is None, (
            f"{name} ended with {self.running[name].returncode}:\n{self.said(name)}"
        )
        check = self.services[name.rpartition("-")[0]]["healthcheck"]["test"]
        assert check[:3] == ["CMD", "python", "-I"]
        script = DEPLOY / "image" / Path(check[3]).name
        return subprocess.run([sys.executable, "-I", script], env=self.environments[name], check=False).returncode == 0

    def await_health(self, seconds: float = 120) -> None:
        for name in self.running:
            until(lambda name=name: self.healthy(name), seconds, f"the health of {name}")  # type: ignore[misc]

    def url(self, name: str) -> str:
        """Where a process answers."""
        place = urlsplit(self.environments[name]["HEALTHCHECK_URL"])
        return urlunsplit((place.scheme, place.netloc, "", "", ""))

    def said(self, name: str) -> str:
        return self._log(name).read_text(errors="replace") if self._log(name).exists() else ""

    def end(self) -> dict[str, int]:
        """How each process ended once asked to; what does not end in its grace is killed, and has a code below 0."""
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        codes = {}
        for name, process in self.running.items():
            try:
                codes[name] = process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                codes[name] = process.wait()
        self.running.clear()
        return codes

    def _log(self, name: str) -> Path:
        return self.place / f"{name}.log"

    def _command(self, service: str) -> list[str]:
        return [sys.executable, "-m", "telassure.app.cli.main", *self.services[service]["command"]]

    def _environment(self, service: str, name: str) -> dict[str, str]:
        """The service's own, its addresses replaced by those of this machine, and only the secrets that it is given."""
        told = environment_of(self.services[service])
        shown = self.place / f"{name}-secrets"
        shutil.rmtree(shown, ignore_errors=True)
        shown.mkdir()
        for secret in self.services[service]["secrets"]:
            (shown / secret).symlink_to(self.place / "made" / secret)
        for secret, text in self.given(service).items():
            (shown / secret).unlink(missing_ok=True)
            (shown / secret).write_text(text)
        told |= {"TELASSURE_HOME": str(self.place / f"{name}-home"), "TELASSURE_SECRETS": str(shown)}
        told |= {"TELASSURE_KAFKA__BROKERS": self.servers.brokers, "TELASSURE_DATABASE__URL": self.servers.database}
        told["TELASSURE_INFLUX__URL"] = self.servers.influx if told["TELASSURE_INFLUX__URL"] else ""
        told |= self.told(service)
        for section, host in (("API", "127.0.0.1"), ("WORKER", "127.0.0.1"), ("DASHBOARDS", PAGE_HOST)):
            if f"TELASSURE_{section}__PORT" in told:
                port = free_port()
                told |= {f"TELASSURE_{section}__HOST": host, f"TELASSURE_{section}__PORT": str(port)}
                check = urlsplit(told["HEALTHCHECK_URL"])
                told["HEALTHCHECK_URL"] = urlunsplit(check._replace(netloc=f"{host}:{port}"))
        kept = {key: value for key, value in os.environ.items() if not key.startswith("TELASSURE_")}
        self.environments[name] = kept | told
        return self.environments[name]


def settings_of(deployment: Deployment, name: str) -> dict[str, Any]:
    """The TELASSURE_ variables of a process, for reading what it wrote."""
    return {key: value for key, value in deployment.environments[name].items() if key.startswith("TELASSURE_")}
