"""A certificate authority and a server's certificate, made on the spot with openssl."""

import shutil
import subprocess
from pathlib import Path

import pytest


def certify(folder: Path, name: str = "server") -> None:
    """`ca.pem`, `<name>.pem` and `<name>.key` for localhost and 127.0.0.1. Skips the test where openssl is missing."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, so that no certificate can be made")
    authority = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem"
    _openssl(folder, f"{authority} -addext keyUsage=critical,keyCertSign,cRLSign")  # Python 3.13 asks for it
    _openssl(folder, f"req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout {name}.key -out {name}.csr")
    (folder / "names.ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nauthorityKeyIdentifier=keyid\n")
    signed = f"x509 -req -days 2 -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names.ext -in {name}.csr"
    _openssl(folder, f"{signed} -out {name}.pem")
    (folder / f"{name}.key").chmod(0o600)


def _openssl(folder: Path, arguments: str) -> None:
    subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True)
