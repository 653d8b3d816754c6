"""The demo as a newcomer starts it: a live page, a fault that becomes one ticket with its cause, and a clean end."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from telassure import wiring
from telassure.kernel.events import TroubleTicket
from telassure.kernel.ports import still_open
from telassure.store.sql import SqlReader
from telassure.wiring.settings import Settings
from tests.conftest import free_port
from tests.system.installation import GRACE_SECONDS, Installation, descendants, gone, until

Install = Callable[..., Installation]
pytestmark = pytest.mark.heavy


def test_a_fault_of_the_demo_becomes_one_ticket_with_its_cause_and_the_end_leaves_no_process(install: Install) -> None:
    page_port, api_port = free_port(), free_port()
    system = install(API__PORT=api_port, DASHBOARDS__PORT=page_port, DEMO__HISTORY_DAYS=2)
    running = system.start("run", "--demo")
    until(lambda: answers(f"http://127.0.0.1:{page_port}/"), 120, "the page")
    fault = until(lambda: first_live_fault(system.home), 240, "the first live fault")
    reader = wiring.reader(Settings.model_construct(home=system.home))

    (ticket,) = until(lambda: tickets_of(reader, fault), 180, f"a ticket for {fault['kind']} of {fault['target']}")

    assert ticket.root_cause == fault["target"]
    assert set(ticket.affected_customers) >= customers_of(fault)
    started = descendants(running.pid)
    assert len(started) >= 6  # three workers, endpoint, page, demo operator
    running.send_signal(signal.SIGTERM)
    assert running.wait(2 * GRACE_SECONDS) == 0
    assert [pid for pid in started if not gone(pid)] == []
    assert len(tickets_of(reader, fault)) == 1
    reader.close()


def answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False, timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def first_live_fault(home: Path) -> dict[str, Any] | None:
    """The earliest fault that the demo has begun since it went live, as its ground truth says."""
    place = home / "simulator" / "ground_truth.jsonl"
    lines = place.read_bytes().splitlines() if place.exists() else []
    live = [orjson.loads(line) for line in lines if b'"live"' in line]
    return min(live, key=lambda fault: fault["start"], default=None)


def tickets_of(reader: SqlReader, fault: dict[str, Any]) -> list[TroubleTicket]:
    """The open tickets since the fault began that name what it struck as their cause."""
    struck = {fault["target"], *fault["affected_objects"]}
    tickets = reader.every(TroubleTicket, still_open(TroubleTicket))
    return [ticket for ticket in tickets if ticket.opened_at >= fault["start"] and ticket.root_cause in struck]


def customers_of(fault: dict[str, Any]) -> set[str]:
    return set(fault.get("affected_customers", ()))
