"""The server ends when it is told to, by its own return and with nothing said."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.ui.night import Night

PROGRAM = """
import sys
from dashboards.app import serve
from dashboards.shell.reading import PagePorts
from telassure.access.admission import Admission
from telassure.access.listening import ListeningSettings
from telassure.wiring.settings import Settings
from telassure.wiring import WallClock, metric_store, reader
settings = Settings(home=sys.argv[1])
ports = PagePorts(reader(settings), metric_store(settings, read_only=True), WallClock())
serve(ListeningSettings(port=int(sys.argv[2])), ports, Admission(open=True))
print("returned")
"""


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.heavy
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serving_ends_at_a_signal(quiet: Night, tmp_path: Path, number: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        while child.poll() is None and not answers(port):
            pass
        child.send_signal(number)
        said, _ = child.communicate(timeout=30)
    assert (child.returncode, said) == (0, "returned\n")
