"""A certificate authority made for one test, and what it signs: a server's and a client's certificate, as PEM files."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Python from 3.13 on takes only certificates that name the key of who signed them (RFC 5280, 4.2.1.1).
_NAMES: Final = "subjectAltName=IP:127.0.0.1,DNS:localhost\nauthorityKeyIdentifier=keyid\n"


@dataclass(frozen=True)
class Certificates:
    """PEM files: the authority, the server's key with its chain in one, the client's certificate and key apart."""

    ca: Path
    server: Path
    client_certificate: Path
    client_key: Path


def self_made(directory: Path) -> Certificates:
    """Made with openssl, good for a day, for 127.0.0.1 and localhost."""
    ca, ca_key = directory / "ca.pem", directory / "ca.key"
    _openssl("req", "-x509", *_NEW_KEY, "-keyout", ca_key, "-out", ca, "-days", 1, "-subj", "/CN=Telassure test CA")
    certificate, key = _signed(directory, "server")
    server = directory / "server-chain.pem"
    server.write_bytes(key.read_bytes() + certificate.read_bytes() + ca.read_bytes())
    return Certificates(ca, server, *_signed(directory, "client"))


def _signed(directory: Path, name: str) -> tuple[Path, Path]:
    """A certificate and its key."""
    certificate, key, request = (directory / f"{name}.{kind}" for kind in ("pem", "key", "csr"))
    names = directory / f"{name}.ext"
    names.write_text(_NAMES, encoding="ascii")
    _openssl("req", *_NEW_KEY, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
    signer = ("-CA", directory / "ca.pem", "-CAkey", directory / "ca.key", "-CAcreateserial")
    _openssl("x509", "-req", "-in", request, *signer, "-extfile", names, "-out", certificate, "-days", 1)
    return certificate, key


_NEW_KEY: Final = ("-newkey", "rsa:2048", "-nodes")


def _openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
