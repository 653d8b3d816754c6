"""An act on a problem reaches the alarms on whose domain its giver may act, and no others."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from telassure import wiring
from telassure.access.principal import Principal, permit_of
from telassure.kernel.codec import decode
from telassure.kernel.commands import Instruction
from telassure.kernel.events import Act, PerceivedSeverity
from telassure.kernel.ports import EventLog
from telassure.wiring.settings import Settings, isolated
from tests.stores.adapters import alarm, problem, turn


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A problem of site-1 with an alarm there and one of site-2."""
    found = isolated(tmp_path / "home")
    wiring.home(found)
    kept = [problem("pb-1", PerceivedSeverity.MAJOR), alarm("al-1"), replace(alarm("al-2"), domain="site-2")]
    with closing(wiring.state_store(found, "assurance")) as store:
        store.commit(turn(0, 0, topology="assurance", records=kept))
    return found


def acts(log: EventLog, settings: Settings) -> Iterator[Act]:
    for number in range(settings.partitions):
        for each in log.read("assurance", number, 0, 99, 1 << 20):
            event = decode(each.kind, each.payload)
            if isinstance(event, Act):
                yield event


@pytest.mark.parametrize(
    ("domains", "reached"),
    [({"site-1"}, {"al-1"}), ({"site-1", "site-2"}, {"al-1", "al-2"}), (set(), {"al-1", "al-2"})],
)
def test_a_problem_gives_no_reach_into_another_domain(settings: Settings, domains: set[str], reached: set[str]) -> None:
    permit = permit_of(Principal("eve", frozenset({"operator"}), domains=frozenset(domains)))
    with wiring.opened_log(settings) as log, closing(wiring.reader(settings)) as reader:
        wiring.commands(settings, log, reader, 0).give(Instruction("ack", "pb-1", "eve", permit=permit))
        (act,) = acts(log, settings)
    assert set(act.targets) == reached
