"""The container's health check: 0 where HEALTHCHECK_URL answers 2xx, or 401: the page is up and asks for its token."""

import os
import ssl
import sys
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

TIMEOUT_SECONDS: Final = 4.0


def healthy(url: str) -> bool:
    """Does something well answer there? No proxy is asked."""
    place = urlsplit(url)
    host = place.hostname or "127.0.0.1"
    if place.scheme == "https":
        # It asks itself: what its certificate is called matters to others.
        unproven = ssl._create_unverified_context()  # noqa: S323
        connection: HTTPConnection = HTTPSConnection(host, place.port or 443, timeout=TIMEOUT_SECONDS, context=unproven)
    else:
        connection = HTTPConnection(host, place.port or 80, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", place.path or "/")
        status = connection.getresponse().status
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return 200 <= status < 300 or status == 401


if __name__ == "__main__":
    sys.exit(0 if healthy(os.environ.get("HEALTHCHECK_URL", "http://127.0.0.1:8051/healthz")) else 1)
