"""Kafka for tests: the mock cluster inside confluent_kafka, and a real Apache Kafka (KRaft, one node) on loopback.

`python -m tests.kafka.brokers [--secured] [--heap 512m]` starts a real one, prints where it listens and waits.
"""

import argparse
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.conftest import free_port
from tests.kafka.certificates import Certificates, self_made

ROOT: Final = Path(__file__).resolve().parents[2]
FETCH: Final = "mvn -q -B -f .ci/kafka/pom.xml dependency:copy-dependencies"
START_SECONDS: Final = 300.0  # a machine that does much else at once
QUICK: Final = ("-XX:TieredStopAtLevel=1",)  # starts with half the work; a benchmark wants the other compiler too
USER: Final = "telassure"
_CLUSTER: Final = "MkU3OEVBNTcwNTJENDM2Qk"  # any 16 bytes, base64


def missing() -> str:
    """Why no real broker can be started here, or nothing."""
    if shutil.which("java") is None:
        return "no java on PATH, so no real Kafka"
    if not any(jars().glob("kafka_2.13-*.jar")):
        return f"no Kafka in {jars()}: fetch it with `{FETCH}`, or name its jars by TELASSURE_KAFKA_JARS"
    return ""


def jars() -> Path:
    """Where Kafka's jars lie."""
    return Path(os.environ.get("TELASSURE_KAFKA_JARS") or ROOT / "build" / "kafka")


@contextlib.contextmanager
def mock_cluster(brokers: int = 1) -> Iterator[str]:
    """librdkafka's mock cluster; yields its bootstrap servers. A topic is there once named, with 4 partitions."""
    keeper = Producer({"test.mock.num.brokers": brokers, "bootstrap.servers": "", "log_level": 0})
    found = keeper.list_topics(timeout=10).brokers.values()
    yield ",".join(f"{broker.host}:{broker.port}" for broker in found)
    del keeper


def create(bootstrap: str, topic: str, partitions: int = 1, **config: str) -> None:
    """A topic of a real broker, for tests that are not about topics; `config` with _ for the dots."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    named = {name.replace("_", "."): value for name, value in config.items()}
    admin.create_topics([NewTopic(topic, partitions, config=named)])[topic].result(30)


def named(bootstrap: str, topic: str) -> None:
    """A topic of a mock cluster, which makes it on being asked for it, with 4 partitions."""
    AdminClient({"bootstrap.servers": bootstrap, "allow.auto.create.topics": True}).list_topics(topic, timeout=10)


@dataclass(frozen=True)
class Ports:
    """One port per listener: PLAINTEXT for clients, the controller's own, and the two secured ones."""

    plain: int
    controller: int
    sasl: int
    tls: int


class RealBroker:
    """An Apache Kafka process over `directory`; topics are not made by being named.

    `bootstrap` is PLAINTEXT. A secured one also listens at `sasl_bootstrap` (SASL_SSL: PLAIN and SCRAM, as USER with
    `password`) and at `tls_bootstrap` (SSL that asks for a client's certificate); `certificates` are its PEM files.
    """

    def __init__(
        self, directory: Path, secured: bool = False, heap: str = "512m", flags: Sequence[str] = QUICK
    ) -> None:
        self.directory = directory
        self.password = secrets.token_urlsafe(16)
        self.certificates: Certificates | None = self_made(directory) if secured else None
        self._ports = Ports(free_port(), free_port(), free_port(), free_port())
        self._heap = heap
        self._flags = flags
        self._running: subprocess.Popen[bytes] | None = None
        (directory / "server.properties").write_text(self._properties(), encoding="utf-8")
        self._format()

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self._ports.plain}"

    @property
    def sasl_bootstrap(self) -> str:
        return f"127.0.0.1:{self._ports.sasl}"

    @property
    def tls_bootstrap(self) -> str:
        return f"127.0.0.1:{self._ports.tls}"

    @property
    def pid(self) -> int:
        assert self._running is not None, "the broker is not running"
        return self._running.pid

    def start(self) -> None:
        """Returns when it answers; RuntimeError with the end of its log where it does not."""
        with (self.directory / "server.log").open("ab") as log:
            self._running = subprocess.Popen(
                self._java(f"-Xmx{self._heap}", "kafka.Kafka", "server.properties"),
                cwd=self.directory,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._answered()
        except KafkaException as error:
            self.kill()
            raise RuntimeError(f"Kafka did not start: {error}\n{self.log()[-3000:]}") from None

    def stop(self) -> None:
        """An orderly end."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def restart(self, hard: bool = False) -> None:
        """Ended (by kill -9 where `hard`) and started again on the same ports and files."""
        self.kill() if hard else self.stop()
        self.start()

    def suspend(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    @contextlib.contextmanager
    def pause(self) -> Iterator[None]:
        """Suspended within the block."""
        self.suspend()
        try:
            yield
        finally:
            self.resume()

    def log(self) -> str:
        return (self.directory / "server.log").read_text(encoding="utf-8", errors="replace")

    def _end(self, by: signal.Signals) -> None:
        if self._running is None:
            return
        self._running.send_signal(signal.SIGCONT)
        self._running.send_signal(by)
        try:
            self._running.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()
        self._running = None

    def _answered(self) -> None:
        AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0}).list_topics(timeout=START_SECONDS)

    def _java(self, *arguments: str) -> list[str]:
        quiet = "-Dorg.apache.logging.log4j.level=WARN"
        return ["java", "-XX:+UseSerialGC", *self._flags, quiet, "-cp", f"{jars().resolve()}/*", *arguments]

    def _format(self) -> None:
        arguments = ["kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", "server.properties"]
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512") if self.certificates else ():
            arguments += ["--add-scram", f"{mechanism}=[name={USER},password={self.password}]"]
        subprocess.run(self._java(*arguments), cwd=self.directory, check=True, capture_output=True)

    def _properties(self) -> str:
        ports = self._ports
        listeners = {"INTERNAL": ports.plain} | ({"SASL": ports.sasl, "TLS": ports.tls} if self.certificates else {})
        advertised = [f"{name}://127.0.0.1:{port}" for name, port in listeners.items()]
        lines = [
            *_FIXED,
            f"log.dirs={self.directory / 'log'}",
            f"controller.quorum.voters=1@127.0.0.1:{ports.controller}",
            f"listeners={','.join([*advertised, f'CONTROLLER://127.0.0.1:{ports.controller}'])}",
            f"advertised.listeners={','.join(advertised)}",
        ]
        return "\n".join(lines + (self._security() if self.certificates else [])) + "\n"

    def _security(self) -> list[str]:
        assert self.certificates is not None
        plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule"
        return [
            "ssl.keystore.type=PEM",
            f"ssl.keystore.location={self.certificates.server}",
            "ssl.truststore.type=PEM",
            f"ssl.truststore.location={self.certificates.ca}",
            "listener.name.tls.ssl.client.auth=required",
            "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
            f'listener.name.sasl.plain.sasl.jaas.config={plain} required user_{USER}="{self.password}";',
            f"listener.name.sasl.scram-sha-256.sasl.jaas.config={scram} required;",
            f"listener.name.sasl.scram-sha-512.sasl.jaas.config={scram} required;",
        ]


_FIXED: Final = (
    "process.roles=broker,controller",
    "node.id=1",
    "controller.listener.names=CONTROLLER",
    "inter.broker.listener.name=INTERNAL",
    "listener.security.protocol.map=INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_SSL,TLS:SSL",
    "auto.create.topics.enable=false",
    "offsets.topic.replication.factor=1",
    "offsets.topic.num.partitions=4",
    "group.initial.rebalance.delay.ms=0",
    "group.min.session.timeout.ms=1000",
    "broker.heartbeat.interval.ms=500",
    "broker.session.timeout.ms=2000",
    "log.cleaner.dedupe.buffer.size=16777216",
)


@contextlib.contextmanager
def real_broker(secured: bool = False, heap: str = "512m", flags: Sequence[str] = QUICK) -> Iterator[RealBroker]:
    """A started Apache Kafka with an empty log of its own; it ends, and its files go, with the block."""
    with TemporaryDirectory(prefix="telassure-kafka-") as directory:
        broker = RealBroker(Path(directory), secured, heap, flags)
        try:
            broker.start()
            yield broker
        finally:
            broker.kill()


def _main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--secured", action="store_true", help="also listen with SASL_SSL and with SSL")
    arguments.add_argument("--heap", default="512m")
    wanted = arguments.parse_args()
    if why := missing():
        sys.exit(why)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with real_broker(wanted.secured, wanted.heap, flags=()) as broker:
        print(broker.bootstrap, flush=True)
        if wanted.secured:
            print(broker.sasl_bootstrap, USER, broker.password, broker.directory, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    _main()
