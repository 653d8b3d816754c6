"""What tests of several folders share: the corpora beside the checkout, free ports, systems that end themselves."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.connections import watch_connections
from tests.system.installation import Installation

# How long an example takes says something of the machine, not of the code. The same commit has the same verdict each
# time it is asked for; `make soak` looks with examples that nobody has seen (--hypothesis-profile=search).
settings.register_profile("telassure", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("search", settings.get_profile("telassure"), derandomize=False, max_examples=1_000)
settings.load_profile("telassure")
watch_connections()


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The shared corpora; the test is skipped where they are not beside the checkout."""
    place = Path(os.environ.get("TELASSURE_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "corpora"
    if not place.is_dir():
        pytest.skip(f"{place} is missing; set TELASSURE_SHARED to the folder that holds corpora/")
    return place


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Callable[..., Installation]]:
    """`install("name", SETTING=value, …)` makes a system with a home of its own; its processes end with the test."""
    made: list[Installation] = []

    def make(name: str = "home", **settings: object) -> Installation:
        made.append(Installation(tmp_path / name, {key: str(value) for key, value in settings.items()}))
        return made[-1]

    yield make
    for installation in made:
        installation.end()


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
