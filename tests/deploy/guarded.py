"""Servers that prove who they are and let each process do what docs/deploy.md says it needs, and nothing else.

Kafka over SASL_SSL with an authorizer, PostgreSQL over TLS with a role per process, InfluxDB with a token per process.
The PostgreSQL rights are those of docs/deploy.md to the letter: they are read from it.
"""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from sqlalchemy import make_url

from tests.deploy.written import ROOT
from tests.influx import influxd
from tests.influx.influxd import Influxd
from tests.kafka.brokers import RealBroker
from tests.postgres import server as postgresql
from tests.postgres.server import PostgresServer

PREFIX: Final = "telassure"
ROLES: Final = {"setup": "telassure_owner", "api": "telassure_api", "worker": "telassure_worker",
                "dashboards": "telassure_page"}  # fmt: skip
_TOPICS: Final = {
    "setup": ("CREATE", "DESCRIBE", "DESCRIBE_CONFIGS", "ALTER", "ALTER_CONFIGS"),
    "api": ("READ", "WRITE"),
    "worker": ("READ", "WRITE"),
    "doctor": ("READ", "DESCRIBE_CONFIGS"),
}
_GROUPS: Final = {"worker": ("READ",)}


@dataclass(frozen=True)
class Guarded:
    """The servers, and what each kind of process shows them: `passwords` of Kafka and PostgreSQL by kind."""

    kafka: RealBroker
    postgres: PostgresServer
    influx: Influxd
    passwords: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict)

    def settings(self, kind: str) -> dict[str, str]:
        """The environment that tells a process of this kind where the servers are and who it is."""
        assert self.kafka.certificates is not None
        url = make_url(self.postgres.address).set(username=ROLES.get(kind, ROLES["worker"]))
        return {
            "TELASSURE_KAFKA__BROKERS": self.kafka.sasl_bootstrap,
            "TELASSURE_KAFKA__SECURITY": "SASL_SSL",
            "TELASSURE_KAFKA__USERNAME": kind,
            "TELASSURE_KAFKA__CA_FILE": str(self.kafka.certificates.ca),
            "TELASSURE_DATABASE__URL": url.render_as_string(hide_password=False),
        }

    def secret_files(self, kind: str, points: bool = True) -> dict[str, str]:
        """What lies in the secrets folder of a process of this kind, besides our own tokens; `points` says whether they
        are its matter."""
        found = {"kafka_password": self.passwords[kind], "database_password": self.passwords[kind]}
        return found | ({"influx_token": self.tokens[kind]} if points else {})


class _Authorised(RealBroker):
    """Whoever comes over PLAINTEXT, which only the test does, may do anything; others what they are granted."""

    def _security(self) -> list[str]:
        authorizer = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
        return [*super()._security(), f"authorizer.class.name={authorizer}", "super.users=User:ANONYMOUS"]


@contextmanager
def guarded() -> Iterator[Guarded]:
    """All three, empty, with logins and rights; they end with the block."""
    with ExitStack() as open_ones:
        places = [Path(open_ones.enter_context(TemporaryDirectory(prefix="telassure-guarded-"))) for _ in range(2)]
        broker = _Authorised(places[0], secured=True)
        broker.start()
        open_ones.callback(broker.kill)
        database = open_ones.enter_context(postgresql.running(ssl=True))
        points = open_ones.enter_context(influxd.running(influxd.influxd_or_skip(), places[1]))
        points.connection("telassure")
        passwords = {kind: secrets.token_urlsafe(16) for kind in (*ROLES, "doctor")}
        passwords["doctor"] = passwords["worker"]  # in PostgreSQL a doctor looks as a worker does
        granted = Guarded(broker, database, points, passwords, _tokens(points))
        _kafka_rights(granted)
        passing = [f"ALTER ROLE {role} PASSWORD '{passwords[kind]}'" for kind, role in ROLES.items()]
        with database.connect() as owner:
            for statement in (*grants(), *passing):
                owner.execute(statement)
        yield granted


def grants() -> Sequence[str]:
    """The statements of docs/deploy.md that make PostgreSQL's roles, in their order."""
    text = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    written = re.sub(r"--.*", "", block)
    return [statement.strip() for statement in re.split(r";\s*\n", written) if statement.strip()]


def _kafka_rights(granted: Guarded) -> None:
    admin = AdminClient({"bootstrap.servers": granted.kafka.bootstrap, "log_level": 0})
    scram = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    several = [UserScramCredentialUpsertion(kind, scram, password.encode(), secrets.token_bytes(16))
               for kind, password in granted.passwords.items()]  # fmt: skip
    rights = [_allow(kind, ResourceType.TOPIC, name) for kind, names in _TOPICS.items() for name in names]
    rights += [_allow(kind, ResourceType.GROUP, name) for kind, names in _GROUPS.items() for name in names]
    for asked in (admin.alter_user_scram_credentials(several), admin.create_acls(rights)):
        for answer in asked.values():
            answer.result(60)


def _allow(user: str, kind: Any, operation: str) -> AclBinding:
    prefixed, allowed = ResourcePatternType.PREFIXED, AclPermissionType.ALLOW
    return AclBinding(kind, f"{PREFIX}.", prefixed, f"User:{user}", "*", AclOperation[operation], allowed)


def _tokens(points: Influxd) -> dict[str, str]:
    """One that reads and writes the bucket for workers, one that reads it for the page."""
    org = points.call("GET", f"/api/v2/orgs?org={influxd.ORG}")["orgs"][0]["id"]
    bucket = points.call("GET", "/api/v2/buckets?name=telassure")["buckets"][0]["id"]

    def made(*actions: str) -> str:
        resource = {"type": "buckets", "id": bucket, "orgID": org}
        rights = [{"action": action, "resource": resource} for action in actions]
        answer = points.call("POST", "/api/v2/authorizations", {"orgID": org, "permissions": rights})
        return str(answer["token"])

    return {"worker": made("read", "write"), "dashboards": made("read"), "doctor": made("read")}
