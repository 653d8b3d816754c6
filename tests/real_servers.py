"""Real servers for one command: a Kafka broker, PostgreSQL and, where it can be had, InfluxDB, on loopback.

`python -m tests.real_servers COMMAND …` starts them, runs the command with the settings that name them, and ends them
with it; what they held is gone then. What is missing on this machine is said in one line; .ci/servers installs it.
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.influx import influxd
from tests.kafka.brokers import ROOT, RealBroker, missing
from tests.postgres import server as postgres

BUCKET: Final = "telassure"


def lacking() -> str:
    """Why the servers cannot be started here, or nothing."""
    if postgres.binaries() is None:
        return "no PostgreSQL server is installed (Debian: apt-get install postgresql)"
    return missing()


def influx_program() -> str:
    """Where influxd is: in TELASSURE_INFLUXD, in build/ or on the PATH; "" where it is not."""
    built = ROOT / "build" / "influxd"
    return os.environ.get("TELASSURE_INFLUXD") or (str(built) if built.is_file() else shutil.which("influxd") or "")


@contextmanager
def servers(folder: Path) -> Iterator[Mapping[str, str]]:
    """The settings of an installation over real servers, until the block ends; its home is in `folder`."""
    with ExitStack() as ends:
        place = folder / "kafka"
        place.mkdir()
        broker = RealBroker(place)
        ends.callback(broker.stop)
        broker.start()
        database = ends.enter_context(postgres.running())
        found = {
            "TELASSURE_HOME": str(folder / "home"),
            "TELASSURE_KAFKA__BROKERS": broker.bootstrap,
            "TELASSURE_KAFKA__REPLICATION": "1",
            "TELASSURE_DATABASE__URL": database.address,
            "TELASSURE_DATABASE__PASSWORD": postgres.PASSWORD,
            "TELASSURE_PSEUDONYM_KEY": secrets.token_hex(32),
        }
        if program := influx_program():
            where = folder / "influxd"
            where.mkdir()
            started = ends.enter_context(influxd.running(program, where))
            started.connection(BUCKET)
            found |= {"TELASSURE_INFLUX__URL": started.url, "TELASSURE_INFLUX__ORG": influxd.ORG}
            found |= {"TELASSURE_INFLUX__BUCKET": BUCKET, "TELASSURE_INFLUX__TOKEN": started.token}
        yield found


def main(command: Sequence[str]) -> int:
    """The command's exit code; 2 with one line where the servers cannot be had."""
    if not command or (why := lacking()):
        print(why if command else "python -m tests.real_servers COMMAND …", file=sys.stderr)
        return 2
    if not influx_program():
        print("no influxd here (tests/influx/build.sh build/influxd makes one): points stay in files", file=sys.stderr)
    with TemporaryDirectory(prefix="telassure-servers-") as folder, servers(Path(folder)) as found:
        running = subprocess.Popen(command, env={**os.environ, **found}, start_new_session=True)

        def handed(number: int, _: Any) -> None:
            running.send_signal(number)

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, handed)
        return running.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
