"""Idle and slow connections take nobody's place: the longest idle ends where there is no room, and all end in time."""

import asyncio
import socket

import httpx
import pytest

from telassure.access.connections import ConnectionRoom, most_connections

ALARM = {"managed_object": "c-1", "perceived_severity": "major", "time": "2026-06-01T11:00:00Z"}


def ended(connection: socket.socket) -> bool:
    """Whether the other side has hung up, or does within ten seconds."""
    connection.settimeout(10)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_hundred_idle_strangers_keep_no_client_out(serving):
    with serving() as server:
        idle = [server.connection() for _ in range(100)]
        with server.client() as client:
            assert client.post("/v1/ingest/alarms", json=ALARM).status_code == 202
        for each in idle:
            assert ended(each)
            each.close()
        assert not server.room._open


@pytest.mark.parametrize("sent", [b"", b"POST /v1/ingest/alarms HTTP/1.1\r\nHost: x\r\n", b"G"])
def test_a_head_that_does_not_come_ends_the_connection(serving, sent):
    with serving() as server, server.connection() as slow:
        slow.sendall(sent)
        assert ended(slow)


def test_a_connection_that_is_asked_again_and_again_stays(serving):
    with serving() as server, server.client() as client:
        answers = [client.post("/v1/ingest/alarms", json={**ALARM, "managed_object": f"c-{n}"}) for n in range(20)]
        assert {answer.status_code for answer in answers} == {202}


def test_those_who_ask_are_not_ended_for_those_who_come(serving):
    async def at_once(port: int) -> list[int]:
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=15)) as client:
            head = {"Authorization": "Bearer the-token-of-an-operator"}
            url = f"http://127.0.0.1:{port}/v1/ingest/alarms"
            asked = [client.post(url, json={**ALARM, "managed_object": f"c-{n}"}, headers=head) for n in range(60)]
            return [answer.status_code for answer in await asyncio.gather(*asked)]

    with serving() as server:
        idle = [server.connection() for _ in range(5)]
        codes = asyncio.run(at_once(server.port))
        for each in idle:
            each.close()
    assert set(codes) == {202}


def test_the_room_leaves_the_process_half_of_what_it_may_open():
    assert 32 <= most_connections() <= 4_096
    assert ConnectionRoom().most == most_connections()
