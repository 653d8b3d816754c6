"""What the kernel drops of UDP is counted to the last datagram."""

import socket
import sys

import pytest

from ingestion.sources.wire.datagrams import DatagramPort
from tests.conftest import free_port


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what it dropped")
def test_what_is_sent_is_read_or_told_as_lost() -> None:
    sent, lost = 20_000, list[int]()
    port = DatagramPort.at("127.0.0.1", free_port())
    with port.bound, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(sent):
            sender.sendto(bytes(1_000), port.bound.getsockname())
        read = sum(1 for _ in port.read(sent))
        sender.sendto(b"the count comes with the next", port.bound.getsockname())
        assert port.wait(10)
        read += sum(1 for _ in port.read(sent))
        port.tell_lost(lambda _, number: lost.append(number))
        port.tell_lost(lambda _, number: lost.append(number))
    assert 0 < read < sent
    assert [read + number for number in lost] == [sent + 1]
