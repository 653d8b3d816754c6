"""Where a server listens: plainly on this machine alone, over TLS elsewhere, and to its own names."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from telassure.access.connections import ConnectionRoom
from telassure.access.listening import PROBES, ListeningSettings, NamedHosts, judge_listening, server_config
from telassure.access.web_server import Server
from telassure.kernel.errors import ConfigurationError
from tests.postgres.certificates import certify


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("certificates")
    certify(made)
    return made


def secured(folder: Path, **more: object) -> ListeningSettings:
    return ListeningSettings(certificate_file=folder / "server.pem", key_file=folder / "server.key", **more)  # type: ignore[arg-type]


@contextmanager
def serving(place: ListeningSettings) -> Iterator[str]:
    """A small app, served as the endpoint and the page are; the address without its scheme."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    for path in ("/", *PROBES):
        app.add_api_route(path, lambda: "well")
    server = Server(server_config(NamedHosts(app, place.names), place, ConnectionRoom(), 1))  # type: ignore[arg-type]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def client(folder: Path, own: bool = False) -> httpx.Client:
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    if own:
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return httpx.Client(verify=context, trust_env=False)


def test_it_speaks_tls_and_nothing_else(folder: Path) -> None:
    with serving(secured(folder)) as place, client(folder) as asking:
        assert asking.get(f"https://{place}/").status_code == 200
        with pytest.raises(httpx.HTTPError):
            asking.get(f"http://{place}/")


def test_where_clients_prove_who_they_are_others_get_nothing(folder: Path) -> None:
    with serving(secured(folder, client_ca_file=folder / "ca.pem")) as place:
        with client(folder, own=True) as known:
            assert known.get(f"https://{place}/").status_code == 200
        with client(folder) as stranger, pytest.raises(httpx.HTTPError):
            stranger.get(f"https://{place}/")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "noc.example"])
@pytest.mark.parametrize("section", ["api", "dashboards"])
def test_plain_http_to_the_network_is_refused_with_what_to_set(host: str, section: str) -> None:
    with pytest.raises(
        ConfigurationError, match=rf"{section}\.certificate_file and {section}\.key_file, or {section}\.p"
    ):
        judge_listening(section, ListeningSettings(host=host))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_plain_http_to_this_machine_is_as_before(host: str) -> None:
    judge_listening("api", ListeningSettings(host=host))


def test_a_proxy_that_ends_tls_is_believed_where_it_is_named() -> None:
    judge_listening("api", ListeningSettings(host="0.0.0.0", proxied=True))


@pytest.mark.parametrize(
    ("certificate", "key", "reason"),
    [
        ("missing.pem", "server.key", "No such file"),
        ("server.pem", "missing.key", "No such file"),
        ("server.pem", "ca.key", "cannot be used"),
        ("server.key", "server.key", "cannot be used"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_named(folder: Path, certificate: str, key: str, reason: str) -> None:
    place = ListeningSettings(certificate_file=folder / certificate, key_file=folder / key)
    with pytest.raises(ConfigurationError, match=reason) as refused:
        judge_listening("api", place)
    assert "api.certificate_file" in str(refused.value)


@pytest.mark.parametrize("alone", ["key_file", "client_ca_file"])
def test_a_key_or_an_authority_alone_is_no_tls(folder: Path, alone: str) -> None:
    with pytest.raises(ConfigurationError, match="alone is no TLS"):
        judge_listening("api", ListeningSettings(**{alone: folder / "ca.pem"}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hosts", "asked", "status"),
    [
        ([], "127.0.0.1:8051", 200),
        ([], "localhost", 200),
        ([], "[::1]:1", 200),
        ([], "evil.example", 421),
        ([], "", 421),
        ([], "127.0.0.1.evil.example", 421),
        (["noc.example"], "NOC.example:443", 200),
        (["noc.example"], "127.0.0.1", 200),
        (["noc.example"], "evil.noc.example", 421),
    ],
)
def test_only_own_names_are_answered(hosts: list[str], asked: str, status: int) -> None:
    with serving(ListeningSettings(hosts=hosts)) as place:
        answer = httpx.get(f"http://{place}/", headers={"Host": asked}, trust_env=False)
        probed = {httpx.get(f"http://{place}{path}", headers={"Host": asked}, trust_env=False) for path in PROBES}
    assert (answer.status_code, {each.status_code for each in probed}) == (status, {200})
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    ("more", "near"),
    [
        ({}, True),
        ({"hosts": ["localhost"]}, True),
        ({"proxied": True}, False),
        ({"hosts": ["noc.example"]}, False),
        ({"host": "0.0.0.0", "proxied": True}, False),
    ],
)
def test_what_a_proxy_passes_on_is_not_of_this_machine(more: dict[str, object], near: bool) -> None:
    assert ListeningSettings(**more).near == near  # type: ignore[arg-type]
